/** Examples whose batches are changed at random while a network is trained on them. */
import { type Augmentation, type Examples } from './examples';

/**
 * Augments examples batch by batch when `train` takes them. Each augmentation is a pure function of
 * a key and a batch, and gives as many examples of the same shape.
 *
 * The key is a function of the key of the training, the epoch and the batch, so a training that
 * resumes from a checkpoint sees the same bytes. Metrics are of the examples as they are:
 * `evaluate`, `descend`, and `train` where it evaluates, read without a key and therefore without
 * augmentation.
 *
 * @param examples the examples
 * @param augment the augmentations, one after another, behind those that the examples have already
 *
 * @example
 * const train = augmented(data, randomCrop(4), flipLeftRight());
 * const ownNoise: Augmentation = (key, batch) => ({ ...batch, inputs: withNoise(key, batch.inputs) });
 * const noisy = augmented(data, ownNoise);
 */
export const augmented = <E extends Examples>(examples: E, ...augment: readonly Augmentation[]): E => ({
  ...examples,
  augment: [...(examples.augment ?? []), ...augment],
});
