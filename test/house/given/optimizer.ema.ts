import { adam, evaluate, Optimizer, type CheckpointEvent } from '../../../src';
import { parameters } from './all';

export { evaluate };
export const optimizer = Optimizer.chain(adam(1e-3), Optimizer.ema(0.999));
export const event: Pick<CheckpointEvent<typeof parameters>, 'tag' | 'state' | 'parameters'> = {
  tag: 'checkpoint',
  parameters,
  state: Optimizer.initOptimizer(optimizer, parameters),
};
