/**
 * A schedule is a step over all blocks, built for any energy; a method is a schedule together with the energy
 * that it is meant for.
 */
import { getMonoid } from 'fp-ts/function';
import { type Monoid } from 'fp-ts/Monoid';
import { type Key } from '../core';
import { type EnergyOptions, type Link } from '../energy';
import { monoid as stepMonoid, type Step } from '../step';

/** Links 1 … L of the energy to the step on its blocks. */
export type Schedule = (links: readonly Link[]) => Step;

/** Schedules one after another, pointwise by `andThen`. */
export const monoid: Monoid<Schedule> = getMonoid(stepMonoid)<readonly Link[]>();

/** A training method: which energy, and which schedule on it. */
export interface Method {
  /** As it stands in tables and summaries. */
  readonly name: string;
  readonly energy: EnergyOptions;
  /** What is run once from the forward state, before the schedule. Default: nothing. */
  readonly start?: Schedule;
  /** One sweep: what is run on each batch, or, over the whole data, again and again from where it ended. */
  readonly schedule: Schedule;
  /** Of a method that draws random numbers: the same one with those of a key. `train` asks it for each batch. */
  readonly drawn?: (key: Key.Key) => Method;
}
