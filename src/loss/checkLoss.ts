import { checkFields } from '../core';
import { type Loss } from './loss';

/** Throws a `Fault` unless this is a loss. */
export const checkLoss = (loss: Loss): void => {
  checkFields('loss', loss, 'a loss, such as softmaxCrossEntropy', { name: 'string', value: 'function' });
};
