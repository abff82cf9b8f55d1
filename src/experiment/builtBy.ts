import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';
import { buildMethod, buildOptimizer, type Registry } from '../registry';
import { type Trainer } from './config';

/** The method and the optimizer that a trainer names. A `Fault` where the registry cannot build them. */
export const builtBy = (
  registry: Registry,
  { schedule, optimizer }: Pick<Trainer, 'schedule' | 'optimizer'>,
): { readonly method: Method; readonly optimizer?: Optimizer } => ({
  method: buildMethod(registry, schedule),
  ...(optimizer === undefined ? {} : { optimizer: buildOptimizer(registry, optimizer) }),
});
