/**
 * Designs of convolutions of any kind by their patches: a dense layer on the numbers that an output
 * place sees.
 */
import { reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Design, type Scalars } from '../solver';
import { type ConvolutionParameters } from './convolutionDesign';
import { denseDesign, type LinearParameters } from './linear';
import { relaid } from './relaid';

/**
 * The layout of a filter with these taps: [kh, kw, C, U], or for a transposed convolution [kh, kw,
 * U, C].
 */
type FilterOrder = 'inputsFirst' | 'outputsFirst';

/**
 * The design A = [p, 1] for patches p [R, C·kh·kw], in the order channel, row, column, of a filter
 * with so many outputs. Right-hand sides are held as [U, R].
 */
export const patchDesign = (
  patches: Tensor,
  [kh, kw]: readonly [number, number],
  filters: number,
  scalars: Scalars,
  order: FilterOrder = 'inputsFirst',
): Design<ConvolutionParameters> => {
  const [rows = 0, columns = 0] = patches.shape;
  const channels = columns / (kh * kw);
  // [kh, kw, C, U] or [kh, kw, U, C] to [U, C, kh, kw], and back.
  const [outwards, inwards] =
    order === 'inputsFirst'
      ? [
          [3, 2, 0, 1],
          [2, 3, 1, 0],
        ]
      : [
          [2, 3, 0, 1],
          [2, 3, 0, 1],
        ];
  const dense = denseDesign(patches, filters);
  const design = relaid<ConvolutionParameters, LinearParameters>(
    dense,
    ({ filter, bias }) => ({ weights: reshape(transpose(filter, outwards), [filters, columns]), bias }),
    ({ weights, bias }) => ({
      filter: transpose(reshape(weights, [filters, channels, kh, kw]), inwards),
      bias,
    }),
  );
  return {
    ...design,
    scalars,
    grams: dense.grams.map((way) => ({ ...way, name: 'patches' })),
    outputs: (y) => transpose(reshape(y, [rows, filters])),
  };
};
