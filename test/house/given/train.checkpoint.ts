import { Optimizer } from '../../../src';
import { optimizer, parameters } from './all';

// Steps of other examples free the state that they begin from.
export const state = Optimizer.initOptimizer(optimizer, parameters);
