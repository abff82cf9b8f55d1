/** A split of a dataset in the form that training takes. */
import * as E from 'fp-ts/Either';
import { checked, type ExampleArrays } from '../example';
import { type Dataset, type Split } from './dataset';

/**
 * The images of a split as inputs, [count, ...shape], and as targets their classes, [count], for `softmaxCrossEntropy`; or the
 * images again, [count, ...shape], for an autoencoder under `squaredError`. The arrays are those of the split, not copies: bytes
 * stay bytes until a batch of them is used. Numbers are looked through once, here (`checked`); where one is not finite, `train` and
 * `evaluate` say so.
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
