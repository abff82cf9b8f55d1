/** Logs as sinks over a stream of events: the loop that reads it stays yours. */
import * as E from 'fp-ts/Either';
import { attemptAllTask, type ProxpropError } from '../core';
import { type LoggedEvent } from './entry';

/**
 * Says that a sink could not log the event behind this one. The sink logs nothing from there on;
 * the other events go on.
 */
export interface UnloggedEvent {
  readonly tag: 'unlogged';
  /** The reason. */
  readonly error: ProxpropError;
}

/**
 * A sink: a function from a stream of events to a stream of the same events, each logged before you
 * get it. It reads no further than you read, and ends with you.
 */
export type Sink = <E extends LoggedEvent>(
  events: AsyncIterable<E>,
) => AsyncGenerator<E | UnloggedEvent, void, undefined>;

/** A log that was begun. Both functions throw a `Fault`. */
export interface Writer {
  /** Log one event, which is one of those asked for. */
  readonly write: (event: LoggedEvent) => Promise<void>;
  /** After the last event of a training, and after the last of all. */
  readonly end?: () => void;
}

/** A sink for events of these tags; `begin` is run with the first of them. */
export const sinkOf = (tags: readonly string[], begin: (first: LoggedEvent) => Promise<Writer>): Sink => {
  const asked = new Set(tags);
  return async function* (events) {
    let writer: Writer | undefined;
    let failed = false;
    /** Whether all went well so far: after a failure nothing is logged. */
    const state = { sound: true };
    /** Run a part of the log; what went wrong is an event. */
    const attempted = async (part: () => Promise<void>): Promise<readonly UnloggedEvent[]> => {
      if (!state.sound) return [];
      const done = await attemptAllTask('log', part, 'data')();
      if (E.isRight(done)) return [];
      state.sound = false;
      return [{ tag: 'unlogged', error: done.left }];
    };
    const end = (): Promise<readonly UnloggedEvent[]> =>
      attempted(() => Promise.resolve().then(() => writer?.end?.()));
    for await (const event of events) {
      if (asked.has(event.tag))
        yield* await attempted(async () => {
          writer ??= await begin(event);
          await writer.write(event);
        });
      // Before the last event of a training, behind which nobody reads on.
      if (event.tag === 'done') yield* await end();
      failed ||= event.tag === 'failed';
      yield event;
    }
    // What a training that failed has not logged may have been to come.
    if (!failed) yield* await end();
  };
};

async function* passed<A>(events: AsyncIterable<A>): AsyncGenerator<A, void, undefined> {
  yield* events;
}

/**
 * Logs a stream of events: it gives the same events, and each sink logs those that it is for before
 * you get them. Entries are whole at any time, even if you leave the loop.
 *
 * If a sink cannot write, as on a full disk, it says so once by an event `unlogged` with the error,
 * and the training goes on.
 *
 * @param events the events of a training, such as those of `train`
 * @param sinks `Log.jsonLines`, `Log.csv`, `Log.tensorBoard`, or your own
 *
 * @example
 * const sinks = [Log.csv('runs/a/metrics.csv'), Log.tensorBoard('runs/a', { clock })];
 * for await (const event of logged(train(net, loss, options), ...sinks))
 *   if (event.tag === 'unlogged') console.error(describe(event.error));
 */
export const logged = <E extends LoggedEvent>(
  events: AsyncIterable<E>,
  ...sinks: readonly Sink[]
): AsyncGenerator<E | UnloggedEvent, void, undefined> =>
  sinks.reduce<AsyncGenerator<E | UnloggedEvent, void, undefined>>(
    (stream, sink) => sink(stream),
    passed(events),
  );
