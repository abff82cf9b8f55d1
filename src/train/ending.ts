/** How a training starts and ends where something is wrong: with a failure, and parameters that can be used. */
import { nextFrame } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { attemptAll, error, explained, type ProxpropError, type Tree, within } from '../core';
import { deviceLost } from '../backend';
import { type ExampleArrays } from '../example';
import { type AnyLayer } from '../layer';
import { checkIsOptions, checkIsParameters, parametersGiven } from './checkOptions';
import { firstNonFinite } from './evaluate';
import { copyOfLiving, type FailedEvent } from './events';
import { everyFinite } from './hostCopy';

/** A copy of the parameters that a training is given, which is the training's. Left: the event that says why there is none. */
export const ownCopy = <P extends Tree.Tree>(options: {
  readonly parameters: P;
}): E.Either<FailedEvent<P>, P> =>
  E.mapLeft((e: ProxpropError): FailedEvent<P> => ({
    tag: 'failed',
    error: e,
    parameters: parametersGiven(options),
  }))(
    attemptAll('parameters', () => {
      checkIsOptions(options, 'of a training');
      checkIsParameters(options.parameters);
      return copyOfLiving(options.parameters);
    }),
  );

/** A loss that is not finite at these parameters on these examples, with the first layer whose numbers are not. */
export const lossNotFinite = (
  net: AnyLayer,
  parameters: Tree.Tree,
  examples: ExampleArrays,
  found: number,
  place: string,
): ProxpropError => {
  const part = attemptAll('', () => firstNonFinite(net, parameters, examples));
  const reason = E.isRight(part) ? `; ${part.right} is not finite` : '';
  return error('loss', place, 'a finite loss', `${found}${reason}`);
};

/** What ended a training. */
interface Ended<P extends Tree.Tree> {
  readonly thrown: unknown;
  /** What was being done, for an exception that does not say so. */
  readonly doing: 'training' | 'descent';
  /** Where it stood; empty before the first epoch. */
  readonly place: string;
  /** The last parameters that gave a finite loss. */
  readonly lastFinite: P;
  /** Finite parameters that the host holds, as tensors. */
  readonly restore: (() => P) | undefined;
}

/**
 * The last event of a training that cannot go on. It hands back the last finite parameters themselves, or, where these are not finite
 * or the device is lost, those that the host holds.
 */
export const failureOf = async <P extends Tree.Tree>({
  thrown,
  doing,
  place,
  lastFinite,
  restore,
}: Ended<P>): Promise<FailedEvent<P>> => {
  // A read may fail before the device is known to be lost.
  await nextFrame();
  const { error: found } = explained(doing, thrown);
  // Activations that make numbers of NaN make a finite loss of parameters that are not.
  const finite = restore === undefined || (await everyFinite(lastFinite));
  const lost = deviceLost();
  const restored = finite && lost === undefined ? undefined : restore?.();
  return {
    tag: 'failed',
    error: lost ?? (place === '' ? found : within(place, found)),
    parameters: restored ?? lastFinite,
  };
};
