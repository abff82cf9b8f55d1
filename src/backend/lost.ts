/**
 * Lost devices. A GPU may disappear while a program runs, because its driver restarts or it is
 * unplugged. Kernels then silently do nothing, and reads return old numbers or zeros; so loops
 * check after each read.
 */
import { engine, type KernelBackend } from '@tensorflow/tfjs-core';
import { error, type ProxpropError, readsStallOn } from '../core';

/**
 * How to ask a backend whether its device is lost, and why. Backends that cannot lose a device have
 * no entry.
 */
const questions = new WeakMap<KernelBackend, () => string | undefined>();

/**
 * Registers the question for a backend whose device may be lost. Such a device is apart from the
 * host, so reads stall on it.
 */
export const canBeLost = (backend: KernelBackend, ask: () => string | undefined): void => {
  readsStallOn(backend);
  questions.set(backend, ask);
};

/** Why the device of a backend is lost; `undefined` if it is not. */
export const deviceLostOf = (backend: KernelBackend): string | undefined => questions.get(backend)?.();

/**
 * The error to report if the device of the current backend is lost, with tag `backend`; `undefined`
 * if it is not. It returns at once and does not wait for the device.
 *
 * @example deviceLost() // undefined
 */
export const deviceLost = (): ProxpropError | undefined => {
  const { backend, backendName } = engine();
  const found = deviceLostOf(backend);
  return found === undefined
    ? undefined
    : error('backend', backendName, 'a device that is not lost (start the backend again to go on)', found);
};
