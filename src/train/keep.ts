/**
 * Functions on the event stream of a training, which compose: they choose which parameters to keep,
 * and when to stop.
 */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import type * as TE from 'fp-ts/TaskEither';
import {
  attempt,
  attemptAll,
  attemptAllTask,
  dispose,
  error,
  fail,
  Fault,
  type ProxpropError,
  shown,
  Tree,
  whole,
} from '../core';
import { type EpochEvent, type FailedEvent, type TrainEvent } from './events';

type Events<P extends Tree.Tree, T extends number | null> = AsyncIterable<TrainEvent<P, T>>;
type Told<P extends Tree.Tree, T extends number | null> = AsyncGenerator<TrainEvent<P, T>, void, undefined>;

/** A number to minimise, such as the validation loss. */
export type Criterion<T extends number | null = number | null> = (event: EpochEvent<T>) => number;

/** The value of a criterion, or a failure if it throws or returns no finite number. */
const judged = <T extends number | null>(
  path: string,
  by: Criterion<T>,
  event: EpochEvent<T>,
): E.Either<ProxpropError, number> =>
  attemptAll(
    `${path}.by at epoch ${event.epoch}`,
    () => {
      const found: unknown = by(event);
      return typeof found === 'number' && Number.isFinite(found)
        ? found
        : fail('options', `${path}.by at epoch ${event.epoch}`, 'a finite number', shown(found));
    },
    'options',
  );

/** The `failed` event that ends a stream here. */
const ended = <P extends Tree.Tree>(
  e: ProxpropError,
  { parameters }: EpochEvent<null | number, P>,
): FailedEvent<P> => ({
  tag: 'failed',
  error: e,
  parameters: Tree.copy(parameters),
});

/**
 * Passes on the events of a training, but ends with the best parameters: the `done` event has the
 * parameters of the epoch with the smallest criterion, the first of equal ones, in place of the
 * last parameters. They are copies; those of the training are freed. A training that fails still
 * returns its last finite parameters. If the criterion throws or returns no finite number, the
 * stream ends with a `failed` event with tag `options`.
 *
 * `by` is the criterion: a number of each `epoch` event.
 *
 * @example
 * const events = train(net, softmaxCrossEntropy, { ...options, validation });
 * for await (const event of keepBest(events, ({ validationLoss = Number.NaN }) => validationLoss))
 *   if (event.tag === 'done') console.log(event.parameters);
 */
export async function* keepBest<P extends Tree.Tree, T extends number | null>(
  events: Events<P, T>,
  by: Criterion<T>,
): Told<P, T> {
  let best: { readonly value: number; readonly parameters: P } | undefined;
  const free = (): void => {
    if (best !== undefined) dispose(best.parameters);
    best = undefined;
  };
  try {
    for await (const event of events) {
      if (event.tag === 'epoch') {
        const value = judged('keepBest', by, event);
        if (E.isLeft(value)) {
          yield ended(value.left, event);
          return;
        }
        if (best === undefined || value.right < best.value) {
          free();
          best = { value: value.right, parameters: Tree.copy(event.parameters) };
        }
      }
      if (event.tag !== 'done' || best === undefined) {
        yield event;
        continue;
      }
      dispose(event.parameters);
      const { parameters } = best;
      best = undefined;
      yield { tag: 'done', parameters };
    }
  } finally {
    free();
  }
}

/**
 * Passes on the events of a training until the criterion has not fallen for `patience` evaluated
 * epochs in a row. Then it ends with a `done` event, with the parameters of that last epoch;
 * combine it with `keepBest` to get the best ones. Everything else that the training holds is
 * freed. If `patience` is no whole number of at least 1, or the criterion throws or returns no
 * finite number, the stream ends with a `failed` event with tag `options`.
 *
 * `by` is the criterion: a number of each `epoch` event.
 *
 * @example keepBest(stopEarly(train(net, loss, options), byValidation, 5), byValidation)
 */
export async function* stopEarly<P extends Tree.Tree, T extends number | null>(
  events: Events<P, T>,
  by: Criterion<T>,
  patience: number,
): Told<P, T> {
  let smallest = Number.POSITIVE_INFINITY;
  let waited = 0;
  for await (const event of events) {
    if (event.tag !== 'epoch') {
      yield event;
      continue;
    }
    const value = pipe(
      attempt(() => whole('stopEarly.patience', patience, 1)),
      E.chain(() => judged('stopEarly', by, event)),
    );
    if (E.isLeft(value)) {
      yield ended(value.left, event);
      return;
    }
    waited = value.right < smallest ? 0 : waited + 1;
    smallest = Math.min(smallest, value.right);
    yield event;
    if (waited < patience) continue;
    // They are still alive, since the next event was not requested.
    yield { tag: 'done', parameters: Tree.copy(event.parameters) };
    return;
  }
}

/**
 * Runs a training to its end and returns its parameters, which you dispose of. Events before the
 * last one are ignored. Returns a `Left` with the error if the training failed, and then frees its
 * parameters. The tag is `data` if the stream ends without `done` or `failed`. If the stream
 * throws, the error carries the exception as its `cause`.
 *
 * `events` is the stream of `train`, `descend`, `keepBest` or `stopEarly`.
 *
 * @example const parameters = orThrow(await trained(train(net, softmaxCrossEntropy, options))());
 */
export const trained = <P extends Tree.Tree, T extends number | null>(
  events: Events<P, T>,
): TE.TaskEither<ProxpropError, P> =>
  attemptAllTask('training', async () => {
    for await (const event of events) {
      if (event.tag === 'done') return event.parameters;
      if (event.tag !== 'failed') continue;
      dispose(event.parameters);
      throw new Fault(event.error);
    }
    throw new Fault(error('data', 'training', 'a last event, done or failed', 'none'));
  });
