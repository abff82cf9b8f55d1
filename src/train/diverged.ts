/** Tells divergence from other failures of a training. */
import { type ProxpropError, type Tree } from '../core';
import { type FailedEvent } from './events';

/** If numbers overflow, the system of an implicit step may show it first, before the loss does. */
const isDivergence = ({ _tag, expected }: ProxpropError): boolean =>
  (_tag === 'loss' || _tag === 'solver') && /\bfinite\b/.test(expected);

/**
 * Whether a failed training diverged: its loss, its parameters or the system of an implicit step
 * stopped being finite. Divergence is a result of the method at these settings. For every other
 * failure, such as a lost device or a loss that is no scalar, this is false.
 *
 * The argument is the `failed` event, of which only `error` is read.
 *
 * @example
 * if (event.tag === 'failed' && diverged(event)) console.log(`${name} diverges`);
 */
export const diverged = ({ error }: Pick<FailedEvent<Tree.Tree>, 'error'>): boolean => isDivergence(error);
