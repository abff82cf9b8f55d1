/**
 * First-order optimizers as pure transforms of directions. A direction is θ_before − θ_after of one schedule
 * run; an optimizer turns a stream of them into updates, and θ ← θ − update.
 *
 * An optimizer is a list of transforms, applied in turn; `chain` joins lists, so that optimizers are a monoid.
 */
import { sub } from '@tensorflow/tfjs-core';
import { type Monoid } from 'fp-ts/Monoid';
import { fail, scope, Tree } from '../core';

/** What one transform remembers: how often it ran, and trees of the type of the parameters. */
export interface Slot<P extends Tree.Tree> {
  readonly step: number;
  readonly moments: readonly P[];
}

export interface Transform {
  readonly name: string;
  readonly init: <P extends Tree.Tree>(parameters: P) => Slot<P>;
  /** Pure: direction and slot to the next, neither changed. */
  readonly update: <P extends Tree.Tree>(
    direction: P,
    slot: Slot<P>,
    parameters: P,
  ) => { readonly direction: P; readonly slot: Slot<P> };
}

export interface Optimizer {
  /** As it stands in tables and summaries. */
  readonly name: string;
  readonly transforms: readonly Transform[];
}

/** One slot for each transform. */
export type OptimizerState<P extends Tree.Tree> = readonly Slot<P>[];

/** The state before the first update. Its tensors are the caller's. */
export const initOptimizer = <P extends Tree.Tree>(optimizer: Optimizer, parameters: P): OptimizerState<P> =>
  optimizer.transforms.map(({ init }) => init(parameters));

export interface Update<P extends Tree.Tree> {
  /** To be subtracted from the parameters. */
  readonly update: P;
  readonly state: OptimizerState<P>;
}

/** Turn a direction into an update. Nothing given is changed or freed; the result is the caller's. */
export const updateOptimizer = <P extends Tree.Tree>(
  optimizer: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): Update<P> =>
  scope(() => {
    const slots: Slot<P>[] = [];
    const update = optimizer.transforms.reduce((d, transform, i) => {
      const slot = state[i] ?? fail('schedule', `optimizer.${i} (${transform.name})`, 'its state', 'none');
      const next = transform.update(d, slot, parameters);
      slots.push(next.slot);
      return next.direction;
    }, direction);
    // A caller may free the direction and keep the update: they must not be the same tensors.
    const own = update === direction ? Tree.map((leaf) => leaf.clone())(update) : update;
    return { update: own, state: slots };
  });

/** θ − update. */
export const applyUpdate = <P extends Tree.Tree>(parameters: P, update: P): P =>
  Tree.zip((p, u) => sub(p, u))(parameters, update);

/** Transforms one after another: the first sees the direction, the last gives the update. */
export const chain = (...optimizers: readonly Optimizer[]): Optimizer => ({
  name: optimizers
    .map((o) => o.name)
    .filter((name) => name !== '')
    .join(' + '),
  transforms: optimizers.flatMap((o) => o.transforms),
});

/** The direction itself. */
export const unchanged: Optimizer = { name: '', transforms: [] };

/** Optimizers under `chain`. */
export const monoid: Monoid<Optimizer> = { concat: (a, b) => chain(a, b), empty: unchanged };

/** The tensors of a state, to free them. */
export const momentsOf = <P extends Tree.Tree>(state: OptimizerState<P>): readonly P[] =>
  state.flatMap(({ moments }) => moments);
