import {
  cast,
  gather,
  mul,
  oneHot,
  ones,
  reshape,
  scatterND,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { checkShape, fail, Key } from '../core';
import { checkValues } from '../replay';
import { type Design } from '../solver';
import { blockDesign } from './blockDesign';
import { type Layer, layer } from './layer';

// A type alias, not an interface: only aliases are trees to the compiler.
/** The parameter of an embedding: `table` [vocabulary, dimension]. */
export type EmbeddingParameters = { readonly table: Tensor };

/**
 * Checks that every number is a row of the table. It throws a `Fault` that names the first that is
 * not, since kernels would read outside of the table.
 */
const checkTokens = (tokens: Tensor, vocabulary: number): void => {
  checkValues(tokens, (values) => {
    const bad = values.findIndex((v) => !(Number.isInteger(v) && v >= 0 && v < vocabulary));
    if (bad >= 0)
      fail(
        'data',
        `embedding.input[${bad}]`,
        `a whole number in 0 … ${vocabulary - 1}`,
        `${values[bad] ?? 'nothing'}`,
      );
  });
};

/**
 * The design of an embedding: A has a one in each row, at its token, so AᵀA is diagonal and holds
 * the count of each token. Right-hand sides are held as [R, D].
 */
const embeddingDesign = (
  tokens: Tensor,
  vocabulary: number,
  dimension: number,
): Design<EmbeddingParameters> => {
  const rows = tokens.size;
  const scattered = (updates: Tensor): Tensor =>
    scatterND(reshape(tokens, [rows, 1]), updates, [vocabulary, ...updates.shape.slice(1)]);
  return blockDesign<EmbeddingParameters>({
    rows,
    columns: vocabulary,
    units: dimension,
    blocks: { size: 1, form: () => reshape(scattered(ones([rows])), [vocabulary, 1, 1]) },
    matrix: () => cast(oneHot(tokens, vocabulary), 'float32'),
    apply: ({ table }) => gather(table, tokens),
    adjoint: (h) => ({ table: scattered(h) }),
    pack: ({ table }) => transpose(table),
    unpack: (m) => ({ table: transpose(m) }),
    outputs: (y) => reshape(y, [rows, dimension]),
    toUnits: (h) => transpose(h),
    fromUnits: (m) => transpose(m),
  });
};

/**
 * Looks up a row of a learned table for each token of a sequence:
 *
 *     y[n, t] = table[x[n, t]]   [N, T] → [N, T, D]
 *
 * Tokens are whole numbers in 0 … vocabulary − 1, as float32 or int32. The layer is linear in
 * `table` [vocabulary, D], whose entries start normal with variance 1/D. Tokens may be one of
 * several inputs of a graph: `features` keeps them exactly.
 *
 * @param length T, the tokens of a sequence
 * @param vocabulary how many tokens there are
 * @param dimension D, the features of a token
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1. A forward pass throws
 *   one (`data`) that names the first token that the table lacks
 *
 * @example embedding(16, 1000, 32) // Layer<EmbeddingParameters, [16], [16, 32]>
 */
export const embedding = <const T extends number, const D extends number>(
  length: T,
  vocabulary: number,
  dimension: D,
): Layer<EmbeddingParameters, readonly [T], readonly [T, D]> => {
  checkShape('embedding', [length, vocabulary, dimension]);
  const tokensOf = (x: Tensor): Tensor => reshape(cast(x, 'int32'), [x.size]);
  return layer<EmbeddingParameters, readonly [T], readonly [T, D]>({
    name: 'embedding',
    input: [length],
    output: [length, dimension],
    parameterShapes: { table: [vocabulary, dimension] },
    init: (key) => ({ table: mul(Key.normal(key, [vocabulary, dimension]), 1 / Math.sqrt(dimension)) }),
    forward: ({ table }, x) => {
      checkTokens(x, vocabulary);
      return reshape(gather(table, tokensOf(x)), [x.shape[0], length, dimension]);
    },
    // The forward function has looked at the tokens.
    design: (x) => embeddingDesign(tokensOf(x), vocabulary, dimension),
  });
};
