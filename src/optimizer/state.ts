/**
 * Optimizer states from outside of the library: copies of them, and checks that they fit an
 * optimizer and its parameters.
 */
import { checkForm, fail, formOf, LIVING, scope, Tree, whole } from '../core';
import { initOptimizer } from './init';
import { type Optimizer, type OptimizerState } from './optimizer';

/**
 * Copies a state into tensors of its own, which you own.
 *
 * @param state a state of any optimizer
 *
 * @example copyState(state)
 */
export const copyState = <P extends Tree.Tree>(state: OptimizerState<P>): OptimizerState<P> =>
  state.map(({ step, moments }) => ({
    step,
    moments: moments.map((moment) => Tree.copy(moment)),
  }));

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/**
 * Checks that a state fits an optimizer and its parameters: one slot for each transform, with as
 * many moments as the transform makes, of their names and shapes.
 *
 * @param path the place that an error names
 * @param optimizer the optimizer
 * @param parameters the parameters that it moves
 * @param state the state, such as one from a file
 * @throws a `Fault` that names the place: `options` for another number of slots or moments, or a
 *   step that is no whole number; `shape` for trees of another form; `memory` for a tensor that is
 *   freed
 *
 * @example checkState('resume.state', adam(), parameters, state);
 */
export const checkState = <P extends Tree.Tree>(
  path: string,
  optimizer: Optimizer,
  parameters: P,
  state: OptimizerState<P>,
): void => {
  scope(() => {
    const fitting = initOptimizer(optimizer, parameters);
    const names = optimizer.transforms.map(({ name }) => name);
    if (state.length !== fitting.length)
      fail('options', path, `${counted(fitting.length, 'slot')} (${names.join(', ')})`, `${state.length}`);
    state.forEach(({ step, moments }, i) => {
      const place = `${path}.${i}`;
      const like = fitting[i]?.moments ?? [];
      whole(`${place}.step`, step, 0);
      if (moments.length !== like.length)
        fail('options', place, `${counted(like.length, 'moment')} (${names[i] ?? ''})`, `${moments.length}`);
      moments.forEach((moment, j) => {
        checkForm(`${place}.moments.${j}`, moment, formOf(like[j] ?? []), LIVING);
      });
    });
  });
};
