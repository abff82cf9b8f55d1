/** A training under way: what it was given, what it holds, and where it stands. */
import { type Key, orThrow, type Shape, type Tree } from '../core';
import { type Layer } from '../layer';
import { type Loss } from '../loss';
import { type Problem } from '../schedule';
import { type Measures, measuresOf } from './events';
import { type Held } from './held';
import { measuredOn } from './measured';
import { type LoopOptions } from './trainOptions';

/** One training. The fields that are not read-only move as it goes on. */
export interface Training<P extends Tree.Tree> {
  readonly net: Layer<P, Shape, Shape>;
  readonly loss: Loss;
  readonly options: LoopOptions<P>;
  readonly problem: (key: Key.Key) => Problem;
  /** Whether reading stalls, so that losses are read one batch behind. */
  readonly behind: boolean;
  readonly held: Held<P>;
  /** The losses of the batches of the epoch so far, each times its weight, and these weights. */
  seen: { readonly loss: number; readonly weight: number };
  /** Seconds of training alone, from the start. */
  seconds: number;
  /** Where it stands, for failures. */
  place: string;
}

export const placeOf = (epoch: number, batch: number): string => `epoch ${epoch}, step ${batch}`;

/** What the parameters are worth, on the sets and by the metrics that are asked for; or a `Fault`. */
export const measuresNow = async <P extends Tree.Tree>(
  { net, loss, options, held }: Training<P>,
  running?: number,
): Promise<Measures<number | null>> => {
  const part = options.evaluate?.part;
  const measuring = { ...options, ...(part === undefined ? {} : { part }) };
  return orThrow(await measuredOn(() => measuresOf(net, loss, held.parameters, measuring, running))());
};
