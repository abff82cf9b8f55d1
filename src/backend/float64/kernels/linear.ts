/** Linear algebra: products of matrices, sums of products over named indices, and transposition. */
import { broadcast_util } from '@tensorflow/tfjs-core';
import { convert } from '../backend';
import {
  numberAt,
  broadcastWalk,
  dim,
  indices,
  type HostKernel,
  type KernelTable,
  size,
  strides,
  walk,
} from './call';

/**
 * The positions of the entries of one matrix, which may be transposed, in the tensor that holds it.
 */
const matrices = (
  shape: readonly number[],
  transposed: boolean,
): { steps: number[]; rows: number; columns: number } => {
  const height = dim(shape, shape.length - 2);
  const width = dim(shape, shape.length - 1);
  return transposed
    ? { steps: [1, width], rows: width, columns: height }
    : { steps: [width, 1], rows: height, columns: width };
};

const batchMatMul: HostKernel = (call) => {
  const [a, b] = [call.input('a'), call.input('b')];
  const ofA = matrices(a.shape, call.flag('transposeA'));
  const ofB = matrices(b.shape, call.flag('transposeB'));
  const [rows, inner, columns] = [ofA.rows, ofA.columns, ofB.columns];
  if (inner !== ofB.rows) return call.fault('b', `matrices of ${inner} rows`, b.shape);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const [inA, inB] = [broadcastWalk(batchA, batch), broadcastWalk(batchB, batch)];
  const [orderA, orderB] = [walk([rows, inner], ofA.steps), walk([inner, columns], ofB.steps)];
  const out = new Float64Array(size(batch) * rows * columns);
  for (let n = 0; n < size(batch); n++) {
    // Both matrices laid out in the order of the loops below, so that these run along consecutive
    // entries.
    const left = Float64Array.from(orderA, (i) => numberAt(a.values, numberAt(inA, n) * rows * inner + i));
    const right = Float64Array.from(orderB, (i) =>
      numberAt(b.values, numberAt(inB, n) * inner * columns + i),
    );
    for (let i = 0; i < rows; i++) {
      const row = out.subarray((n * rows + i) * columns, (n * rows + i + 1) * columns);
      for (let k = 0; k < inner; k++) {
        const factor = left[i * inner + k] ?? Number.NaN;
        for (let j = 0; j < columns; j++) {
          row[j] = (row[j] ?? Number.NaN) + factor * (right[k * columns + j] ?? Number.NaN);
        }
      }
    }
  }
  return call.make([...batch, rows, columns], a.dtype, convert(a.dtype, out));
};

const transpose: HostKernel = (call) => {
  const x = call.input('x');
  const order = call.numbers('perm');
  const shape = order.map((axis) => dim(x.shape, axis));
  const steps = strides(x.shape);
  const from = walk(
    shape,
    order.map((axis) => dim(steps, axis)),
  );
  return call.fill(shape, x.dtype, (i) => numberAt(x.values, numberAt(from, i)));
};

/**
 * Walks over all values of all indices at once: plain, and as slow as the sum over every one of
 * them.
 */
const einsum: HostKernel = (call) => {
  const inputs = call.inputs();
  const equation = call.text('equation').replace(/\s/g, '');
  const [given = '', wanted = ''] = equation.split('->');
  const terms = given.split(',').map((term) => [...term]);
  const extents = new Map(
    terms.flatMap((term, k) =>
      term.map((letter, axis) => [letter, dim(inputs[k]?.shape ?? [], axis)] as const),
    ),
  );
  const letters = [...new Set([...wanted, ...extents.keys()])];
  const extent = (letter: string): number =>
    extents.get(letter) ?? call.fault('equation', 'an index of some input', letter);
  const shape = letters.map(extent);
  /** The positions in a tensor with these indices, while all letters are walked through. */
  const follow = (term: readonly string[]): Int32Array => {
    const steps = strides(term.map(extent));
    return walk(
      shape,
      letters.map((letter) =>
        term.reduce((sum, own, axis) => (own === letter ? sum + dim(steps, axis) : sum), 0),
      ),
    );
  };
  const factors = inputs.map((x, k) => ({ values: x.values, from: follow(terms[k] ?? []) }));
  const into = follow([...wanted]);
  const outShape = [...wanted].map(extent);
  const out = new Float64Array(size(outShape));
  for (const i of indices(into.length)) {
    const product = factors.reduce(
      (sofar, { values, from }) => sofar * numberAt(values, numberAt(from, i)),
      1,
    );
    out[numberAt(into, i)] = numberAt(out, numberAt(into, i)) + product;
  }
  const dtype = inputs[0]?.dtype ?? 'float32';
  return call.make(outShape, dtype, convert(dtype, out));
};

export const linear: KernelTable = { BatchMatMul: batchMatMul, Einsum: einsum, Transpose: transpose };
