/**
 * `Reflect`, `FactorSingle`, `SubstituteSingle`, `SettleColumns` and `SettleUnits` for the WASM backend:
 * factors and substitution in float32 (`kernels/assembly/single.ts`).
 */
import { BatchMatMul, type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Team } from './team';
import { type Areas, withAreas } from './areas';
import { DEFINITE, NOT_FINITE, SINGULAR } from './factor';
import { addressOf, kernelOf, ownKernel, run } from './kernel';
import { fewPartsOf } from './parts';
import { filled, filledAll, orFreed } from './result';

/** Multiply-adds from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 18;
/** The same for a block of a factor, of which each thread takes the same rows as of the block before: they lie in its cache. */
const WORTH_SPLITTING = 1 << 19;
/** Numbers that are read or written from which on it pays. */
const WORTH_MOVING = 1 << 16;
/** Rows of a block of the factor, and of a group of it. */
const BLOCK = 40;
const GROUP = 5;

/** The most columns of a part of a reflection (`kernels/assembly/reflect.ts`). */
const COLUMNS = 256;

/** The first fact of a matrix that was not factored. */
const TOO_LARGE = 3;

export const installWasmSingle = (team: Team): void => {
  ownKernel('Reflect', ({ x }, { axis }, backend) => {
    const [rows = 0, columns = 0] = x.shape;
    return filled(backend, [rows, columns], (out) => {
      const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
      if (axis === 1) {
        const chunk = Math.ceil(rows / 16);
        team.share('reflectRows', [from, columns, to], rows, chunk, rows * columns >= WORTH_MOVING);
        return;
      }
      const width = Math.min(COLUMNS, 16 * Math.ceil(columns / (32 * team.threads)));
      const args = [from, rows, columns, to, width];
      team.share('reflectColumns', args, Math.ceil(columns / width), 1, rows * columns >= WORTH_MOVING);
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

  ownKernel('SubstituteSingle', ({ factor, b }, { turned, ones }, backend) => {
    const [first = 0, second = 0] = b.shape;
    const [given, n] = turned === 1 ? [second, first] : [first, second];
    const units = given + ones;
    const size = team.call('singleOrder', n);
    return filled(backend, [units, n], (out) => {
      withAreas(team, ({ room }) => {
        const [m = 0, from = 0, to = 0] = [factor, b, out].map((t) => addressOf(backend, t));
        const own = room((team.threads * team.call('singleRoom', size)) / 2);
        const args = [m, size, from, units, n, turned, given, to, own];
        const items = team.call('singleItems', units);
        team.share('substituteSingle', args, items, 1, units * n * n >= WORTH_SHARING);
      });
    });
  });

  interface Direction {
    /** u and s of `kernels/assembly/settle.ts`. */
    readonly u: number;
    readonly slope: number;
    /** ⟨d, s⟩, or 0 if there is no mean row to correct along. */
    readonly curvature: number;
  }

  /** A vector times a matrix [inner, lines]. */
  const times = (vector: number, matrix: number, inner: number, lines: number, result: number): void => {
    const down = { ofRows: true, ofColumns: false };
    const { chunk } = fewPartsOf(1, lines, down, team.threads) ?? { chunk: lines };
    const args = [vector, 1, 0, matrix, lines, 1, inner, result, lines, 1, chunk];
    team.share('few', args, Math.ceil(lines / chunk), 1, inner * lines >= WORTH_SHARING);
  };

  /** The mean row of A = [x, √n·e₁], or x, as a direction. */
  const directionOf = (
    { k, x, a }: Readonly<Record<'k' | 'x' | 'a', TensorInfo>>,
    { beta, ones }: { readonly beta: number; readonly ones: 0 | 1 },
    backend: BackendWasm,
    { room }: Areas,
  ): Direction => {
    const [n = 0, width = 0] = x.shape;
    // In float32: half as many numbers of float64.
    const [u, turned, slope] = [room(n / 2), room(n / 2), room((width + ones) / 2)];
    const first = ones * n;
    const squares = team.call('settleStart', addressOf(backend, k), n, first, u, turned);
    if (!(squares > 0)) return { u, slope, curvature: 0 };
    const begin = (backend.typedArrayFromHeap(k)[0] ?? 0) + first;
    times(turned, addressOf(backend, a), n, width, slope);
    team.call('settleSlope', addressOf(backend, x), width, ones, n, beta / begin, slope);
    return { u, slope, curvature: squares + beta };
  };

  ownKernel('SettleColumns', ({ t, k, x, a }, how, backend) => {
    const [[columns = 0, n = 0], [, width = 0]] = [t.shape, x.shape];
    const shapes = [[width, n], ...(how.ones === 1 ? [[1, n]] : [])];
    return filledAll(backend, shapes, ([most, one]) => {
      withAreas(team, (areas) => {
        const [ofT = 0, ofX = 0] = [t, x].map((of) => addressOf(backend, of));
        const [to = 0, last = 0] = [most, one].map((of) => (of === undefined ? 0 : addressOf(backend, of)));
        const { u, slope, curvature } = directionOf({ k, x, a }, how, backend, areas);
        if (curvature > 0) {
          const sums = areas.room(n / 2);
          times(slope, ofT, columns, n, sums);
          team.call('settleError', u, sums, n, curvature);
        }
        const args = [ofT, u, ofX, width, n, to, last];
        team.share('settleRows', args, columns, Math.ceil(columns / 16), columns * n >= WORTH_MOVING);
      });
    });
  });

  ownKernel('SettleUnits', ({ s, h, k, x, a }, how, backend) => {
    const [[units = 0, n = 0], [, width = 0]] = [s.shape, x.shape];
    const product = { transposeA: false, transposeB: false };
    const most = run(kernelOf(BatchMatMul), backend, { a: s, b: x }, product);
    return orFreed(backend, [most], () => {
      const shapes = [[units, n], ...(how.ones === 1 ? [[units, 1]] : [])];
      const others = filledAll(backend, shapes, ([own, one]) => {
        withAreas(team, (areas) => {
          const [ofV = 0, ofS = 0, ofH = 0, ofX = 0] = [most, s, h, x].map((of) => addressOf(backend, of));
          const [settled = 0, last = 0] = [own, one].map((of) =>
            of === undefined ? 0 : addressOf(backend, of),
          );
          const { u, slope, curvature } = directionOf({ k, x, a }, how, backend, areas);
          const args = [ofV, ofS, ofH, u, slope, ofX, width, how.ones, n, curvature, settled, last];
          team.share('settleUnits', args, units, Math.ceil(units / 16), units * width >= WORTH_MOVING);
        });
      });
      return [most, ...others];
    });
  });
};
