/** What laws are tried on: a layer, a chain, a method, a case of an optimizer; and how fast-check shows what it draws. */
import { blockCoordinateDescent, linear } from '../../../src';
import { type BlockMethod, type ChainCase, type LayerCase, type OptimizerCase } from '../../../laws';

export { sample } from 'fast-check';

export const mine: LayerCase = { name: 'mine', make: () => linear(3, 2) };
export const aChain: ChainCase = {
  ...{ widths: [2, 3, 2], activation: 'tanh', batch: 3, loss: 'squaredError', seed: 1 },
};
export const bcd: BlockMethod = (coupling, tauTheta) => blockCoordinateDescent({ coupling, tauTheta });
export const anOptimizer: OptimizerCase = { seed: 1, shapes: [[3, 2], [3]] };
