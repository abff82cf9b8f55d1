/**
 * Losses that have not been read yet. On backends where reads stall, each is read while the next
 * step is computed.
 */
import { type ProxpropError, type Tree } from '../core';
import { type TrainEvent } from './events';
import { lossNotFinite } from './ending';
import { acceptAsFinite, readsEnded } from './held';
import { stepEvent } from './submitted';
import { placeOf, type TrainingRun } from './training';

/**
 * Events of steps whose losses have now been read, and the failure that ends the training, if there
 * is one.
 */
export interface Settled<P extends Tree.Tree> {
  readonly events: readonly TrainEvent<P, number | null>[];
  readonly failure?: ProxpropError;
}

/**
 * Reads the losses of all steps except the last `count`, up to the first loss that is not finite.
 */
export const settleAllBut = async <P extends Tree.Tree>(
  training: TrainingRun<P>,
  count: number,
): Promise<Settled<P>> => {
  const { net, behind, held } = training;
  const { unread } = held;
  const events: TrainEvent<P, number | null>[] = [];
  for (let next = unread[0]; next !== undefined && unread.length > count; next = unread[0]) {
    const { epoch, batch, before, taken, diagnostics } = next;
    const event = await stepEvent(next, unread[1]?.before ?? held.parameters);
    if (!Number.isFinite(event.loss)) {
      await readsEnded(held);
      return { events, failure: lossNotFinite(net, before, taken, event.loss, placeOf(epoch, batch)) };
    }
    if (behind) acceptAsFinite(held, before);
    unread.shift();
    const weight = taken.weights?.reduce((a, b) => a + b, 0) ?? taken.count;
    const { seen } = training;
    training.seen = { loss: seen.loss + event.loss * weight, weight: seen.weight + weight };
    events.push(event);
    if (diagnostics !== undefined) events.push({ tag: 'diagnostics', epoch, batch, ...diagnostics });
  }
  return { events };
};
