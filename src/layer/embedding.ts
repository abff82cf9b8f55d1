import { cast, gather, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape, fail, Key } from '../core';
import { type Layer, layer } from './layer';

// A type alias, not an interface: only aliases are trees to the compiler.
/** `table` [vocabulary, dimension]. */
export type EmbeddingParameters = { readonly table: Tensor };

/** Every number a row of the table, or a `Fault` that names the first that is not: kernels would read elsewhere. */
const checkTokens = (tokens: Tensor, vocabulary: number): void => {
  const values = tokens.dataSync();
  const bad = values.findIndex((v) => !(Number.isInteger(v) && v >= 0 && v < vocabulary));
  if (bad >= 0)
    fail(
      'data',
      `embedding.input[${bad}]`,
      `a whole number in 0 … ${vocabulary - 1}`,
      `${values[bad] ?? 'nothing'}`,
    );
};

/**
 * `y[n, t] = table[x[n, t]]`: a row of the table for each token of a sequence, [T] to [T, D]. Tokens are whole numbers,
 * as float32 or int32. Linear in the table, which starts normal with variance 1/D. A `Fault` `data` for a token that
 * the table does not have.
 *
 * @example embedding(16, 1000, 32) // Layer<EmbeddingParameters, [16], [16, 32]>
 */
export const embedding = <const T extends number, const D extends number>(
  length: T,
  vocabulary: number,
  dimension: D,
): Layer<EmbeddingParameters, readonly [T], readonly [T, D]> => {
  checkShape('embedding', [length, vocabulary, dimension]);
  return layer<EmbeddingParameters, readonly [T], readonly [T, D]>({
    name: 'embedding',
    input: [length],
    output: [length, dimension],
    affine: true,
    parameterShapes: { table: [vocabulary, dimension] },
    init: (key) => ({ table: mul(Key.normal(key, [vocabulary, dimension]), 1 / Math.sqrt(dimension)) }),
    forward: ({ table }, x) => {
      checkTokens(x, vocabulary);
      const rows = gather(table, reshape(cast(x, 'int32'), [x.size]));
      return reshape(rows, [x.shape[0], length, dimension]);
    },
  });
};
