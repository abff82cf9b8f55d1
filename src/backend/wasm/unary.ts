/**
 * Functions of single numbers for the WASM backend (`kernels/assembly/unary.ts`), by the team if
 * there is enough work. The stock kernels compute exponentials one by one, at a tenth of the speed,
 * and wait for a thread pool of their own even for a few numbers.
 */
import { Abs, Erf, Exp, Neg, Sigmoid, Sqrt, Square, Tanh, util } from '@tensorflow/tfjs-core';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel, run } from './kernel';
import { filled } from './result';

/**
 * The code of each function, and the number of values from which on it pays to wake other threads.
 */
const FUNCTIONS = [
  { name: Abs, kind: 0, worth: 1 << 16 },
  { name: Neg, kind: 1, worth: 1 << 16 },
  { name: Square, kind: 2, worth: 1 << 16 },
  { name: Sqrt, kind: 3, worth: 1 << 15 },
  { name: Exp, kind: 4, worth: 1 << 14 },
  { name: Tanh, kind: 5, worth: 1 << 14 },
  { name: Sigmoid, kind: 6, worth: 1 << 14 },
  { name: Erf, kind: 7, worth: 1 << 14 },
] as const;

export const installWasmUnary = (team: Team): void => {
  for (const { name, kind, worth } of FUNCTIONS)
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const x = inputOf(inputs, name, 'x');
      if (x.dtype !== 'float32') return run(stock, backend, { x }, attrs);
      return filled(backend, x.shape, (out) => {
        const size = util.sizeFromShape(x.shape);
        const args = [kind, addressOf(backend, x), addressOf(backend, out), size];
        const items = team.call('unaryItems', size);
        team.share('unary', args, items, Math.max(1, Math.ceil(items / 32)), size >= worth);
      });
    });
};
