/** Transforms of each tensor for itself, which remember tensors of any shape beside it. */
import { scalar, type Tensor } from '@tensorflow/tfjs-core';
import { explaining, fail, Tree } from '../core';
import { type TreeTransform } from './optimizer';

/** A transform of one tensor at a time; `perTensor` makes a part of an optimizer of it. */
export interface TensorTransform {
  /** The name, as tables and messages show it. */
  readonly name: string;
  /** Throws a `Fault` for invalid hyperparameters. */
  readonly check?: () => void;
  /**
   * The memory of a tensor of the parameters before its first update: any number of tensors, of any
   * shapes.
   */
  readonly init?: (parameter: Tensor) => readonly Tensor[];
  /**
   * Gives the next direction, of the same shape, and the next memory, for the number of updates
   * made before: 0, 1, 2, … A pure function.
   */
  readonly update: (
    direction: Tensor,
    memory: readonly Tensor[],
    parameter: Tensor,
    step: number,
  ) => { readonly direction: Tensor; readonly memory: readonly Tensor[] };
}

const none = (): never => fail('shape', 'optimizer', 'trees of one type', 'different ones');

/**
 * Makes a transform of an optimizer from a function of one tensor at a time. It remembers any
 * number of tensors of any shape beside each; moment j of the state has the j-th of each, and a
 * scalar 0 where there are fewer.
 *
 * If `update` throws, the optimizer throws a `Fault` (`optimizer`) that names the transform and the
 * tensor.
 *
 * @param transform its `name`; `update`, from a direction, its memory, the parameter and the
 *   updates made before to the next direction and memory; optionally `init`, the first memory of a
 *   parameter, and `check`, which throws for invalid hyperparameters
 *
 * @example
 * // d/√(mean of d² over the columns): a row of a matrix has one number.
 * perTensor({
 *   name: 'by rows',
 *   update: (d) => ({ direction: div(d, sqrt(add(mean(square(d), -1, true), 1e-12))), memory: [] }),
 * })
 */
export const perTensor = ({ name, check, init, update }: TensorTransform): TreeTransform => ({
  name,
  init: (parameters) => {
    check?.();
    const memories = Tree.leaves(parameters).map((leaf) => init?.(leaf) ?? []);
    const most = Math.max(0, ...memories.map(({ length }) => length));
    return {
      step: 0,
      moments: Array.from({ length: most }, (_, j) =>
        Tree.fromLeaves(
          parameters,
          memories.map((memory) => memory[j] ?? scalar(0)),
        ),
      ),
    };
  },
  update: (direction, { step, moments }, parameters) => {
    const directions = Tree.leaves(direction);
    const memories = moments.map((moment) => Tree.leaves(moment));
    const next = Tree.leavesWithPath(parameters).map(([path, parameter], l) => {
      const memory = memories.map((leaves) => leaves[l] ?? none());
      const made = explaining(
        `${name} at ${path}`,
        () => update(directions[l] ?? none(), memory, parameter, step),
        'optimizer',
      );
      return { direction: made.direction, memory: memory.map((before, j) => made.memory[j] ?? before) };
    });
    return {
      direction: Tree.fromLeaves(
        direction,
        next.map((of) => of.direction),
      ),
      slot: {
        step: step + 1,
        moments: moments.map((moment, j) =>
          Tree.fromLeaves(
            moment,
            next.map(({ memory }) => memory[j] ?? none()),
          ),
        ),
      },
    };
  },
});
