/** Checks of a problem from a program without types. */
import { checkFields, fail, shown } from '../core';
import { type AnyLayer, checkNet } from '../layer';
import { checkLoss, type Loss } from '../loss';
import { type Method } from './schedule';

/** Throws a `Fault` unless this is a method. */
const checkMethod = (method: Method): void => {
  const expected = 'a method, such as proxprop()';
  checkFields('method', method, expected, { name: 'string', schedule: 'function' });
  const energy: unknown = method.energy;
  if (typeof energy !== 'object' || energy === null)
    fail('options', 'method', expected, `one whose energy is ${shown(energy)}`);
};

/** Throws a `Fault` that names the network, the loss or the method if that one is none. */
export const checkProblem = (net: AnyLayer, loss: Loss, method: Method): void => {
  checkNet(net);
  checkLoss(loss);
  checkMethod(method);
};
