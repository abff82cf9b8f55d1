/**
 * Sums for the WASM backend over leading axes or trailing ones, such as bias gradients and inner products, by all threads
 * (`kernels/assembly/sum.ts`). The stock kernel adds one number at a time; it does other axes.
 */
import { Sum, util } from '@tensorflow/tfjs-core';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel, run } from './wasmKernel';
import { filled } from './wasmResult';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

/** [rows, columns] and which of the two is summed, if that is what it comes to. */
const asMatrix = (
  shape: readonly number[],
  axes: readonly number[],
): { readonly rows: number; readonly columns: number; readonly over: 'rows' | 'columns' } | undefined => {
  const summed = shape.map((_, i) => axes.includes(i));
  const first = summed.indexOf(true);
  const last = summed.lastIndexOf(true);
  if (first < 0 || summed.slice(first, last + 1).includes(false)) return undefined;
  const size = (from: number, to?: number): number => util.sizeFromShape(shape.slice(from, to));
  if (last === shape.length - 1) return { rows: size(0, first), columns: size(first), over: 'columns' };
  return first === 0 ? { rows: size(0, last + 1), columns: size(last + 1), over: 'rows' } : undefined;
};

const overRows = (
  team: Team,
  x: number,
  out: number,
  [rows, columns]: readonly [number, number],
  worth: boolean,
): void => {
  const items = team.call('sumItems', rows);
  if (items === 1) {
    team.share('sumRows', [x, out, rows, columns], 1, 1, false);
    return;
  }
  // The sums of the items are summed alike, until one is left.
  const partial = team.allocate(4 * items * columns);
  try {
    team.share('sumRows', [x, partial, rows, columns], items, 1, worth);
    overRows(team, partial, out, [items, columns], false);
  } finally {
    team.free(partial);
  }
};

export const installWasmSum = (team: Team): void => {
  replaceKernel(Sum, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, Sum, 'x');
    const axes = util.parseAxisParam((attrs['axis'] ?? null) as number | number[], [...x.shape]);
    const matrix =
      x.dtype === 'float32' && util.sizeFromShape(x.shape) > 0 ? asMatrix(x.shape, axes) : undefined;
    if (matrix === undefined) return run(stock, backend, { x }, attrs);
    const { rows, columns, over } = matrix;
    const kept = x.shape.flatMap((d, i) =>
      axes.includes(i) ? (attrs['keepDims'] === true ? [1] : []) : [d],
    );
    const worth = rows * columns >= WORTH_SHARING;
    return filled(backend, kept, (out) => {
      const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
      if (over === 'rows') overRows(team, from, to, [rows, columns], worth);
      else team.share('sumColumns', [from, to, rows, columns], team.call('sumItems', rows), 1, worth);
    });
  });
};
