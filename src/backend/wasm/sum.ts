/**
 * Sums and means for the WASM backend over any axes, by all threads (`kernels/assembly/sum.ts`).
 * The stock kernels add one number at a time in float32, and leave previous memory contents if
 * there is nothing to add.
 */
import { Cast, Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { someAlong } from '../reduceNothing';
import { type Team } from './team';
import { addressOf, inputOf, kernelOf, replaceKernel, run, Temporaries } from './kernel';
import { type Middle, reduceRuns } from './reduce';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

/** Writes Σ x / divisor over the middle axis of x into `out`. */
const sumInto = (
  team: Team,
  backend: BackendWasm,
  x: TensorInfo,
  [outer, n, inner]: Middle,
  out: TensorInfo,
  divisor: number,
): void => {
  const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
  if (x.dtype !== 'float32') {
    team.share('sumWhole', [from, to, n, inner], outer, 1, false);
    return;
  }
  const ranges = team.call('sumRanges', n, inner);
  const items = team.call('sumItems', outer, n, inner);
  const chunk = Math.ceil(items / 64);
  const worth = outer * n * inner >= WORTH_SHARING;
  const sums = (target: number): void => {
    team.share('sumMiddle', [from, target, outer, n, inner, divisor], items, chunk, worth);
  };
  if (ranges === 1) {
    sums(to);
    return;
  }
  const partial = team.allocate(8 * outer * ranges * inner);
  try {
    sums(partial);
    team.share('joinSums', [partial, to, ranges, inner, divisor], outer, Math.ceil(outer / 64), worth);
  } finally {
    team.free(partial);
  }
};

/** The sum, or with `mean` the mean, over axes that are counted from the front. */
const reduced = (
  team: Team,
  backend: BackendWasm,
  x: TensorInfo,
  axes: readonly number[],
  mean: boolean,
  keepDims: boolean,
): TensorInfo => {
  const shape = x.shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
  const count = util.sizeFromShape(axes.map((axis) => x.shape[axis] ?? 1));
  const empty = util.sizeFromShape(x.shape) === 0;
  const temporary = new Temporaries(backend);
  const fill = (out: TensorInfo): void => {
    if (empty) {
      backend.typedArrayFromHeap(out).fill(0);
      return;
    }
    reduceRuns(backend, x, axes, out, temporary, (numbers, middle, target, isLast) => {
      sumInto(team, backend, numbers, middle, target, mean && isLast ? count : 1);
    });
  };
  try {
    return filled(backend, shape, fill, x.dtype === 'float32' ? 'float32' : 'int32');
  } finally {
    temporary.free();
  }
};

export const installWasmSum = (team: Team): void => {
  for (const name of [Sum, Mean])
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const given = inputOf(inputs, name, 'x');
      const axes = util.parseAxisParam((attrs['axis'] ?? null) as number | number[], [...given.shape]);
      const keepDims = attrs['keepDims'] === true;
      if (name === Mean) someAlong('mean', given.shape, axes);
      if (given.dtype === 'complex64' || given.dtype === 'string')
        return run(stock, backend, { x: given }, attrs);
      const temporary = new Temporaries(backend);
      const dtype = name === Mean ? 'float32' : given.dtype === 'bool' ? 'int32' : given.dtype;
      const x =
        given.dtype === dtype ? given : temporary.keep(run(kernelOf(Cast), backend, { x: given }, { dtype }));
      try {
        return reduced(team, backend, x, axes, name === Mean, keepDims);
      } finally {
        temporary.free();
      }
    });
};
