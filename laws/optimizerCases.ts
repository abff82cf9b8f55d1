/**
 * The cases on which optimizers are judged: parameter trees of several shapes, and directions for
 * twenty steps.
 */
import * as fc from 'fast-check';
import { tensor } from '@tensorflow/tfjs-core';
import { Key, Optimizer, type Shape, toHost, Tree } from '../src';
import { seeds } from './arbitrary';
import { type HostTensor } from '../src/registry';
import { values } from './compare';

export { type HostTensor };

/** The shapes of random parameters, and the seed of their numbers and directions. */
export interface OptimizerCase {
  readonly seed: number;
  /**
   * The shapes of the tensors of the parameters, from single numbers to kernels of convolutions.
   */
  readonly shapes: readonly Shape[];
}

const axes = (count: number): fc.Arbitrary<Shape> =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: count, maxLength: count });

/** Draws cases of optimizers, whose parameters have several ranks. */
export const optimizerCases: fc.Arbitrary<OptimizerCase> = fc.record({
  seed: seeds,
  shapes: fc.array(
    fc.oneof(
      axes(0),
      axes(1),
      { arbitrary: axes(2), weight: 3 },
      axes(3),
      fc
        .tuple(axes(1), axes(2))
        .map(([[side = 1], channels]) => [Math.min(side, 2), Math.min(side, 2), ...channels]),
    ),
    { minLength: 1, maxLength: 4 },
  ),
});

/** How many updates a trajectory has. */
export const STEPS = 20;

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** A tree of tuples and records, one of them empty. */
const treeOf = (shapes: readonly Shape[], numbers: Float64Array): Tree.Tree => {
  let from = 0;
  const tensors = shapes.map((shape) => {
    const part = numbers.slice(from, (from += sizeOf(shape)));
    return tensor(Float32Array.from(part), [...shape], 'float32');
  });
  const pairs = Array.from({ length: Math.ceil(tensors.length / 2) }, (_, i) => {
    const [weights, bias] = tensors.slice(2 * i, 2 * i + 2);
    return {
      ...(weights === undefined ? {} : { weights }),
      ...(bias === undefined ? {} : { bias: [bias] }),
    };
  });
  return [{}, ...pairs];
};

/**
 * Draws the parameters of a case, and the direction of each step, uniform in (−1, 1).
 *
 * @param c the case, with its `seed` and its `shapes`
 * @param steps how many directions. Default 20
 *
 * @example drawnTree(anOptimizer, 3).directions.length // 3
 */
export const drawnTree = (
  { seed, shapes }: OptimizerCase,
  steps = STEPS,
): { readonly parameters: Tree.Tree; readonly directions: readonly Tree.Tree[] } => {
  const size = shapes.reduce((total, shape) => total + sizeOf(shape), 0);
  const numbers = toHost(Key.uniform(Key.key(seed), [(steps + 1) * size], -1, 1));
  const at = (i: number): Tree.Tree => treeOf(shapes, numbers.subarray(i * size, (i + 1) * size));
  return { parameters: at(0), directions: Array.from({ length: steps }, (_, i) => at(i + 1)) };
};

/**
 * Copies the tensors of a tree to the host, each with its path, its shape and its numbers.
 *
 * @param tree the tree
 *
 * @example hostTensors([w]).map(({ path, shape }) => `${path} ${shape.join()}`) // ['0 2,3']
 */
export const hostTensors = (tree: Tree.Tree): readonly HostTensor[] =>
  Tree.leavesWithPath(tree).map(([path, leaf]) => ({ path, shape: leaf.shape, numbers: toHost(leaf) }));

/**
 * Runs an optimizer along given directions: the parameters and the state after each step.
 *
 * @param optimizer the optimizer
 * @param parameters the parameters at the start
 * @param directions the direction of each step
 *
 * @example
 * const { parameters, directions } = drawnTree(anOptimizer, 3);
 * along(sgd(0.1), parameters, directions).length // 3
 */
export const along = (
  optimizer: Optimizer.Optimizer,
  parameters: Tree.Tree,
  directions: readonly Tree.Tree[],
): readonly Optimizer.Stepped<Tree.Tree>[] => {
  let now: Optimizer.Stepped<Tree.Tree> = {
    parameters,
    state: Optimizer.initOptimizer(optimizer, parameters),
  };
  return directions.map((direction) => {
    const { update, state } = Optimizer.updateOptimizer(optimizer, direction, now.state, now.parameters);
    return (now = { parameters: Optimizer.applyUpdate(now.parameters, update), state });
  });
};

/**
 * Runs an optimizer along given directions: the numbers of the parameters after each step.
 *
 * @param optimizer the optimizer
 * @param parameters the parameters at the start
 * @param directions the direction of each step
 *
 * @example
 * const { parameters, directions } = drawnTree(anOptimizer, 3);
 * trajectoryOf(sgd(0.1), parameters, directions).map((numbers) => numbers.length) // [9, 9, 9]
 */
export const trajectoryOf = (
  optimizer: Optimizer.Optimizer,
  parameters: Tree.Tree,
  directions: readonly Tree.Tree[],
): readonly Float64Array[] =>
  along(optimizer, parameters, directions).map((stepped) => values(stepped.parameters));
