/**
 * Helper threads of a team in a page: workers made of text, started by a worker that may wait. A
 * page's own thread may not wait.
 *
 * While a worker waits, a browser reports nothing about the workers that it started, and ends none
 * of them. Only the script of a helper can end, and it records that itself.
 */
import { inTime } from '../answers';
import { type Helper, type Hire, START_SECONDS } from './helper';

/**
 * The part of a worker that this library uses; the full types would add the rest of the browser.
 */
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

/**
 * Whether this thread may sleep until another one wakes it, and may start others: true in a worker
 * of an isolated page.
 */
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

/** How the threads of tfjs start: they load a script of text from a worker of text. */
const loading = `importScripts(URL.createObjectURL(new Blob([''], { type: 'text/javascript' }))); postMessage('');`;

/** A worker of that text, after it has received a message and reported that it is ready. */
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

/** Why threads are impossible here, in one short line; `undefined` if they are possible. */
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
