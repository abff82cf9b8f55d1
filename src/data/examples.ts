/** A split of a dataset in the form that training takes. */
import { type Dataset, type Split } from './dataset';

/** What `train`, `descend` and `evaluate` take as `Examples`: `count` inputs and targets, row-major. */
export interface ImageExamples {
  readonly shape: readonly number[];
  /** [count, ...shape] */
  readonly inputs: Float32Array;
  /** [count] classes, or [count, ...targetShape] values. */
  readonly targets: Int32Array | Float32Array;
  readonly targetShape?: readonly number[];
  readonly count: number;
}

/**
 * The images of a split as inputs, [count, ...shape], and as targets their classes, [count], for `softmaxCrossEntropy`; or the
 * images again, [count, ...shape], for an autoencoder under `squaredError`. The arrays are those of the split, not copies.
 *
 * @example
 * const train = examplesOf(data, data.train);
 * const restored = examplesOf(data, data.train, 'input');
 */
export const examplesOf = (
  { shape }: Dataset,
  { images, labels, count }: Split,
  target: 'class' | 'input' = 'class',
): ImageExamples => ({
  shape,
  inputs: images,
  count,
  ...(target === 'input' ? { targets: images, targetShape: shape } : { targets: labels }),
});
