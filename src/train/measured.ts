/** What is measured between steps, on a device that may be lost meanwhile: then the numbers are no measure of anything. */
import { nextFrame } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptAllTask, Fault, type ProxpropError, readsStall } from '../core';
import { deviceLost } from '../backend';

/**
 * What `measure` gives. Left where it fails, and where the device is lost by its end; reads of a lost one may give numbers as if
 * nothing were, and may be rejected.
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

/** Nothing on a device that is there; a `Fault` where it is lost. */
export const failIfLost = (): void => {
  const lost = deviceLost();
  if (lost !== undefined) throw new Fault(lost);
};
