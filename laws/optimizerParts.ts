/**
 * Law 16, for optimizers that are built from others: parts of the parameters, several batches for
 * one update, averages.
 */
import { add, mul } from '@tensorflow/tfjs-core';
import { Optimizer, Tree } from '../src';
import { relativeDistance, values } from './compare';
import { all, atMost, type Law } from './law';
import { numberOf } from './numbers';
import {
  along,
  drawnTree,
  hostTensors,
  type OptimizerCase,
  optimizerCases,
  STEPS,
  trajectoryOf,
} from './optimizerCases';

/** Where a tensor stands and how many axes it has: enough to tell groups apart. */
const isBias = (path: string): boolean => path.includes('bias');

/**
 * Law 16 of groups: they are trained as if each were alone, to the bit: biases by one optimizer,
 * matrices and kernels by another, and the rest by a third.
 *
 * @param join makes one optimizer of groups, such as `Optimizer.multiTransform`
 * @param three the optimizers of biases, of matrices, and of the rest
 *
 * @example
 * const law = groupsApart(Optimizer.multiTransform, [sgd(0.1), adam(0.01), momentum(0.1)]);
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const groupsApart = (
  join: typeof Optimizer.multiTransform,
  [a, b, c]: readonly [Optimizer.Optimizer, Optimizer.Optimizer, Optimizer.Optimizer],
): Law<OptimizerCase> => ({
  number: numberOf('optimizers'),
  name: `groups of ${a.name}, ${b.name} and ${c.name}: each as if alone`,
  arbitrary: optimizerCases,
  holds: (example) => {
    const { parameters, directions } = drawnTree(example);
    const groups = [
      { of: isBias, by: a },
      { of: (_path: string, shape: readonly number[]) => shape.length > 1, by: b },
      { of: () => true, by: c },
    ];
    const together = along(join(groups), parameters, directions).at(-1)?.parameters ?? [];
    const found = new Map(hostTensors(together).map(({ path, numbers }) => [path, numbers]));
    const groupOf = (path: string, shape: readonly number[]): number =>
      groups.findIndex(({ of }) => of(path, shape));
    const apart = groups.map(({ by }, g) => {
      const part = Tree.pick((path, leaf) => groupOf(path, leaf.shape) === g);
      return along(by, part(parameters), directions.map(part)).at(-1)?.parameters ?? [];
    });
    return all(
      ...apart
        .flatMap(hostTensors)
        .map(({ path, numbers }) =>
          atMost(
            `the difference at ${path}`,
            relativeDistance(found.get(path) ?? new Float64Array(0), numbers),
            0,
          ),
        ),
    );
  },
});

/**
 * Law 16 of accumulation: k batches make one update, to the bit that of
 * ((d₁ + d₂) + … + d_k)·(1/k), and between updates nothing moves.
 *
 * @param accumulate accumulates, such as `Optimizer.accumulate`
 * @param k the batches of one update
 * @param optimizer what makes the update
 *
 * @example
 * const law = batchesAccumulate(Optimizer.accumulate, 3, adam(0.01));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const batchesAccumulate = (
  accumulate: typeof Optimizer.accumulate,
  k: number,
  optimizer: Optimizer.Optimizer,
): Law<OptimizerCase> => ({
  number: numberOf('optimizers'),
  name: `${optimizer.name}: ${k} batches make one update`,
  arbitrary: optimizerCases,
  holds: (example) => {
    const { parameters, directions } = drawnTree(example);
    const updates = Math.floor(STEPS / k);
    const means = Array.from({ length: updates }, (_, i) => {
      const [first = [], ...others] = directions.slice(i * k, (i + 1) * k);
      const sum = others.reduce((s, d) => Tree.zip((x, y) => add(x, y))(s, d), first);
      return Tree.map((x) => mul(x, 1 / k))(sum);
    });
    const long = [values(parameters), ...trajectoryOf(optimizer, parameters, means)];
    const short = trajectoryOf(accumulate(k, optimizer), parameters, directions);
    return all(
      ...short.map((p, i) =>
        atMost(
          `the difference after batch ${i + 1}`,
          relativeDistance(p, long[Math.floor((i + 1) / k)] ?? new Float64Array(0)),
          0,
        ),
      ),
    );
  },
});

/**
 * Law 16 of averages: what is read is Σ βᵗ⁻ⁱθᵢ / Σ βᵗ⁻ⁱ over the parameters after each update,
 * within 1e-5: rounding of 20 sums in float32. Averaging does not change the training.
 *
 * @param read reads the average, such as `Optimizer.averageOf`
 * @param decay β
 * @param optimizer the optimizer before `ema`
 *
 * @example
 * const law = averagesParameters(Optimizer.averageOf, 0.9, adam(0.01));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const averagesParameters = (
  read: typeof Optimizer.averageOf,
  decay: number,
  optimizer: Optimizer.Optimizer,
): Law<OptimizerCase> => ({
  number: numberOf('optimizers'),
  name: `${optimizer.name}: the average of the parameters, by β = ${decay}`,
  arbitrary: optimizerCases,
  holds: (example) => {
    const { parameters, directions } = drawnTree(example);
    const averaging = Optimizer.chain(optimizer, Optimizer.ema(decay));
    const passed = along(averaging, parameters, directions);
    const plain = trajectoryOf(optimizer, parameters, directions);
    let [sum, weights] = [new Float64Array(values(parameters).length), 0];
    return all(
      ...passed.map(({ parameters: p, state }, i) => {
        const now = values(p);
        sum = sum.map((s, k) => decay * s + (now[k] ?? Number.NaN));
        weights = decay * weights + 1;
        const expected = sum.map((s) => s / weights);
        return all(
          atMost('the change by being averaged', relativeDistance(now, plain[i] ?? new Float64Array(0)), 0),
          atMost(
            `the error of the average after ${i + 1}`,
            relativeDistance(values(read(averaging, state, p)), expected),
            1e-5,
          ),
        );
      }),
    );
  },
});
