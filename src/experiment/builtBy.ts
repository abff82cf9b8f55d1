import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';
import { buildMethod, buildOptimizer, type Registry } from '../registry';
import { type Trainer } from './config';

/**
 * Builds the method and the optimizer that a trainer of a configuration names.
 *
 * @param registry the methods and optimizers that it may name
 * @param trainer its `schedule`, and its `optimizer` if it has one
 * @throws a `Fault` (`options`) for a name that the registry lacks, or a value that it refuses
 *
 * @example
 * const optimizer = { type: 'sgd', rate: 0.1 };
 * builtBy(builtIn, { schedule: { type: 'backprop' }, optimizer }).method.name // 'backprop'
 */
export const builtBy = (
  registry: Registry,
  { schedule, optimizer }: Pick<Trainer, 'schedule' | 'optimizer'>,
): { readonly method: Method; readonly optimizer?: Optimizer } => ({
  method: buildMethod(registry, schedule),
  ...(optimizer === undefined ? {} : { optimizer: buildOptimizer(registry, optimizer) }),
});
