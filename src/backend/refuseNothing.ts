/**
 * Reductions of nothing that have no value: a greatest, a smallest, a mean. tfjs gives what lay in memory, an infinity or 0 for them,
 * by the backend. (The sum of nothing is 0, its product 1.)
 */
import { ArgMax, ArgMin, type KernelBackend, Max, Mean, Min, util } from '@tensorflow/tfjs-core';
import { fail, showShape } from '../core';
import { inputOf, type Kernels } from './kernel';

const NAMES: Readonly<Record<string, string>> = {
  [ArgMax]: 'argMax',
  [ArgMin]: 'argMin',
  [Max]: 'max',
  [Mean]: 'mean',
  [Min]: 'min',
};

/** A `Fault` `shape` where numbers along the axes are asked for, and there are none. */
export const someAlong = (name: string, shape: readonly number[], axis: unknown): void => {
  const axes = util.parseAxisParam((axis ?? null) as number | number[], [...shape]);
  const kept = shape.filter((_, i) => !axes.includes(i));
  if (shape.includes(0) && !kept.includes(0))
    fail('shape', name, 'at least one number along the axes', `none in ${showShape(shape)}`);
};

/** Make these kernels of a backend refuse, except those that do already; doing so again changes nothing. */
export const refuseNothing = <B extends KernelBackend>(
  { replaceKernel, run }: Kernels<B>,
  except: readonly string[] = [],
): void => {
  for (const [kernel, name] of Object.entries(NAMES).filter(([own]) => !except.includes(own)))
    replaceKernel(kernel, ({ inputs, attrs, backend }, stock) => {
      const x = inputOf(inputs, kernel, 'x');
      // tfjs calls the axes of the one kernel Max otherwise.
      someAlong(name, x.shape, attrs['reductionIndices'] ?? attrs['axis']);
      return run(stock, backend, { x }, attrs);
    });
};
