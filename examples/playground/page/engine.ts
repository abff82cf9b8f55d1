/** The worker, as the page sees it: requests out, replies in, and an end to what does not come to one. */
import { type Reply, type Request } from '../model/messages';

/** A request without its number. */
export type Asked = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

export interface Engine {
  /** Sends a request, and gives its number. */
  readonly ask: (request: Asked, id?: number) => number;
  readonly end: () => void;
}

/** A worker that is silent for this time is ended: the reader's layer may run for ever. */
const PATIENCE = 20_000;
/** Requests that have an answer; and those that have several, up to a last one. */
const ONCE: readonly Request['tag'][] = ['prepare', 'valley', 'sweep', 'step'];
const STREAMS: readonly Request['tag'][] = ['play', 'laws', 'heat'];
const STREAMED: readonly Reply['tag'][] = ['frame', 'law', 'cell', 'started'];

export const engineOf = (listen: (reply: Reply) => void): Engine => {
  let counter = 0;
  let watch: ReturnType<typeof setTimeout> | undefined;
  let streams = false;
  const still = (): void => {
    clearTimeout(watch);
    watch = undefined;
  };
  const patient = (): void => {
    still();
    watch = setTimeout(restart, PATIENCE);
  };
  const begin = (): Worker => {
    const made = new Worker(new URL('../worker/worker.ts', import.meta.url), {
      type: 'module',
      name: 'training',
    });
    made.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.tag === 'started' || (streams && STREAMED.includes(data.tag))) {
        if (watch !== undefined) patient();
      } else still();
      listen(data);
    };
    made.onerror = (event) => {
      event.preventDefault();
      still();
      listen({ tag: 'failed', id: counter, line: `The training stopped: ${event.message}` });
    };
    return made;
  };
  let worker = begin();
  const restart = (): void => {
    worker.terminate();
    worker = begin();
    listen({
      ...{ tag: 'failed', id: counter },
      line: `The training was ended: it was silent for ${PATIENCE / 1000} s. Does your layer come to an end?`,
    });
  };
  return {
    ask: (request, id) => {
      if (id === undefined) counter++;
      streams = STREAMS.includes(request.tag);
      if (streams || ONCE.includes(request.tag)) patient();
      else still();
      const own = id ?? counter;
      worker.postMessage({ ...request, id: own });
      return own;
    },
    end: () => {
      still();
      worker.terminate();
    },
  };
};
