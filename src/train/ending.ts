/** How a training fails: with an error, and with parameters that are usable. */
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

/**
 * A copy of the given parameters, which the training owns. Returns a `Left` with the `failed` event
 * if they cannot be copied.
 */
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

/**
 * The error for a loss that is not finite at these parameters on these examples. It names the first
 * layer with numbers that are not finite.
 */
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

/** The facts of a training that failed. */
interface Ended<P extends Tree.Tree> {
  readonly thrown: unknown;
  /** The activity, for an exception that does not name it. */
  readonly doing: 'training' | 'descent';
  /** The place in the training; empty before the first epoch. */
  readonly place: string;
  /** The last parameters that gave a finite loss. */
  readonly lastFinite: P;
  /** Makes tensors of finite parameters that the host keeps. */
  readonly restore: (() => P) | undefined;
}

/**
 * The last event of a training that cannot continue. It returns the last finite parameters. If
 * these are not finite, or the device is lost, it returns those that the host keeps.
 */
export const failureEvent = async <P extends Tree.Tree>({
  thrown,
  doing,
  place,
  lastFinite,
  restore,
}: Ended<P>): Promise<FailedEvent<P>> => {
  // A read may fail before the device is known to be lost.
  await nextFrame();
  const { error: found } = explained(doing, thrown);
  // If an activation turns NaN into numbers, parameters that are not finite may give a finite loss.
  const finite = restore === undefined || (await everyFinite(lastFinite));
  const lost = deviceLost();
  const restored = finite && lost === undefined ? undefined : restore?.();
  return {
    tag: 'failed',
    error: lost ?? (place === '' ? found : within(place, found)),
    parameters: restored ?? lastFinite,
  };
};
