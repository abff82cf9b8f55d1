/**
 * Replaces the matrix product of the WASM backend, under the same kernel name.
 *
 * The stock kernel is fast (XNNPACK) only for one product of two matrices without transpose flags.
 * Every other call is a scalar loop up to 46 times slower, and every stock gradient of a product
 * sets a flag. It also caches a copy of its second operand by the data alone, so a reshaped view of
 * it, or values written in place, give wrong numbers. The kernel here (`kernels/assembly/gemm.ts`)
 * takes any orientation and any batch at one speed, a quarter above that of XNNPACK, and caches
 * nothing.
 */
import { BatchMatMul, broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../../core';
import { type Team } from './team';
import { addressOf, inputOf, ownKernel, replaceKernel } from './kernel';
import { blockOfRows, fewPartsOf, gramPartsOf, productParts } from './parts';
import { filled } from './result';

/** From this many multiply-adds on it pays to wake other threads for a product. */
const WORTH_SHARING = 1 << 18;

/**
 * For each matrix of the batch `outer`, in its order: which matrix of this batch is broadcast to
 * it.
 */
const matricesOf = (batch: readonly number[], outer: readonly number[]): readonly number[] => {
  let indices = [0];
  outer.forEach((count, axis) => {
    const own = batch[axis - (outer.length - batch.length)] ?? 1;
    indices = indices.flatMap((i) => Array.from({ length: count }, (_, j) => (own === 1 ? i : i * own + j)));
  });
  return indices;
};

/** op(A)·op(B), and a vector that is added to each of its rows. */
interface Factors {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bias?: TensorInfo;
}

/** Replaces the WASM backend's matrix product, and installs the one with a bias. */
export const installWasmMatMul = (team: Team): void => {
  const product = ({ a, b, transposeA, transposeB, bias }: Factors, backend: BackendWasm): TensorInfo => {
    // The bits of other numbers would be read as those of floats.
    if (a.dtype !== 'float32' || b.dtype !== 'float32')
      fail('backend', 'matMul', 'float32 tensors on wasm', `${a.dtype} and ${b.dtype}`);
    const [matrixA, matrixB] = [a.shape.slice(-2), b.shape.slice(-2)];
    const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const [inner = 0, innerB = 0] = [matrixA[transposeA ? 0 : 1], matrixB[transposeB ? 1 : 0]];
    if (inner !== innerB) fail('shape', 'matMul', `inner dimensions that agree`, `${inner} and ${innerB}`);
    const outer = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const [rows = 0, columns = 0] = [matrixA[transposeA ? 1 : 0], matrixB[transposeB ? 0 : 1]];
    return filled(backend, [...outer, rows, columns], (out) => {
      if (util.sizeFromShape(out.shape) === 0) return;
      const [fromA, fromB, to] = [a, b, out].map((x) => addressOf(backend, x));
      if (fromA === undefined || fromB === undefined || to === undefined) return;
      const ofBias = bias === undefined ? 0 : addressOf(backend, bias);
      // All rows of all batches against one matrix: one product.
      const joined = util.sizeFromShape(batchB) === 1 && util.sizeFromShape(batchA) > 1 && !transposeA;
      const m = joined ? util.sizeFromShape(outer) * rows : rows;
      const ofA = joined ? [0] : matricesOf(batchA, outer);
      const ofB = joined ? [0] : matricesOf(batchB, outer);
      // A matrix with itself: half of it is the mirror image of the other.
      if (a.dataId === b.dataId && transposeA !== transposeB && ofA.length === 1 && !joined && ofBias === 0) {
        const worth = m * m * inner >= 2 * WORTH_SHARING;
        const block = transposeA ? blockOfRows(inner, m) : undefined;
        if (block !== undefined) {
          const blocks = Math.ceil(inner / block);
          const products = team.allocate(4 * blocks * m * m);
          try {
            team.share('gramOfBlocks', [fromA, products, inner, m, block], blocks, 1, worth);
            // In float64, in the order of the blocks.
            const sums = team.call('sumItems', 1, blocks, m * m);
            team.share('sumMiddle', [products, to, 1, blocks, m * m, 1], sums, 1, false);
          } finally {
            team.free(products);
          }
          return;
        }
        const { lines, items } = gramPartsOf(m);
        const args = [fromA, to, m, inner, transposeA ? 1 : 0, lines];
        team.share('gram', args, items, 1, worth);
        return;
      }
      const down = { ofRows: !transposeB, ofColumns: transposeA };
      const few = ofA.length === 1 ? fewPartsOf(m, columns, down, team.threads) : undefined;
      if (few !== undefined) {
        // The vectors, the other matrix, and the steps between rows and lines of the result.
        const [x, b, steps] = few.rows
          ? [
              [fromA, m, transposeA ? 1 : 0],
              [fromB, columns, transposeB ? 0 : 1],
              [columns, 1],
            ]
          : [
              [fromB, columns, transposeB ? 0 : 1],
              [fromA, m, transposeA ? 1 : 0],
              [1, columns],
            ];
        const lines = few.rows ? columns : m;
        const args = [...x, ...b, inner, to, ...steps, few.chunk];
        team.share('few', args, Math.ceil(lines / few.chunk), 1, m * inner * columns >= WORTH_SHARING);
        if (ofBias !== 0) team.call('addToRows', to, 4 * columns, m, columns, ofBias);
        return;
      }
      const table = ofA.flatMap((i, n) => [
        fromA + 4 * i * rows * inner,
        fromB + 4 * (ofB[n] ?? 0) * inner * columns,
        to + 4 * n * rows * columns,
      ]);
      const parts = productParts(m, columns, inner, ofA.length, team.threads);
      const items = ofA.length * parts.items;
      const worth = ofA.length * m * inner * columns >= WORTH_SHARING;
      team.withWords(table, (address) => {
        const flags = [transposeA ? 1 : 0, transposeB ? 1 : 0];
        const args = [address, m, columns, inner, ...flags, parts.rows, parts.columns, ofBias];
        team.share('gemm', args, items, Math.ceil(items / (32 * team.threads)), worth);
      });
    });
  };

  replaceKernel(BatchMatMul, ({ inputs, attrs, backend }) =>
    product(
      {
        a: inputOf(inputs, 'matMul', 'a'),
        b: inputOf(inputs, 'matMul', 'b'),
        transposeA: attrs['transposeA'] === true,
        transposeB: attrs['transposeB'] === true,
      },
      backend,
    ),
  );
  ownKernel('BiasedMatMul', ({ x, weights, bias }, _, backend) =>
    product({ a: x, b: weights, transposeA: false, transposeB: true, bias }, backend),
  );
};
