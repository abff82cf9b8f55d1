/**
 * `GramWide`, `AdjointWide`, `FactorWide`, `SubstituteWide` and `RidgeWide` for the WASM backend:
 * ridge systems whose products are float32 and whose sums, factors and substitutions are float64
 * (`kernels/assembly/wide.ts`). In the first two, A consists of a tensor x [R, f], and of a column
 * of ones if `ones` is 1; n = f + ones. Matrices in float64 are tensors of their bits.
 */
import { type Team } from './team';
import { type Areas, fours, withAreas } from './areas';
import { DEFINITE, factorShared, NOT_FINITE, SINGULAR, substituteShared } from './factor';
import { addressOf, ownKernel } from './kernel';
import { filled, filledAll } from './result';

/** Multiply-adds from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 17;

/**
 * Numbers of B that are in float64 at once, with at least `LEAST_ROWS` rows, so that all threads
 * have work.
 */
const AREA = 1 << 19;
const LEAST_ROWS = 256;

/**
 * Random vectors that estimate the share of V that is lost. Fewer would miss the one direction in
 * which it is lost.
 */
const SHAKEN = 8;

/**
 * op(A)·[B, 1] as `productWide` takes it: the addresses of its operands, the sizes, and the stride
 * of the result.
 */
interface Product {
  readonly a: number;
  readonly b: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly ones: number;
  readonly gram: boolean;
  readonly stride: number;
}

/** Rows and columns of a float64 matrix [rows, n], as the kernels take them. */
export const doubles = (rows: number, n: number): [number, number, 2] => [fours(rows), fours(n), 2];

