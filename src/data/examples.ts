/** A split of a dataset in the form that training takes. */
import * as E from 'fp-ts/Either';
import { checked, type ExampleArrays } from '../example';
import { type Dataset, type Split } from './dataset';

/**
 * Makes examples for `train` from a split of a dataset. Inputs are its images, [count, ...shape].
 * Targets are the classes, [count], for `softmaxCrossEntropy`, or the images again, for an
 * autoencoder under `squaredError`.
 *
 * The arrays are those of the split, not copies: bytes stay bytes until a batch is made of them. It
 * checks once that all numbers are finite; if one is not, `train` and `evaluate` fail with an error
 * that names it.
 *
 * @param dataset the dataset, for the shape of an image
 * @param split its `train` or `test`
 * @param target `class` or `input`. Default `class`
 *
 * @example
 * const train = examplesOf(data, data.train);
 * const restored = examplesOf(data, data.train, 'input');
 */
export const examplesOf = (
  { shape }: Dataset,
  { images, scale, labels, count }: Split,
  target: 'class' | 'input' = 'class',
): ExampleArrays => {
  const scales = scale === undefined ? {} : { scale };
  const targetScales = scale === undefined ? {} : { targetScale: scale };
  const examples: ExampleArrays = {
    shape,
    inputs: images,
    ...scales,
    count,
    ...(target === 'class' ? { targets: labels } : { targets: images, targetShape: shape, ...targetScales }),
  };
  return E.getOrElse(() => examples)(checked(examples));
};
