/** Measurements between steps. If the device is lost meanwhile, the numbers are worthless. */
import { nextFrame } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptAllTask, Fault, type ProxpropError, readsStall } from '../core';
import { deviceLost } from '../backend';

/**
 * Runs a measurement. Returns a `Left` if it fails, or if the device is lost by its end: reads from
 * a lost device may return wrong numbers, or may be rejected.
 */
export const measuredOn =
  <A>(measure: () => Promise<A>): TE.TaskEither<ProxpropError, A> =>
  async () => {
    const found = await attemptAllTask('', measure)();
    // A read may fail before the device is known to be lost.
    if (readsStall()) await nextFrame();
    const lost = deviceLost();
    return lost === undefined ? found : E.left(lost);
  };

/** Throws a `Fault` if the device is lost. */
export const failIfLost = (): void => {
  const lost = deviceLost();
  if (lost !== undefined) throw new Fault(lost);
};
