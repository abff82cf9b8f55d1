/**
 * Law 40: the cost model agrees with the cost of solves. The law counts the multiply-adds of the
 * kernels that a forced solve runs, from the shapes of their operands. They equal the modelled ones
 * within a factor.
 */
import * as fc from 'fast-check';
import { profile } from '@tensorflow/tfjs-core';
import { type AnyLayer, cg, conv2d, exact, Key, linear, scope, Solver } from '../src';
import { sizeOf } from '../src/internal';
import { logUniform, seeds } from './arbitrary';
import { all, type AsyncLaw, atMost, type Verdict } from './law';
import { numberOf } from './numbers';

/** A kernel as it ran. */
interface Ran {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
}

/**
 * Multiply-adds of a kernel, none for those that have no sums of products. Of a factor the n³/6 of
 * Cholesky, what follows it being what the model counts with the units; of CG in the dual, one
 * product with K for each iteration.
 */
const multiplyAdds = (
  { name, inputs: [a = [], b = [], c = []], output }: Ran,
  iterations: number,
): number => {
  switch (name) {
    // [m, k]·[k, n], in whatever order its operands are stored: √(mk·kn·mn).
    case 'BatchMatMul':
      return Math.sqrt(sizeOf(a) * sizeOf(b) * sizeOf(output));
    // Images and filters [h, w, in, out]: each output is a sum over a filter.
    case 'Conv2D':
    case 'BiasedConv2D':
      return (sizeOf(output) * sizeOf(b)) / (b.at(-1) ?? 1);
    case 'Conv2DBackpropFilter':
      return (sizeOf(b) * sizeOf(output)) / (output.at(-1) ?? 1);
    case 'InverseShifted':
    case 'FactorSingle':
      return (a[0] ?? 0) ** 3 / 6;
    // x [R, f] and AᵀA, a half of it.
    case 'GramWide':
      return ((a[0] ?? 0) * (output[0] ?? 0) ** 2) / 2;
    case 'FactorWide':
      return (a[0] ?? 0) ** 3 / 6;
    // Images, and the lags of a square filter: n numbers of AᵀA for each of its channels.
    case 'GramLagsWide': {
      const channels = a.at(-1) ?? 1;
      const taps = (output[0] ?? 0) / channels;
      return sizeOf(a) * channels * (2 * taps - Math.sqrt(taps));
    }
    // x [R, f] and H [U, R].
    case 'AdjointWide':
      return sizeOf(a) * (b[0] ?? 0);
    // Images and H [N, H', W', U].
    case 'ConvolutionAdjointWide':
      return sizeOf(b) * (output[1] ?? 0);
    // The factor, B [U, n]: two substitutions for each unit; and nothing to substitute, which asks how it went.
    case 'SubstituteWide':
    case 'SubstituteSingle':
      return (b[1] ?? 0) ** 2 * (b[0] ?? 0);
    // AᵀA and its factor, AᵀH [U, n]: two substitutions for each unit.
    case 'RidgeWide':
      return (a[0] ?? 0) ** 2 * (c[0] ?? 0);
    case 'DualConjugateGradients':
      return iterations * sizeOf(a) * (b[0] ?? 0);
    default:
      return 0;
  }
};

/** The multiply-adds of the kernels that `run` starts. */
const counted = async (iterations: number, run: () => void): Promise<number> => {
  const { kernels } = await profile(() => {
    run();
    return [];
  });
  return kernels.reduce(
    (total, { name, inputShapes, outputShapes }) =>
      total +
      multiplyAdds(
        {
          name,
          inputs: inputShapes,
          output: outputShapes[0] ?? [],
        },
        iterations,
      ),
    0,
  );
};

/** A layer, a solver and a route whose multiply-adds are counted. */
export interface CostCase {
  /** A dense layer, or a convolution and how it is to form AᵀA. */
  readonly layer:
    | { readonly rows: number; readonly columns: number }
    | { readonly batch: number; readonly side: number; readonly channels: number; readonly kernel: number };
  readonly units: number;
  readonly way: 'exact' | 'cg';
  readonly route: Solver.Route;
  readonly gram: 'patches' | 'lags';
  readonly iterations: number;
  readonly seed: number;
}

/** Often the least or the most: each term of the model is then the largest somewhere. */
const sizes = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(1, most), logUniform(1, most).map(Math.round));

