/**
 * Designs of many small systems side by side, one for each feature, channel or token: A is block
 * diagonal.
 */
import { eye, matMul, mul, reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { type Blocks, type Design } from '../solver';

/** [G, R, F] as [G·R, G·F]: block beside block on the diagonal, and zeros elsewhere. */
export const blockDiagonal = (blocks: Tensor): Tensor => {
  const [g = 0, r = 0, f = 0] = blocks.shape;
  const placed = mul(reshape(blocks, [g, 1, r, f]), reshape(eye(g), [g, g, 1, 1]));
  return reshape(transpose(placed, [0, 2, 1, 3]), [g * r, g * f]);
};

/**
 * Makes a design from its systems: `blocks` are those of AᵀA, and `matrix` is the whole A, which
 * only the dual route and float64 read. The other parts are as in `Design`. CG takes its scalars
 * once for the layer.
 */
export const blockDesign = <P extends Tree.Tree>({
  rows,
  blocks,
  matrix,
  ...parts
}: Omit<Design<P>, 'scalars' | 'grams' | 'dualGram' | 'blocks'> & {
  readonly blocks: Blocks;
}): Design<P> => ({
  ...parts,
  rows,
  blocks,
  matrix,
  scalars: 'perLayer',
  grams: [{ name: 'product', cost: rows * blocks.size ** 2, form: () => blockDiagonal(blocks.form()) }],
  dualGram: () => {
    const a = matrix();
    return matMul(a, a, false, true);
  },
});

/**
 * The design A_g = a[g] for a [G, R, F] and parameters V [G, units, F]. Right-hand sides are held
 * as [G, units, R].
 */
export const stackDesign = (a: Tensor, units: number): Design<Tensor> => {
  const [count = 0, rows = 0, size = 0] = a.shape;
  const swapped = (t: Tensor): Tensor => transpose(t, [1, 0, 2]);
  return blockDesign<Tensor>({
    rows: count * rows,
    columns: count * size,
    units,
    blocks: { size, form: () => matMul(a, a, true, false) },
    matrix: () => blockDiagonal(a),
    apply: (v) => matMul(v, a, false, true),
    adjoint: (h) => matMul(h, a),
    pack: (v) => reshape(swapped(v), [units, count * size]),
    unpack: (m) => swapped(reshape(m, [units, count, size])),
    outputs: (y) => y,
    toUnits: (h) => reshape(swapped(h), [units, count * rows]),
    fromUnits: (m) => swapped(reshape(m, [units, count, rows])),
  });
};
