/**
 * The training loop: it shuffles by key, takes one method step and one optimizer update for each
 * batch, and measures after each epoch. It is a stream of typed events; you decide what to show,
 * what to keep, and when to stop.
 */
import * as E from 'fp-ts/Either';
import { readsStall, type Shape, type Tree } from '../core';
import { type Layer } from '../layer';
import { type Loss } from '../loss';
import { batchSteps } from './batchSteps';
import { checkTraining } from './checkTraining';
import { failureEvent, ownCopy } from './ending';
import { epochEnd } from './epochEnd';
import { epochEvent, type TrainEvent } from './events';
import { type Held, holding, readsEnded, release, secure } from './held';
import { checkMemory } from './memory';
import { startOf } from './resume';
import { shielded } from './shield';
import { problems } from './takeStep';
import { measuresNow, type TrainingRun } from './training';
import { type LoopOptions, type TrainOptions } from './trainOptions';
import { settleAllBut } from './unread';

/**
 * Trains a network, as a stream of events: `epoch` after each epoch (and as epoch 0 before the
 * first), `batch` after each batch, others on request, and last `done` or `failed`. For each batch,
 * the method gives a direction and the optimizer an update.
 *
 * The stream frees everything that it makes, also if you stop reading early. You dispose of the
 * parameters in the last event. At the end of each epoch, parameters and moments are checked, so
 * the parameters of `done` and of a checkpoint are finite.
 *
 * Every failure is a `failed` event. Its error has the tag `loss` and the place (`epoch …, step …`)
 * if the loss is not finite. If a layer, a loss, a method or an optimizer of your own throws, the
 * error names the place and carries the exception as its `cause`. The event returns the last
 * parameters that gave a finite loss. If these are not finite, or the device is lost, it returns
 * those from the start of the epoch, which are kept on the host. An `epoch` event arrives only
 * after these were read; if the device is lost before, `failed` arrives in its place.
 *
 * On backends where reads stall, the loss of a batch is read while the next batch is computed, and
 * its `batch` event arrives then.
 *
 * With `checkpointEvery`, `checkpoint` events hold all that a training needs to continue. With
 * `resume`, the stream continues such a training: it has no epoch 0, and a state that does not fit
 * gives a `failed` event that names the place under `resume`.
 *
 * `net` is the network, `loss` its loss J, and `options` say on what and for how long it trains.
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

/**
 * The training at its start. Throws a `Fault` if the options do not fit the network, the loss, or
 * the training to resume.
 */
const begun = async <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
  held: Held<P>,
): Promise<TrainingRun<P> & { readonly epoch: number }> => {
  checkTraining(net, loss, options);
  const problem = problems(net, loss, options.method);
  const { epoch, seconds, state, memory } = startOf(options, held.parameters);
  held.state = state;
  held.memory = memory;
  // Any key will do: random layers draw only when a batch runs.
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
  let training: TrainingRun<P> | undefined;
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
    const failure = await failureEvent({ thrown, doing: 'training', place, lastFinite, restore });
    release(held, failure.parameters);
    yield failure;
  } finally {
    await readsEnded(held);
    release(held);
  }
}