const cases: fc.Arbitrary<CostCase> = fc
  .record({
    layer: fc.oneof(
      fc.record({ rows: sizes(150), columns: sizes(150).map((n) => n + 1) }),
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        side: fc.integer({ min: 3, max: 7 }),
        channels: fc.integer({ min: 1, max: 4 }),
        kernel: fc.integer({ min: 1, max: 3 }),
      }),
    ),
    units: sizes(150),
    way: fc.constantFrom('exact', 'cg'),
    route: fc.constantFrom('primal', 'dual', 'matrixFree'),
    gram: fc.constantFrom('patches', 'lags'),
    iterations: fc.integer({ min: 1, max: 12 }),
    seed: seeds,
  })
  .filter(({ way, route }) => way === 'cg' || route !== 'matrixFree');

/** The layer of a case and a batch for it. */
const settingOf = ({ layer: l, units }: CostCase): { readonly layer: AnyLayer; readonly shape: number[] } =>
  'rows' in l
    ? { layer: linear(l.columns - 1, units), shape: [l.rows, l.columns - 1] }
    : {
        layer: conv2d([l.side, l.side, l.channels], units, l.kernel, { padding: 'same' }),
        shape: [l.batch, l.side, l.side, l.channels],
      };

/** The cost model under law. */
export type CostModel = (...given: Required<Parameters<typeof Solver.cost>>) => number;

/** A float32 solver that is forced to take the way of a case. */
const solverOf = ({ layer, way, route, gram, iterations }: CostCase): Solver.Solver => {
  const named = route === 'primal' && 'side' in layer ? { gram } : {};
  if (way === 'cg' || route === 'matrixFree')
    return cg(iterations, { route, precision: 'float32', ...named });
  return exact({ route, precision: 'float32', ...named });
};

/**
 * Law 40: with m the multiply-adds that the cost model predicts, and n those counted from the
 * shapes of the kernels that a forced solve runs, for R rows, F columns and U units:
 *
 *     m/2 ≤ n ≤ 2m + 4·R·F·U + 16·(U·(R + F) + R·F)
 *
 * A Gram matrix is formed whole where the model counts a half of it, and CG saves a product or two
 * at its ends: a factor of 2 each way. The model leaves out what every route does: AᵀH, Aᵀ·S, and V
 * measured by A on at most eight combinations of units.
 *
 * Run it on a backend with kernels for all of it (wasm): work on the host is not counted.
 *
 * @param cost the cost model under law. Default: that of the library
 *
 * @example const run = () => checkAsync(costAsCounted(), { numRuns: 10 });
 */
export const costAsCounted = (cost: CostModel = Solver.cost): AsyncLaw<CostCase> => ({
  number: numberOf('cost'),
  name: 'cost model: counted multiply-adds are the modelled ones within a factor of 2',
  strata: [(c) => c.way === 'exact', (c) => c.way === 'cg'],
  arbitrary: cases,
  holds: async (c): Promise<Verdict> => {
    const { layer, shape } = settingOf(c);
    const key = Key.key(c.seed);
    const design = layer.design?.(Key.uniform(Key.fold(key, 0), shape, -1, 1));
    if (design === undefined) return 'a layer without a design';
    const h = Key.uniform(Key.fold(key, 1), [shape[0] ?? 1, ...layer.output], -1, 1);
    const { rows: r, columns: f, units: u } = design;
    const solver = solverOf(c);
    const iterations = solver.kind === 'cg' ? solver.iterations : 0;
    const found = await counted(iterations, () => {
      // So much damping that nothing has to be refined.
      scope(() => Solver.solveRidge(design, design.outputs(h), r * f, solver));
    });
    const grams = c.route === 'primal' ? [Solver.chooseGram(solver, design.grams)] : [];
    const modelled = cost(c.route, { rows: r, columns: f, units: u, grams }, iterations);
    const beside = 4 * r * f * u + 16 * (u * (r + f) + r * f);
    const size = `${r} × ${f} × ${u}, ${c.way} by ${c.route}`;
    return all(
      atMost(`what is modelled beyond twice what is counted (${size})`, modelled - 2 * found, 0),
      atMost(`what is counted beyond twice what is modelled (${size})`, found - 2 * modelled, beside),
    );
  },
});
