/** The state of a running training: its arguments, its tensors, and its progress. */
import { type Key, orThrow, type Shape, type Tree } from '../core';
import { type Layer } from '../layer';
import { type Loss } from '../loss';
import { type Problem } from '../schedule';
import { type Measures, measuresOf } from './events';
import { type Held } from './held';
import { measuredOn } from './measured';
import { type LoopOptions } from './trainOptions';

/** One training. The mutable fields change as it proceeds. */
export interface TrainingRun<P extends Tree.Tree> {
  readonly net: Layer<P, Shape, Shape>;
  readonly loss: Loss;
  readonly options: LoopOptions<P>;
  readonly problem: (key: Key.Key) => Problem;
  /** Whether reads stall, so that losses are read one batch later. */
  readonly behind: boolean;
  readonly held: Held<P>;
  /** The losses of the batches of the epoch so far, each times its weight, and these weights. */
  seen: { readonly loss: number; readonly weight: number };
  /** Seconds of training since the start, without evaluation. */
  seconds: number;
  /** The current place, for errors. */
  place: string;
}

export const placeOf = (epoch: number, batch: number): string => `epoch ${epoch}, step ${batch}`;

/** Measures the present parameters as the options ask, or throws a `Fault`. */
export const measuresNow = async <P extends Tree.Tree>(
  { net, loss, options, held }: TrainingRun<P>,
  running?: number,
): Promise<Measures<number | null>> => {
  const part = options.evaluate?.part;
  const measuring = { ...options, ...(part === undefined ? {} : { part }) };
  return orThrow(await measuredOn(() => measuresOf(net, loss, held.parameters, measuring, running))());
};
