/**
 * Helpers of a team in a page: workers made of text, started by a worker that may itself wait. A page's own thread may not.
 *
 * A browser tells a worker that waits of nothing that happens to those it started, and ends none of them meanwhile. What can end is
 * the script of a helper: that it writes down itself.
 */
import { inTime } from '../answers';
import { type Helper, type Hire, START_SECONDS } from './helper';

/** As much of a worker as is used here; the full types bring the rest of the browser along. */
interface PageWorker {
  onmessage: (() => void) | null;
  onerror: ((event: { readonly message?: string; readonly preventDefault: () => void }) => void) | null;
  readonly postMessage: (message: object) => void;
  readonly terminate: () => void;
}
declare const Worker: new (address: string) => PageWorker;
declare const Blob: new (parts: readonly string[], how: { readonly type: string }) => object;
declare const URL: {
  readonly createObjectURL: (content: object) => string;
  readonly revokeObjectURL: (address: string) => void;
};

/** Whether this thread may sleep until another one wakes it, and may start others: in a worker of an isolated page. */
export const mayWait = (): boolean => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return typeof Worker === 'function';
  } catch {
    return false;
  }
};

/** The script of a helper. */
const inPage = (script: string): string => `
onmessage = ({ data: { told, ended } }) => {
  const ready = () => postMessage('');
  try {${script}
  } finally {
    Atomics.store(ended, 0, 1);
  }
};`;

/** What the threads of tfjs do when they start: they load a script of text from a worker of text. */
const loading = `importScripts(URL.createObjectURL(new Blob([''], { type: 'text/javascript' }))); postMessage('');`;

/** A worker of that text that has said that it is ready, after it was told something. */
const workerOf = async (script: string, told?: object): Promise<PageWorker> => {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  let made: PageWorker | undefined;
  try {
    return await inTime(
      'wasm',
      'helpers that start',
      (failed) =>
        new Promise<PageWorker>((resolve) => {
          const worker = new Worker(address);
          made = worker;
          worker.onmessage = () => {
            resolve(worker);
          };
          worker.onerror = (event) => {
            event.preventDefault();
            failed(event.message ?? 'one that may not load');
          };
          if (told !== undefined) worker.postMessage(told);
        }),
      START_SECONDS,
    );
  } catch (thrown) {
    made?.terminate();
    throw thrown;
  } finally {
    URL.revokeObjectURL(address);
  }
};

/** Why no threads can be had here, in one short line; none where they can. */
export const unable = async (isolated: boolean): Promise<string | undefined> => {
  if (!isolated) return 'the page is not cross-origin isolated (headers COOP and COEP)';
  try {
    (await workerOf(loading)).terminate();
    return undefined;
  } catch {
    return 'no worker starts from a blob: address (Content-Security-Policy: worker-src and script-src have to allow blob:)';
  }
};

export const hire: Hire = async (script, told) => {
  const ended = new Int32Array(new SharedArrayBuffer(4));
  const worker = await workerOf(inPage(script), { told, ended });
  const helper: Helper = {
    lives: () => Atomics.load(ended, 0) === 0,
    end: () => {
      worker.terminate();
      return Promise.resolve();
    },
  };
  return helper;
};
