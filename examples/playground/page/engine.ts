/** The worker, as the page sees it: requests out, replies in, and an end to what does not come to one. */
import { type Reply, type Request } from '../model/messages';

/** A request without its number. */
export type Asked = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

export interface Engine {
  /** Sends a request, and gives its number. */
  readonly ask: (request: Asked, id?: number) => number;
  readonly end: () => void;
}

/** A request that is not answered in this time is ended: the reader's layer may run for ever. */
const PATIENCE = 20_000;
const WATCHED = ['prepare', 'laws', 'valley', 'sweep'];

export const engineOf = (listen: (reply: Reply) => void): Engine => {
  let counter = 0;
  let watch: ReturnType<typeof setTimeout> | undefined;
  const still = (): void => {
    clearTimeout(watch);
    watch = undefined;
  };
  const begin = (): Worker => {
    const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), {
      type: 'module',
      name: 'training',
    });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      still();
      listen(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      listen({ tag: 'failed', id: counter, line: `The training stopped: ${event.message}` });
    };
    return worker;
  };
  let worker = begin();
  const restart = (): void => {
    worker.terminate();
    worker = begin();
    listen({
      ...{ tag: 'failed', id: counter },
      line: `The training was ended: it gave no answer in ${PATIENCE / 1000} s. Does your layer come to an end?`,
    });
  };
  return {
    ask: (request, id) => {
      if (id === undefined) counter++;
      if (WATCHED.includes(request.tag)) {
        still();
        watch = setTimeout(restart, PATIENCE);
      }
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
