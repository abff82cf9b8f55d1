/**
 * Workers in Node that do not depend on how the program was started: they get neither its flags (`--input-type`, `--import`, …) nor
 * its environment with NODE_OPTIONS, under which their scripts might not even load.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { inTime } from './answers';
import { type Helper, type Hire } from './helper';

/** How long a worker may take until it is ready: thousands of times what it needs, for a machine with much else to do. */
export const START_SECONDS = 30;

/** What a worker is started with. */
export const apart = { execArgv: [], env: {} };

/** Helpers die with the process, and do not keep it alive. */
export const hire: Hire = async (script, workerData) => {
  const worker = new Worker(script, { eval: true, workerData, ...apart });
  let gone = false;
  // Somebody has to listen to the last word of a helper, or it ends the process.
  worker.on('error', () => undefined);
  worker.once('exit', () => {
    gone = true;
  });
  try {
    const thread = await inTime(
      'wasm',
      'helpers that start',
      (failed) =>
        new Promise<unknown>((resolve) => {
          worker.once('message', resolve);
          worker.once('error', (thrown) => {
            failed(thrown instanceof Error ? thrown.message : String(thrown));
          });
          worker.once('exit', () => {
            failed('one that ended');
          });
        }),
      START_SECONDS,
    );
    worker.unref();
    const place = `/proc/self/task/${String(thread)}`;
    // The event of its end comes only when the program does not wait; Linux shows at once which threads there are.
    const shown = thread !== '' && existsSync(place);
    const helper: Helper = {
      lives: () => !gone && (!shown || existsSync(place)),
      end: () => worker.terminate(),
    };
    return helper;
  } catch (thrown) {
    await worker.terminate();
    throw thrown;
  }
};
