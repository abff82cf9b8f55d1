/** What is measured between steps, on a device that may be lost meanwhile: then the numbers are no measure of anything. */
import { nextFrame } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, type ProxpropError, readsStall } from '../core';
import { deviceLost } from '../backend';

/**
 * What `measure` gives. Left where it fails, and where the device is lost by its end; reads of a lost one may give numbers as if
 * nothing were, and may be rejected by something that is no `Fault`.
 */
export const measured =
  <A>(measure: () => Promise<A>): TE.TaskEither<ProxpropError, A> =>
  async () => {
    let found: E.Either<ProxpropError, A> | undefined;
    let thrown: unknown;
    try {
      found = await attemptTask(measure)();
    } catch (rejected) {
      thrown = rejected;
    }
    // A read may fail before the device is known to be lost.
    if (readsStall()) await nextFrame();
    const lost = deviceLost();
    if (lost !== undefined) return E.left(lost);
    if (found === undefined) throw thrown;
    return found;
  };
