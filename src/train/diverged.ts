/** What it means that a training diverged. */
import { type ProxpropError, type Tree } from '../core';
import { type FailedEvent } from './events';

/** Where numbers run away, an implicit step's system may be the first to show it, before the loss does. */
const isDivergence = ({ _tag, expected }: ProxpropError): boolean =>
  (_tag === 'loss' || _tag === 'solver') && /\bfinite\b/.test(expected);

/**
 * Whether a training that failed diverged: its loss, its parameters or the system of an implicit step are not finite any more. That is a
 * result of the method at these settings. Every other failure (a loss that is no scalar, a device that is lost) is none.
 *
 * @example
 * if (event.tag === 'failed' && diverged(event)) console.log(`${name} diverges`);
 */
export const diverged = ({ error }: Pick<FailedEvent<Tree.Tree>, 'error'>): boolean => isDivergence(error);
