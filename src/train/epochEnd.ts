/**
 * The end of an epoch: measures the parameters, and decides whether the training can continue from
 * them.
 */
import { Fault, orThrow, scope, type Tree } from '../core';
import { exampleOf, type PassBatch } from '../example';
import { lossOn as weightedBy, lossValue } from '../loss';
import { readScalars } from '../solver';
import { lossNotFinite } from './ending';
import { epochEvent, type TrainEvent } from './events';
import { secure } from './held';
import { failIfLost, measuredOn } from './measured';
import { measuresNow, placeOf, type TrainingRun } from './training';

/** The loss of a batch at the present parameters. */
const lossOf = async <P extends Tree.Tree>(
  { net, loss, held }: TrainingRun<P>,
  { examples }: PassBatch,
): Promise<number> => {
  const value = scope(() => {
    const { input, target, weights } = exampleOf(examples);
    return lossValue(weightedBy(loss, weights), net.forward(held.parameters, input), target);
  });
  const read = measuredOn(() => readScalars([value])());
  const [found = Number.NaN] = orThrow(
    await read().finally(() => {
      value.dispose();
    }),
  );
  return found;
};

/**
 * The events at the end of an epoch, given its last batch. Throws a `Fault` if the parameters or
 * their loss are not finite.
 */
export async function* epochEnd<P extends Tree.Tree>(
  training: TrainingRun<P>,
  epoch: number,
  last: PassBatch | undefined,
): AsyncGenerator<TrainEvent<P, number | null>, void> {
  const { net, options, held, seen, seconds } = training;
  const { every = 1, trainLoss } = options.evaluate ?? {};
  const isLast = epoch === options.epochs;
  training.place = `epoch ${epoch}`;
  const evaluated = epoch % every === 0 || isLast;
  // Parameters that are not evaluated must have a finite loss too.
  const byPass = evaluated && trainLoss === undefined;
  const probe = byPass || last === undefined ? 0 : await lossOf(training, last);
  const measures = evaluated
    ? await measuresNow(training, byPass ? undefined : seen.loss / seen.weight)
    : { trainLoss: probe };
  const after = Number.isFinite(probe) ? measures : { ...measures, trainLoss: probe };
  const finite = Number.isFinite(after.trainLoss);
  if (finite) await secure(net, held, 'loss');
  // The event follows only after the host holds the parameters: a failure then returns those that
  // were measured.
  failIfLost();
  if ('testLoss' in after) yield epochEvent(epoch, seconds, after, held.parameters);
  if (!finite && last !== undefined) {
    const place = placeOf(epoch, last.batches);
    throw new Fault(lossNotFinite(net, held.parameters, last.examples, after.trainLoss, place));
  }
  failIfLost();
  const { checkpointEvery } = options;
  if (checkpointEvery !== undefined && (epoch % checkpointEvery === 0 || isLast)) {
    const { parameters, state, memory } = held;
    yield { tag: 'checkpoint', epoch, seconds, parameters, state, memory };
  }
}
