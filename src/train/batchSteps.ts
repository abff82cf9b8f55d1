/**
 * The steps of one epoch: for each batch a direction of the method and an update of the optimizer.
 */
import { nextFrame, type Tensor } from '@tensorflow/tfjs-core';
import { dispose, Fault, inPhase, Key, profiled, scope, toNumber, type Tree } from '../core';
import { type ExampleArrays, exampleOf, gathered, inOrder, type PassBatch } from '../example';
import { learningRateOf } from '../optimizer';
import { checkDeclared } from '../step';
import { passOf } from './batches';
import { lossNotFinite } from './ending';
import { type TrainEvent } from './events';
import { acceptAsFinite, moveTo } from './held';
import { failIfLost } from './measured';
import { submitted } from './submitted';
import { runStepOn } from './takeStep';
import { measuresNow, placeOf, type TrainingRun } from './training';
import { settleAllBut } from './unread';

/** How many examples test what layers declare. */
const FEW = 16;

/**
 * Tests what layers declare, once an epoch and outside its seconds: with a false declaration, wrong
 * steps would be reported as solved.
 */
const tryDeclared = async <P extends Tree.Tree>(
  { problem, held }: TrainingRun<P>,
  taken: ExampleArrays,
  key: Key.Key,
): Promise<void> => {
  const few = gathered(taken, inOrder(Math.min(FEW, taken.count)));
  const { input, target, weights } = exampleOf(few);
  dispose(target, ...(weights === undefined ? [] : [weights]));
  await checkDeclared(problem(key).energy, held.parameters, input).finally(() => {
    dispose(input);
  });
};

/**
 * One step. If reads stall, its loss stays unread; otherwise it is read before its gradient is
 * used.
 */
const oneStep = <P extends Tree.Tree>(
  { net, options, problem, behind, held, place }: TrainingRun<P>,
  taken: ExampleArrays,
  key: Key.Key,
  diagnosed: boolean,
) =>
  scope(() => {
    const { parameters, state, memory } = held;
    const example = inPhase('data', () => exampleOf(taken));
    let lossBefore = Number.NaN;
    const afterForward = (value: Tensor): void => {
      lossBefore = toNumber(value);
      if (!Number.isFinite(lossBefore))
        throw new Fault(lossNotFinite(net, parameters, taken, lossBefore, place));
      acceptAsFinite(held, parameters);
    };
    const run = runStepOn(problem(key), options.optimizer, parameters, state, memory, example, {
      diagnosed,
      norms: options.watch === true,
      ...(behind ? {} : { afterForward }),
    });
    return { ...run, loss: behind ? run.loss : lossBefore };
  });

/** All steps of an epoch with their events. The generator returns the last batch. */
export async function* batchSteps<P extends Tree.Tree>(
  training: TrainingRun<P>,
  epoch: number,
): AsyncGenerator<TrainEvent<P, number | null>, PassBatch | undefined> {
  const { net, loss, options, behind, held } = training;
  const { optimizer, diagnostics: when, profile: isProfiled = false, watch = false } = options;
  const everyBatches = options.evaluate?.everyBatches;
  const key = Key.fold(options.key, epoch);
  let last: PassBatch | undefined;
  training.seen = { loss: 0, weight: 0 };
  training.place = placeOf(epoch, 1);
  let asked = performance.now();
  for await (const read of passOf('train', net, loss, options.train, options.batchSize, key)) {
    const reading = performance.now() - asked;
    const { batch, batches, examples: taken } = read;
    last = read;
    // Timers and signals run here: between batches the event loop is free.
    await nextFrame();
    failIfLost();
    const drawn = Key.fold(key, batch);
    if (batch === 1) await tryDeclared(training, taken, drawn);
    const started = performance.now();
    const diagnosed = when === 'batch' || (when === 'epoch' && batch === batches);
    const { parameters: before } = held;
    const learningRate = watch ? learningRateOf(optimizer, held.state) : null;
    const take = () => oneStep(training, taken, drawn, diagnosed);
    const { value, profile: took } = isProfiled ? profiled(take) : { value: take(), profile: undefined };
    const { loss: found, solves, diagnostics, norms, ...next } = value;
    const profile = took === undefined ? undefined : { ...took, data: took.data + reading };
    const step = { epoch, batch, batches, taken, before, loss: found, solves, diagnostics, profile };
    held.unread.push(submitted({ ...step, norms, learningRate }));
    moveTo(held, next);
    const { events, failure } = await settleAllBut(training, behind && batch < batches ? 1 : 0);
    training.seconds += (reading + performance.now() - started) / 1000 - (diagnostics?.seconds ?? 0);
    yield* events;
    if (failure !== undefined) throw new Fault(failure);
    if (everyBatches !== undefined && batch % everyBatches === 0 && batch < batches)
      yield {
        tag: 'evaluation',
        epoch,
        batch,
        seconds: training.seconds,
        ...(await measuresNow(training)),
      };
    training.place = placeOf(epoch, Math.min(batch + 1, batches));
    asked = performance.now();
  }
  return last;
}
