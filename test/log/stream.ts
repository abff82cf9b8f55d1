/** Streams of events for the tests of logs. */
import { type UnloggedEvent } from '../../src';

export interface Event {
  readonly tag: string;
  readonly [name: string]: unknown;
}

/** A stream that tells how it was left: after how many events, and whether it was closed. */
export interface Watched {
  readonly stream: AsyncGenerator<Event, void, undefined>;
  readonly asked: () => number;
  readonly closed: () => boolean;
}

/** A stream of these events, which throws at its end where there is something to throw. */
export const watched = (events: readonly Event[], thrown?: Error): Watched => {
  let [asked, closed] = [0, false];
  return {
    stream: (async function* () {
      try {
        for (const event of events) {
          asked += 1;
          yield await Promise.resolve(event);
        }
        if (thrown !== undefined) throw thrown;
      } finally {
        closed = true;
      }
    })(),
    asked: () => asked,
    closed: () => closed,
  };
};

export const streamOf = (events: readonly Event[]): AsyncGenerator<Event, void, undefined> =>
  watched(events).stream;

/** All events of a stream. */
export const drained = async (
  stream: AsyncIterable<Event | UnloggedEvent>,
): Promise<readonly (Event | UnloggedEvent)[]> => {
  const events: (Event | UnloggedEvent)[] = [];
  for await (const event of stream) events.push(event);
  return events;
};
