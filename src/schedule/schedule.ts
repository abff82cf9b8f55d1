/**
 * Schedules and methods. A schedule is a step over all blocks, built for any energy. A method is a
 * schedule together with its energy.
 */
import { getMonoid } from 'fp-ts/function';
import { type Monoid } from 'fp-ts/Monoid';
import { type Key } from '../core';
import { type EnergyOptions, type Link } from '../energy';
import { monoid as stepMonoid, type Step } from '../step';

/** A function from the links 1 … L of an energy to one step on its blocks. */
export type Schedule = (links: readonly Link[]) => Step;

/**
 * The monoid of schedules: `concat` runs one schedule after another, link by link as `andThen`;
 * `empty` does nothing.
 *
 * @example scheduleMonoid.concat(backwardSweep(1, explicitParameters(1)), () => forward)
 */
export const monoid: Monoid<Schedule> = getMonoid(stepMonoid)<readonly Link[]>();

/** A training method: its energy, and its schedule on it. */
export interface Method {
  /** The name in tables, summaries and errors. */
  readonly name: string;
  /** The options of `energyOf`. */
  readonly energy: EnergyOptions;
  /** The schedule that runs once from the forward state, before `schedule`. Default: nothing. */
  readonly start?: Schedule;
  /**
   * One sweep. `train` runs it on each batch; `descend` runs it repeatedly on all examples, each
   * sweep from where the last one ended.
   */
  readonly schedule: Schedule;
  /**
   * For a method that draws random numbers: the same method, drawing by a key. `train` calls it
   * with the key of each batch.
   */
  readonly drawn?: (key: Key.Key) => Method;
}
