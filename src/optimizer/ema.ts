/** Averages of the parameters over the updates, for evaluation (Polyak and Juditsky 1992). */
import { engine } from '@tensorflow/tfjs-core';
import { fail, fraction, scope, Tree } from '../core';
import { Formula } from '../ops';
import { fittedSlot } from './form';
import { moment, zeros } from './moments';
import {
  type NumberTransform,
  type Optimizer,
  type OptimizerState,
  transformPlace,
  single,
} from './optimizer';

const { add, affine, sub } = Formula;

/** 1 − β as the backend holds it: what the correction must agree with. */
const share = (decay: number): number =>
  engine().backendName === 'float64' ? 1 - decay : Math.fround(1 - decay);

/** 1 − (1 − share)ᵗ, without the digits that its parts cancel. */
const weight = (decay: number, updates: number): number => -Math.expm1(updates * Math.log1p(-share(decay)));

/**
 * Averages the parameters over the updates, for evaluation. The average a starts at 0, θ⁺ are the
 * parameters after the update, and the direction passes unchanged:
 *
 *     a ← a + (1 − β)(θ⁺ − a)
 *
 * `averageOf` reads the average without the bias of its start, a/(1 − βᵗ). In float32 its relative
 * error is at most about 6e-8/(1 − β).
 *
 * Making the state fails with a `Fault` (`options`) if β lies outside of [0, 1), or if a transform
 * follows: `ema` stands last in its chain.
 *
 * @param decay β, such as 0.999
 *
 * @example chain(adam(1e-3), ema(0.999))
 */
export const ema = (decay: number): Optimizer =>
  single({
    name: 'ema',
    init: (parameters) => {
      fraction('ema decay', decay);
      return { step: 0, moments: [zeros(parameters)] };
    },
    rule: (direction, moments, parameter) => {
      const before = moment(moments, 0);
      const towards = sub(sub(parameter, direction), before);
      return { direction, moments: [add(before, affine(towards, share(decay)))] };
    },
    average: (moments, updates) =>
      updates === 0 ? undefined : affine(moment(moments, 0), 1 / weight(decay, updates)),
  });

/**
 * Reads the average of the parameters that `ema` has kept, without the bias of its start:
 * a/(1 − βᵗ).
 *
 * Tensors that no `ema` averages, and all of them before the first update, are the parameters
 * themselves. The result consists of new tensors, which you free; the arguments stay as they are.
 *
 * @param optimizer an optimizer with an `ema`
 * @param state its state
 * @param parameters the parameters that belong to the state
 * @throws a `Fault`: `options` if the optimizer has no `ema`; as `updateOptimizer` for a state of
 *   another optimizer
 *
 * @example
 * if (event.tag === 'checkpoint') {
 *   const average = Optimizer.averageOf(optimizer, event.state, event.parameters);
 *   await evaluate(net, loss, average, test)();
 *   dispose(average);
 * }
 */
export const averageOf = <P extends Tree.Tree>(
  optimizer: Optimizer,
  state: OptimizerState<P>,
  parameters: P,
): P =>
  scope(() => {
    const averaging = optimizer.transforms.flatMap((transform, i) =>
      'rule' in transform && transform.average !== undefined ? [{ transform, i }] : [],
    );
    if (averaging.length === 0)
      fail(
        'options',
        'averageOf',
        'an optimizer with ema, such as chain(adam(), ema(0.999))',
        optimizer.name,
      );
    return averaging.reduce<P>((found, { transform, i }) => {
      const place = transformPlace(i, transform);
      const slot = fittedSlot(
        place,
        transform,
        parameters,
        state[i] ?? fail('schedule', place, 'its state', 'none'),
      );
      return overlaid(transform, slot.step, slot.moments, found);
    }, Tree.copy(parameters));
  });

/** A tree with the averages of one transform in the places of the tensors that it averages. */
const overlaid = <P extends Tree.Tree>(
  { of, average }: NumberTransform,
  updates: number,
  moments: readonly P[],
  parameters: P,
): P => {
  const memory = moments.map((tree) => Tree.leaves(tree));
  const averaged = Tree.leavesWithPath(parameters).map(([path, leaf], l) => {
    if (average === undefined || of?.(path, leaf.shape) === false) return leaf;
    const inputs = memory.map((leaves) => leaves[l] ?? fail('shape', 'ema', 'a tensor', 'none'));
    const formula = average(
      inputs.map((_, j) => Formula.input(j)),
      updates,
    );
    return formula === undefined ? leaf : (Formula.evaluate([formula], inputs)[0] ?? leaf);
  });
  return Tree.fromLeaves(parameters, averaged);
};
