/**
 * Workers in Node that do not depend on how the program was started: they get neither its flags
 * (`--input-type`, `--import`, …) nor its environment with NODE_OPTIONS, with which their scripts
 * might not even load.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { inTime } from '../answers';
import { type Helper, type Hire, START_SECONDS } from './helper';

/** The options with which a worker starts. */
export const apart = { execArgv: [], env: {} };

/**
 * The script of a helper, valid both as CommonJS and as an ES module, as Node may treat it as
 * either. When it is ready, it reports the number of its thread, if the system shows it.
 */
export const nodeScript = (script: string): string => `
const load = typeof require === 'function' ? require : process.getBuiltinModule;
const { parentPort, workerData: told } = load('node:worker_threads');
const thread = () => {
  try {
    return load('node:fs').readlinkSync('/proc/thread-self').split('/').pop();
  } catch {
    return '';
  }
};
const ready = () => parentPort.postMessage(thread());
${script}`;

/** Starts a helper. Helpers end with the process, and do not keep it alive. */
export const hire: Hire = async (script, told) => {
  const worker = new Worker(nodeScript(script), { eval: true, workerData: told, ...apart });
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
    // The event of its end comes only when the program does not wait; Linux shows at once which
    // threads there are.
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
