import { add, mul, ones, reshape, sum, type Tensor, tile, transpose } from '@tensorflow/tfjs-core';
import { checkShape, Key, type Shape, sizeOf } from '../core';
import { type Design } from '../solver';
import { blockDesign, blockDiagonal } from './blockDesign';
import { type EmbeddingParameters } from './embedding';
import { type Layer, layer } from './layer';

/**
 * The design of a positional table: A repeats the table for each of N examples, so AᵀA = N·I.
 * Right-hand sides are held as [N, size].
 */
const positionalDesign = (count: number, shape: Shape): Design<EmbeddingParameters> => {
  const size = sizeOf(shape);
  return blockDesign<EmbeddingParameters>({
    rows: count * size,
    columns: size,
    units: 1,
    blocks: { size: 1, form: () => mul(ones([size, 1, 1]), count) },
    matrix: () => blockDiagonal(ones([size, count, 1])),
    apply: ({ table }) => tile(reshape(table, [1, size]), [count, 1]),
    adjoint: (h) => ({ table: reshape(sum(h, 0), [...shape]) }),
    pack: ({ table }) => reshape(table, [1, size]),
    unpack: (m) => ({ table: reshape(m, [...shape]) }),
    outputs: (y: Tensor) => reshape(y, [count, size]),
    toUnits: (h) => reshape(transpose(h), [1, count * size]),
    fromUnits: (m) => transpose(reshape(m, [size, count])),
  });
};

/**
 * Adds a learned vector to each place of a sequence (Gehring et al. 2017), so that attention tells
 * places apart:
 *
 *     y[n, t] = x[n, t] + table[t]   [N, ..., D] → [N, ..., D]
 *
 * `table` [..., D] starts normal with variance 1/D, as that of `embedding`.
 *
 * @param shape the shape [..., D] of one sequence. An invalid one throws a `Fault` (`shape`)
 *
 * @example chain(embedding(16, 1000, 32), positional([16, 32]))
 */
export const positional = <const S extends Shape>(shape: S): Layer<EmbeddingParameters, S, S> => {
  checkShape('positional', shape);
  return layer<EmbeddingParameters, S, S>({
    name: 'positional',
    input: shape,
    output: shape,
    parameterShapes: { table: shape },
    init: (key) => ({ table: mul(Key.normal(key, shape), 1 / Math.sqrt(shape.at(-1) ?? 1)) }),
    forward: ({ table }, x) => add(x, table),
    design: (x) => positionalDesign(x.shape[0], shape),
  });
};
