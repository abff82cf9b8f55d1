/**
 * `Reflect`, `FactorSingle`, `SubstituteSingle` and `AddOuter` for the WASM backend: factors and
 * substitution in float32 (`kernels/assembly/single.ts`).
 */
import { type Team } from './team';
import { withAreas } from './areas';
import { DEFINITE, NOT_FINITE, SINGULAR } from './factor';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';

/** Multiply-adds from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 18;
/** The same for a block of a factor, of which each thread takes the same rows as of the block before: they lie in its cache. */
const WORTH_SPLITTING = 1 << 19;
/** Numbers that are read or written from which on it pays. */
const WORTH_MOVING = 1 << 16;
/** Rows of a block of the factor, and of a group of it. */
const BLOCK = 40;
const GROUP = 5;

/** The first fact of a matrix that was not factored. */
const TOO_LARGE = 3;

export const installWasmSingle = (team: Team): void => {
  ownKernel('Reflect', ({ x }, _, backend) => {
    const [rows = 0, columns = 0] = x.shape;
    return filled(backend, [rows, columns], (out) => {
      const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
      const items = team.call('reflectItems', columns);
      team.share('reflectColumns', [from, rows, columns, to], items, 1, rows * columns >= WORTH_MOVING);
    });
  });

  ownKernel('AddOuter', ({ x, c, d }, _, backend) => {
    const [rows = 0, columns = 0] = x.shape;
    return filled(backend, [rows, columns], (out) => {
      const [ofX = 0, ofC = 0, ofD = 0, to = 0] = [x, c, d, out].map((t) => addressOf(backend, t));
      const chunk = Math.ceil(rows / 16);
      team.share('addOuter', [ofX, ofC, ofD, columns, to], rows, chunk, rows * columns >= WORTH_MOVING);
    });
  });

  ownKernel('FactorSingle', ({ k }, { beta, first, most, reflected }, backend) => {
    const [n = 0] = k.shape;
    const size = team.call('singleOrder', n);
    const numbers = team.call('singleNumbers', size);
    return filled(backend, [numbers + 2], (out) => {
      withAreas(team, ({ room }) => {
        const factor = addressOf(backend, out);
        // In float32: half as many numbers of float64.
        const [m, y] = [room((size * size) / 2), room((size * size) / 2)];
        const [sums, triangle] = [room(size), room(128)];
        const worth = n * n >= WORTH_MOVING;
        const args = [addressOf(backend, k), n, beta, first, reflected, m, size, sums];
        team.share('shiftSingle', args, size, Math.ceil(size / 16), worth);
        // The first row and column are those of the reflected mean: alone, they cost no precision.
        const norm = team.call('largestDouble', sums, reflected, n);
        const factored = (): number => {
          if (!(norm < Infinity)) return NOT_FINITE;
          if (!(norm <= most)) return TOO_LARGE;
          for (let j = 0; j < size; j += BLOCK) {
            if (team.call('factorSingleBlock', m, size, y, factor, j, triangle) !== 1) return SINGULAR;
            const below = (size - j - BLOCK) / GROUP;
            const each = Math.ceil(below / team.threads);
            const shared = below * GROUP * BLOCK * j >= WORTH_SPLITTING;
            if (below > 0) team.share('factorSingleBelow', [m, size, y, factor, j], below, each, shared);
          }
          return DEFINITE;
        };
        backend.typedArrayFromHeap(out).set([factored(), norm], numbers);
      });
    });
  });

  ownKernel('SubstituteSingle', ({ factor, b }, { reflected, turned, ones }, backend) => {
    const [first = 0, second = 0] = b.shape;
    const [given, n] = turned === 1 ? [second, first] : [first, second];
    const units = given + ones;
    const size = team.call('singleOrder', n);
    return filled(backend, [units, n], (out) => {
      withAreas(team, ({ room }) => {
        const [m = 0, from = 0, to = 0] = [factor, b, out].map((t) => addressOf(backend, t));
        const own = room((team.threads * team.call('singleRoom', size)) / 2);
        const args = [m, size, from, units, n, reflected, turned, given, to, own];
        const items = team.call('singleItems', units);
        team.share('substituteSingle', args, items, 1, units * n * n >= WORTH_SHARING);
      });
    });
  });
};
