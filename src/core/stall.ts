/**
 * Places where reading stalls the host. On cpu and wasm the numbers of a tensor lie in the host's
 * own memory. A GPU works behind the program: a read makes the program wait until the device has
 * caught up, and then the device waits for more work.
 */
import { engine, type KernelBackend } from '@tensorflow/tfjs-core';

const stalling = new WeakSet<KernelBackend>();

/** Make it known of a backend. */
export const readsStallOn = (backend: KernelBackend): void => {
  stalling.add(backend);
};

/** Whether a read stalls the current backend: then nothing inside a step reads. */
export const readsStall = (): boolean => stalling.has(engine().backend);