export const installWasmWide = (team: Team): void => {
  const share = (kernel: string, args: readonly number[], items: number, work: number): void => {
    team.share(kernel, args, items, Math.max(1, Math.ceil(items / 32)), work >= WORTH_SHARING);
  };

  /** The product as a matrix [fours of m, stride] in float64, zeros beside it. */
  const product = (areas: Areas, { a, b, m, n, k, ones, gram, stride }: Product, out: number): void => {
    const parts = team.call('wideParts', m, k);
    const size = fours(m) * stride;
    const c = parts > 1 ? areas.zeros(parts * size) : out;
    if (parts === 1) team.call('zeroDoubles', out, size);
    const args = [a, b, m, n, k, ones, Number(gram), c, stride, size];
    share('productWide', args, team.call('wideItems', m, k), m * n * k);
    if (parts === 1) return;
    share('joinParts', [c, size, parts], team.call('bandItems', size), parts * size);
    team.call('copyDoubles', c, stride, out, stride, fours(m), stride);
  };

  ownKernel('GramWide', ({ x }, { ones }, backend) => {
    const [rows = 0, f = 0] = x.shape;
    const n = f + ones;
    return filled(backend, doubles(n, n), (out) => {
      withAreas(team, (areas) => {
        const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
        product(areas, { a: from, b: from, m: n, n: f, k: rows, ones, gram: true, stride: fours(n) }, to);
        team.call('transposeLower', to, fours(n));
      });
    });
  });

  ownKernel('AdjointWide', ({ x, h }, { ones }, backend) => {
    const [rows = 0, f = 0] = x.shape;
    const [units = 0] = h.shape;
    return filled(backend, doubles(units, f + ones), (out) => {
      withAreas(team, (areas) => {
        const [ofX, ofH, to] = [addressOf(backend, x), addressOf(backend, h), addressOf(backend, out)];
        const stride = fours(f + ones);
        product(areas, { a: ofH, b: ofX, m: units, n: f, k: rows, ones, gram: false, stride }, to);
      });
    });
  });

  ownKernel('NarrowWide', ({ x }, { rows, columns: n }, backend) => {
    const [, stride = 0] = x.shape;
    return filled(backend, [rows, n], (out) => {
      share('narrowRows', [addressOf(backend, x), stride, n, addressOf(backend, out)], rows, rows * n);
    });
  });

  ownKernel('FactorWide', ({ gram }, { beta, order: n, plus }, backend) => {
    const [size = 0] = gram.shape;
    return filled(backend, [2 * size * size + 2], (out) => {
      withAreas(team, (areas) => {
        const m = addressOf(backend, out);
        const norm = team.call('shiftedCopy', addressOf(backend, gram), m, size, n, plus, beta);
        const finite = norm < Infinity;
        const definite = finite && factorShared(team, areas, m, n);
        if (definite) team.call('transposeLower', m, size);
        const status = finite ? (definite ? DEFINITE : SINGULAR) : NOT_FINITE;
        backend.typedArrayFromHeap(out).set([status, norm], 2 * size * size);
      });
    });
  });

  ownKernel('SubstituteWide', ({ factor, b }, _, backend) => {
    const [units = 0, n = 0] = b.shape;
    const size = fours(n);
    return filledAll(backend, [[units, n], [2]], ([out = b, facts = b]) => {
      withAreas(team, (areas) => {
        const [m = 0, from = 0, to = 0] = [factor, b, out].map((t) => addressOf(backend, t));
        const told = backend.typedArrayFromHeap(factor).slice(2 * size * size, 2 * size * size + 2);
        backend.typedArrayFromHeap(facts).set(told);
        if (told[0] !== DEFINITE) return;
        // Some at a time: in float64 all of them would take twice the memory of B.
        const most = Math.min(units, Math.max(LEAST_ROWS, Math.floor(AREA / size)));
        const rows = areas.zeros(fours(most) * size);
        for (let u = 0; u < units; u += most) {
          const some = Math.min(most, units - u);
          const offset = 4 * u * n;
          share('widenRows', [from + offset, n, size, rows], some, some * n);
          substituteShared(team, m, n, rows, some);
          share('narrowRows', [rows, size, n, to + offset], some, some * n);
        }
      });
    });
  });

  ownKernel('RidgeWide', ({ gram, factor, g, h, by }, { beta, order: n }, backend) => {
    const size = fours(n);
    const [few = 0, units = 0] = by.shape;
    const numbers = h.shape.reduce((a, b) => a * b, 1);
    return filledAll(backend, [[units, n], [5]], ([out = h, facts = h]) => {
      withAreas(team, (areas) => {
        const tell = (found: readonly number[]): void => {
          backend.typedArrayFromHeap(facts).set(found);
        };
        const [k = 0, m = 0, ofG = 0, ofH = 0, ofBy = 0] = [gram, factor, g, h, by].map((t) =>
          addressOf(backend, t),
        );
        const status = backend.typedArrayFromHeap(factor)[2 * size * size];
        if (status !== DEFINITE) {
          tell([status ?? NOT_FINITE, ...Array.from({ length: 4 }, () => Number.NaN)]);
          return;
        }
        const diagonal = areas.room(size);
        team.call('diagonalOf', k, size, n, diagonal);

        const most = fours(units);
        const v = areas.room(most * size);
        team.call('copyDoubles', ofG, size, v, size, most, size);
        substituteShared(team, m, n, v, units);
        const last = 8 * (n - 1);
        const settled = [v, size, units, n, k + last * size, ofG + last, size, beta, addressOf(backend, out)];
        team.call('narrowSettled', ...settled);

        const some = fours(few);
        const mix = (of: number): number => {
          const mixed = areas.zeros(some * size);
          share('combine', [ofBy, few, units, of, size, mixed], Math.ceil(size / 64), few * units * size);
          return mixed;
        };
        const [gs, vs] = [mix(ofG), mix(v)];
        const image = areas.room(some * size);
        const ofImage = [vs, size, k, size, size, image, size, size, 0, 0];
        share('productDouble', ofImage, some / 4, few * size * size);
        const dot = (a: number, b: number): number => team.call('dotDoubles', a, b, few * size);
        const [gain, moved, whole] = [dot(vs, gs), dot(vs, image), dot(gs, gs)];
        const curvature = moved + beta * dot(vs, vs);
        // G − (K + βI)·V, in the place of G.
        team.call('addDoubles', gs, -1, image, few * size);
        team.call('addDoubles', gs, -beta, vs, few * size);
        const missed = dot(gs, gs);

        const bands = team.call('bandItems', numbers);
        const sums = areas.room(bands);
        share('squaresWide', [ofH, numbers, sums], bands, numbers);
        const squares = team.call('sumDoubles', sums, bands);
        const trace = team.call('sumDoubles', diagonal, n);
        // Each number of AᵀH is known to a share of ‖a_j‖·‖h_u‖, and of AᵀA to one of ‖a_i‖·‖a_j‖,
        // so that AᵀA·V misses what these times V come to. What random errors of that size come to
        // in V is solved for.
        const carried = team.call('weightedSquares', diagonal, n, vs, size, few);
        const sizes = Math.sqrt((squares * few) / units) + Math.sqrt(carried);
        const roots = areas.room(SHAKEN * size);
        team.call('randomRoots', diagonal, n, size, SHAKEN, roots);
        substituteShared(team, m, n, roots, SHAKEN);
        const shaken = Math.sqrt(team.call('dotDoubles', roots, roots, SHAKEN * size) / SHAKEN);
        const ratio = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : a / b);
        tell([
          DEFINITE,
          ratio(Math.sqrt(missed), Math.sqrt(whole)),
          ratio(gain, curvature),
          ratio(Math.sqrt(trace) * sizes, Math.sqrt(whole)),
          ratio(shaken * sizes, Math.sqrt(dot(vs, vs))),
        ]);
      });
    });
  });
};
