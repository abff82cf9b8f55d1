/**
 * The training loop: shuffle by key, one method step and one optimizer update a batch, metrics after each epoch.
 * It is a stream of typed events; whoever reads it decides what to show, to keep, and when to stop.
 */
import * as E from 'fp-ts/Either';
import { readsStall, type Shape, type Tree } from '../core';
import { type Layer } from '../layer';
import { type Loss } from '../loss';
import { batchSteps } from './batchSteps';
import { checkTraining } from './checkTraining';
import { failureOf, ownCopy } from './ending';
import { epochEnd } from './epochEnd';
import { epochEvent, type TrainEvent } from './events';
import { type Held, holding, readsEnded, release, secure } from './held';
import { checkMemory } from './memory';
import { startOf } from './resume';
import { shielded } from './shield';
import { problems } from './takeStep';
import { measuresNow, type Training } from './training';
import { type LoopOptions, type TrainOptions } from './trainOptions';
import { settleAllBut } from './unread';

/**
 * Train a network. Everything that the loop makes it frees, also when the reader stops early; the parameters in
 * the last event are the reader's. A loss that is not finite ends it with `loss error at epoch …, step …`, and
 * so does every other failure, each with the last parameters that gave a finite loss, where these are finite, else with
 * those at the start of the epoch, which are held on the host, as also where the device is lost. What a layer, a loss, a
 * method or an optimizer of your own throws is such a failure: it says where, and has what was thrown as its `cause`.
 * At the end of each epoch parameters and moments are looked at: what is `done`, or in a checkpoint, is finite. An `epoch` event
 * says that the device was there until these had been read; where it is lost before, the failure comes in its place.
 * Where reading stalls, the loss of a batch is read while the next one is computed, and its event comes then.
 *
 * With `checkpointEvery` it tells from time to time all that is needed to go on; the tensors of such an event are the loop's,
 * and live until the reader asks for the next one. With `resume` it goes on: events are those of the epochs to come, so
 * that there is no epoch 0; what does not fit ends it with a line that names the place under `resume`.
 *
 * @example
 * for await (const event of train(net, softmaxCrossEntropy, options))
 *   if (event.tag === 'epoch') console.log(event.epoch, event.testAccuracy);
 */
export function train<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: TrainOptions<P>,
): AsyncGenerator<TrainEvent<P>, void, undefined>;
export function train<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined>;
export function train<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined> {
  return shielded(events(net, loss, options));
}

/** The training at its start; a `Fault` where the options do not fit the network, the loss or what is resumed. */
const begun = async <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
  held: Held<P>,
): Promise<Training<P> & { readonly epoch: number }> => {
  checkTraining(net, loss, options);
  const problem = problems(net, loss, options.method);
  const { epoch, seconds, state, memory } = startOf(options, held.parameters);
  held.state = state;
  held.memory = memory;
  // A layer that is random draws by a key for a batch alone.
  if (Object.keys(memory).length > 0) checkMemory('resume.memory', problem(options.key).energy, memory);
  await secure(net, held, 'data');
  const made = { net, loss, options, problem, behind: readsStall(), held };
  return { ...made, seen: { loss: 0, weight: 0 }, seconds, place: '', epoch };
};

async function* events<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined> {
  const own = ownCopy(options);
  if (E.isLeft(own)) {
    yield own.left;
    return;
  }
  const held = holding(own.right);
  let training: Training<P> | undefined;
  try {
    const { epoch: start, ...made } = await begun(net, loss, options, held);
    training = made;
    if (options.resume === undefined) {
      training.place = 'epoch 0';
      yield epochEvent(0, training.seconds, await measuresNow(training), held.parameters);
    }
    for (let epoch = start + 1; epoch <= options.epochs; epoch++) {
      training.place = `epoch ${epoch}`;
      const last = yield* batchSteps(training, epoch);
      yield* epochEnd(training, epoch, last);
    }
    release(held, held.parameters);
    yield { tag: 'done', parameters: held.parameters };
  } catch (thrown) {
    if (training !== undefined) yield* (await settleAllBut(training, 0)).events;
    const { lastFinite, restore } = held;
    const place = training?.place ?? '';
    const failure = await failureOf({ thrown, doing: 'training', place, lastFinite, restore });
    release(held, failure.parameters);
    yield failure;
  } finally {
    await readsEnded(held);
    release(held);
  }
}
