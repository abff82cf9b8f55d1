/**
 * First-order optimizers as pure transforms of directions. A direction is θ_before − θ_after of one
 * run of a schedule. An optimizer turns a stream of directions into updates, and θ ← θ − update.
 *
 * An optimizer is a list of transforms, applied in turn. `chain` joins lists, so optimizers are a
 * monoid. A transform of a single number is a formula, so that a whole chain, and the update
 * itself, is one pass over the numbers. Transforms that look at more than one number at a time are
 * functions of trees.
 */
import { type Monoid } from 'fp-ts/Monoid';
import { type Tree } from '../core';
import { type Formula } from '../ops';
import { type LearningRate } from './learningRate';
import { type Predicate } from './selection';

/** The state of one transform of an optimizer. */
export interface Slot<P extends Tree.Tree> {
  /** How many updates it has made. */
  readonly step: number;
  /**
   * Trees of the structure of the parameters. A tensor may have the shape of its parameter, as for
   * a momentum, or another one, as for sums over its rows; where nothing is remembered it is a
   * scalar 0. Shapes stay as they were at the start.
   */
  readonly moments: readonly P[];
}

interface Initial {
  readonly name: string;
  /** The state before the first update. */
  readonly init: <P extends Tree.Tree>(parameters: P) => Slot<P>;
  /**
   * The tensors that it transforms; others pass unchanged. A transform of numbers need only state
   * them: the moments of `init` are a scalar 0 elsewhere. A transform of trees passes the others in
   * its own `update`, as `masked` arranges. Default: all.
   */
  readonly of?: Predicate;
}

/** The formulas of one number: its next direction, and its next moments. */
export interface Rule {
  /** The next direction. */
  readonly direction: Formula.Formula;
  /** The next moments, in their order. */
  readonly moments: readonly Formula.Formula[];
}

/** A transform of each number alone. Its moments have the shapes of the parameters. */
export interface NumberTransform extends Initial {
  /** The next direction and moments, for the number of updates made before: 0, 1, 2, … */
  readonly rule: (
    direction: Formula.Formula,
    moments: readonly Formula.Formula[],
    parameter: Formula.Formula,
    step: number,
  ) => Rule;
  /**
   * For a transform that scales the direction by a learning rate: the rate of each update, as a
   * function of the updates made before.
   */
  readonly rate?: LearningRate;
  /**
   * For a transform that averages the parameters and passes directions on: the average after so
   * many updates; nothing before the first. It stands last in its chain.
   */
  readonly average?: (moments: readonly Formula.Formula[], updates: number) => Formula.Formula | undefined;
}

/** A transform of whole trees. */
export interface TreeTransform extends Initial {
  /** Gives the next direction and slot. A pure function: it changes neither of those given. */
  readonly update: <P extends Tree.Tree>(
    direction: P,
    slot: Slot<P>,
    parameters: P,
  ) => { readonly direction: P; readonly slot: Slot<P> };
}

/** A part of an optimizer: a transform of each number alone, or of whole trees. */
export type Transform = NumberTransform | TreeTransform;

/**
 * An optimizer: a list of transforms that turn the direction of a method into the update, which is
 * subtracted from the parameters.
 */
export interface Optimizer {
  /** As it stands in tables and summaries. */
  readonly name: string;
  /** The transforms, in the order in which they act. */
  readonly transforms: readonly Transform[];
}

/** The state of an optimizer: one slot for each transform. */
export type OptimizerState<P extends Tree.Tree> = readonly Slot<P>[];

/**
 * Runs optimizers, or transforms, one after another: the first gets the direction of the method,
 * the last gives the update.
 *
 * @param optimizers the parts in their order; none is the update by the direction itself
 *
 * @example chain(trace(0.9), scale(0.1)).name // 'trace + scale'
 */
export const chain = (...optimizers: readonly Optimizer[]): Optimizer => ({
  name: optimizers
    .map((o) => o.name)
    .filter((name) => name !== '')
    .join(' + '),
  transforms: optimizers.flatMap((o) => o.transforms),
});

/** The optimizer without transforms: the update is the direction itself. */
export const unchanged: Optimizer = { name: '', transforms: [] };

/** Optimizers under `chain`. */
export const monoid: Monoid<Optimizer> = { concat: (a, b) => chain(a, b), empty: unchanged };

/** An optimizer of one transform, by its name. */
export const single = (transform: Transform): Optimizer => ({
  name: transform.name,
  transforms: [transform],
});

export const named = (name: string, optimizer: Optimizer): Optimizer => ({ ...optimizer, name });

/** Where a transform stands, for failures. */
export const transformPlace = (i: number, { name }: Transform): string => `optimizer.${i} (${name})`;

/**
 * The learning rate of the next update: the product over all transforms that scale every parameter.
 * It is `null` if there is none, as in groups with a rate each.
 *
 * @param optimizer the optimizer
 * @param state its state before the update, which says how many updates there were
 *
 * @example learningRateOf(adam(1e-3), state)
 */
export const learningRateOf = <P extends Tree.Tree>(
  { transforms }: Optimizer,
  state: OptimizerState<P>,
): number | null =>
  transforms.reduce<number | null>(
    (product, transform, i) =>
      'rule' in transform && transform.rate !== undefined && transform.of === undefined
        ? (product ?? 1) * transform.rate(state[i]?.step ?? 0)
        : product,
    null,
  );

/**
 * All moments of an optimizer state, as trees. You need them to free the state:
 * `momentsOf(state).forEach(dispose)`.
 *
 * @param state a state of any optimizer
 *
 * @example momentsOf(state).length // 2
 */
export const momentsOf = <P extends Tree.Tree>(state: OptimizerState<P>): readonly P[] =>
  state.flatMap(({ moments }) => moments);
