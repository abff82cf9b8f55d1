/** Logs as sinks over a stream of events: the loop that reads it stays yours. */
import * as E from 'fp-ts/Either';
import { attemptAllTask, type ProxpropError } from '../core';
import { type Told } from './entry';

/** What a sink tells before the event that it could not log. It logs nothing from there on; the other events go on. */
export interface UnloggedEvent {
  readonly tag: 'unlogged';
  readonly error: ProxpropError;
}

/**
 * A stream of the same events, each of which is logged before it is handed on. The stream that it is given is read no further than its
 * own reader reads, and ends with it.
 */
export type Sink = <E extends Told>(
  events: AsyncIterable<E>,
) => AsyncGenerator<E | UnloggedEvent, void, undefined>;

/** Log one event, which is one of those asked for. Throws a `Fault`. */
export type Write = (event: Told) => Promise<void>;

/** A sink for events of these tags; `begin` is run with the first of them. */
export const sinkOf = (tags: readonly string[], begin: (first: Told) => Promise<Write>): Sink => {
  const told = new Set(tags);
  return async function* (events) {
    let write: Write | undefined;
    let able = true;
    for await (const event of events) {
      if (able && told.has(event.tag)) {
        const log = async (): Promise<void> => {
          write ??= await begin(event);
          await write(event);
        };
        const done = await attemptAllTask('log', log, 'data')();
        able = E.isRight(done);
        if (E.isLeft(done)) yield { tag: 'unlogged', error: done.left };
      }
      yield event;
    }
  };
};

async function* passed<A>(events: AsyncIterable<A>): AsyncGenerator<A, void, undefined> {
  yield* events;
}

/**
 * The same events, of which each sink logs those that it is for, before they are handed on. Entries are whole at any time, also when
 * you leave the loop, or when something is thrown in it. A sink that cannot write, as on a full disk, tells so once by an event
 * `unlogged` with the error; training goes on.
 *
 * @example
 * const events = logged(train(net, loss, options), Log.csv('runs/a/metrics.csv'), Log.tensorBoard('runs/a', { clock }));
 * for await (const event of events) if (event.tag === 'unlogged') console.error(describe(event.error));
 */
export const logged = <E extends Told>(
  events: AsyncIterable<E>,
  ...sinks: readonly Sink[]
): AsyncGenerator<E | UnloggedEvent, void, undefined> =>
  sinks.reduce<AsyncGenerator<E | UnloggedEvent, void, undefined>>(
    (stream, sink) => sink(stream),
    passed(events),
  );
