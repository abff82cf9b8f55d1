/**
 * Devices that are lost. A GPU may go away while a program runs: its driver is restarted, or it is unplugged. Kernels
 * then do nothing without saying so, and what is read are old numbers or zeros; so a loop asks after each read.
 */
import { engine, type KernelBackend } from '@tensorflow/tfjs-core';
import { error, type ProxpropError, readsStallOn } from '../core';

/** How to ask a backend whether its device is lost, and why. Backends that cannot lose it are not in here. */
const questions = new WeakMap<KernelBackend, () => string | undefined>();

/** Make the question known, for a backend whose device may be lost: one apart from the host, on which reads stall. */
export const canBeLost = (backend: KernelBackend, ask: () => string | undefined): void => {
  readsStallOn(backend);
  questions.set(backend, ask);
};

/** Why the device of a backend is lost, where it is. */
export const deviceLostOf = (backend: KernelBackend): string | undefined => questions.get(backend)?.();

/**
 * The failure to report where the device of the current backend is lost; at once, without waiting for it.
 *
 * @example deviceLost() // undefined
 */
export const deviceLost = (): ProxpropError | undefined => {
  const { backend, backendName } = engine();
  const found = deviceLostOf(backend);
  return found === undefined
    ? undefined
    : error('backend', backendName, 'a device that stays (start the backend again to go on)', found);
};
