/**
 * Says whether a backend runs. Without one no tensor can be made, and the message of tfjs does not
 * tell why.
 */
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { error, Fault, type ProxpropError } from './error';

/** The failure to report where no backend runs: none was started, or it was removed. */
export const notStarted = (): ProxpropError | undefined => {
  const { backendName, registry } = engine();
  // The types of tfjs say that there always is a name.
  const name: unknown = backendName;
  return typeof name === 'string' && name in registry
    ? undefined
    : error('backend', 'backend', 'one that runs (start a backend first: await start()())', 'none');
};

/** A `Fault` `backend` where no backend runs. */
export const checkStarted = (): void => {
  const found = notStarted();
  if (found !== undefined) throw new Fault(found);
};

/**
 * Says whether the numbers of a tensor still exist: neither the tensor was freed, nor its backend
 * removed.
 */
export const livesOn = (x: Tensor): boolean => {
  const { registry, state } = engine();
  const place = state.tensorInfo.get(x.dataId);
  return !x.isDisposed && place !== undefined && Object.values(registry).includes(place.backend);
};
