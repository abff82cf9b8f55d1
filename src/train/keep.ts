/** Small words over the events of a training: which parameters to keep, and when to stop. They compose. */
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
  Tree,
  whole,
} from '../core';
import { shown } from './checkOptions';
import { type EpochEvent, type FailedEvent, type TrainEvent } from './events';

type Events<P extends Tree.Tree, T extends number | null> = AsyncIterable<TrainEvent<P, T>>;
type Told<P extends Tree.Tree, T extends number | null> = AsyncGenerator<TrainEvent<P, T>, void, undefined>;

/** What is to be small, such as the validation loss. */
export type Criterion<T extends number | null = number | null> = (event: EpochEvent<T>) => number;

/** The value of a criterion, or the failure to report: what it throws, and what is no finite number. */
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

/** The last event of a stream that cannot go on. */
const ended = <P extends Tree.Tree>(
  e: ProxpropError,
  { parameters }: EpochEvent<null | number, P>,
): FailedEvent<P> => ({
  tag: 'failed',
  error: e,
  parameters: Tree.copy(parameters),
});

/**
 * The same events; the last one has the parameters of the epoch at which the criterion was smallest, the first of equal ones, in
 * place of the last. They are copied, the others are freed. A training that fails still has the last good ones. A criterion that throws,
 * or gives no finite number, ends it with a `failed` event `options`.
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
 * The same events, up to the first epoch after which the criterion has not become smaller for `patience` epochs that were evaluated:
 * then `done`, with the parameters of that epoch. What the training holds is freed. A patience that is no whole number of at least 1, and
 * a criterion that throws or gives no finite number, end it with a `failed` event `options`.
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
    // They live still: the next event was not asked for.
    yield { tag: 'done', parameters: Tree.copy(event.parameters) };
    return;
  }
}

/**
 * The parameters that a training ends with, which are the caller's; events between are passed over. Left: why it failed, and then its
 * parameters are freed; `data` for a stream without an end; what the stream throws, as its `cause`.
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
