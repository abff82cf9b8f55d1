import {
  backwardSweep,
  energyOf,
  everyLayer,
  explicit,
  explicitParameters,
  softmaxCrossEntropy,
  theta,
  type Step,
} from '../../../src';
import { net } from './all';

/** The block, not the tensor of that name. */
export { x } from '../../../src';

export const { links } = energyOf(net, softmaxCrossEntropy, { grouping: everyLayer });
export const sweep = backwardSweep(1, explicitParameters(1));
export const [zStep, wStep]: readonly [Step, Step] = [explicit(theta(1), 1), explicit(theta(2), 1)];
