/**
 * Reductions of no numbers: the sum is 0 and the product 1; a maximum, a minimum and a mean do not
 * exist and are refused. tfjs returns previous memory contents, an infinity or 0 for them,
 * depending on the backend.
 */
import {
  All,
  Any,
  ArgMax,
  ArgMin,
  Fill,
  type KernelBackend,
  Max,
  Mean,
  Min,
  Prod,
  Sum,
  util,
} from '@tensorflow/tfjs-core';
import { fail, showShape } from '../core';
import { inputOf, type Kernels } from './kernel';

const NAMES: Readonly<Record<string, string>> = {
  [ArgMax]: 'argMax',
  [ArgMin]: 'argMin',
  [Max]: 'max',
  [Mean]: 'mean',
  [Min]: 'min',
};

/** The value of a reduction of no numbers. */
const NEUTRAL: Readonly<Record<string, number>> = { [All]: 1, [Any]: 0, [Prod]: 1, [Sum]: 0 };

/** Whether a reduction needs numbers along the axes, and there are none. */
const noneAlong = (shape: readonly number[], axis: unknown): boolean => {
  // Boundary with tfjs: the axes of its reductions.
  const axes = util.parseAxisParam((axis ?? null) as number | number[], [...shape]);
  return shape.includes(0) && !shape.some((d, i) => d === 0 && !axes.includes(i));
};

/**
 * Throws a `Fault` with tag `shape` if a reduction needs numbers along the axes, and there are
 * none.
 */
export const someAlong = (name: string, shape: readonly number[], axis: unknown): void => {
  if (noneAlong(shape, axis))
    fail('shape', name, 'at least one number along the axes', `none in ${showShape(shape)}`);
};

/** Corrects these kernels of a backend, except those named. Calling it again changes nothing. */
export const reduceNothing = <B extends KernelBackend>(
  { kernelOf, replaceKernel, run }: Kernels<B>,
  except: readonly string[] = [],
): void => {
  const own = ([kernel]: readonly [string, unknown]): boolean => !except.includes(kernel);
  for (const [kernel, name] of Object.entries(NAMES).filter(own))
    replaceKernel(kernel, ({ inputs, attrs, backend }, stock) => {
      const x = inputOf(inputs, kernel, 'x');
      // tfjs calls the axes of the one kernel Max otherwise.
      someAlong(name, x.shape, attrs['reductionIndices'] ?? attrs['axis']);
      return run(stock, backend, { x }, attrs);
    });
  for (const [kernel, value] of Object.entries(NEUTRAL).filter(own))
    replaceKernel(kernel, ({ inputs, attrs, backend }, stock) => {
      const x = inputOf(inputs, kernel, 'x');
      const { axis, keepDims } = attrs;
      if (!noneAlong(x.shape, axis)) return run(stock, backend, { x }, attrs);
      // Boundary with tfjs: the axes of its reductions.
      const axes = util.parseAxisParam((axis ?? null) as number | number[], [...x.shape]);
      const shape = x.shape.flatMap((d, i) => (!axes.includes(i) ? [d] : keepDims === true ? [1] : []));
      const logical = kernel === All || kernel === Any;
      const dtype = logical ? 'bool' : x.dtype === 'float32' ? 'float32' : 'int32';
      return run(kernelOf(Fill), backend, {}, { shape, value, dtype });
    });
};
