/** The state of an optimizer before its first update. */
import { scalar } from '@tensorflow/tfjs-core';
import { checkForm, explaining, fail, scope, Tree } from '../core';
import { fittedSlot, checkResult, realForm } from './form';
import { type Optimizer, type OptimizerState, transformPlace, type Slot, type Transform } from './optimizer';

const appliesTo = (
  transform: Transform,
  path: string,
  leaf: { readonly shape: readonly number[] },
): boolean => transform.of?.(path, leaf.shape) ?? true;

/** Nothing is remembered of numbers that pass. */
const scalarsElsewhere = <P extends Tree.Tree>(
  transform: Transform,
  parameters: P,
  slot: Slot<P>,
): Slot<P> => ({
  step: slot.step,
  moments: slot.moments.map((moment) =>
    'rule' in transform && transform.of !== undefined
      ? Tree.zip((parameter, leaf, path) => (appliesTo(transform, path, parameter) ? leaf : scalar(0)))(
          parameters,
          moment,
        )
      : moment,
  ),
});

/**
 * Checks that no later transform acts on the tensors of an average of the parameters, which has to
 * see the whole update. It throws an `options` `Fault` otherwise.
 */
const checkAverages = (transforms: readonly Transform[], parameters: Tree.Tree): void => {
  const averages = (transform: Transform): boolean => 'rule' in transform && transform.average !== undefined;
  const leaves = Tree.leavesWithPath(parameters);
  transforms.forEach((transform, i) => {
    if (!averages(transform)) return;
    const own = leaves.filter(([path, leaf]) => appliesTo(transform, path, leaf));
    const later = transforms
      .slice(i + 1)
      .find((other) => !averages(other) && own.some(([path, leaf]) => appliesTo(other, path, leaf)));
    if (later !== undefined)
      fail('options', transformPlace(i, transform), 'the last place of its chain', `${later.name} after it`);
  });
};

/**
 * Makes the state of an optimizer before its first update. You own its tensors, and free them by
 * `momentsOf`.
 *
 * @param optimizer the optimizer
 * @param parameters the parameters that it will move; they stay as they are
 * @throws a `Fault`: `options` for an invalid hyperparameter; `memory` or `shape` for parameters
 *   that are freed or are no real numbers; `optimizer` for a transform of your own that throws
 *
 * @example initOptimizer(adam(1e-3), parameters)
 */
export const initOptimizer = <P extends Tree.Tree>(
  { transforms }: Optimizer,
  parameters: P,
): OptimizerState<P> =>
  scope(() => {
    checkForm('parameters', parameters, realForm(parameters));
    const state = transforms.map((transform, i) => {
      const path = transformPlace(i, transform);
      return explaining(
        path,
        () => {
          const found = checkResult(
            path,
            'a slot { step, moments }',
            ['step', 'moments'],
            transform.init(parameters),
          );
          return fittedSlot(path, transform, parameters, scalarsElsewhere(transform, parameters, found));
        },
        'optimizer',
      );
    });
    checkAverages(transforms, parameters);
    return state;
  });
