/** Examples whose batches are changed at random while a network is trained on them. */
import { type Augmentation, type Examples } from './examples';

/**
 * Examples that are augmented batch by batch when `train` takes them: each augmentation is a pure function of a key and a batch, and
 * gives as many examples of the same shape. The key is a function of the training's key, the epoch and the batch, so that training
 * that goes on after a checkpoint comes to the same bytes. Metrics are of the examples as they are: `evaluate`, and `train` where it
 * evaluates, read without a key and so without augmentation; `descend` does too.
 *
 * @example
 * const train = augmented(data, randomCrop(4), flipLeftRight());
 * const noisy = augmented(data, (key, batch) => ({ ...batch, inputs: withNoise(key, batch.inputs) })); // your own
 */
export const augmented = <E extends Examples>(examples: E, ...augment: readonly Augmentation[]): E => ({
  ...examples,
  augment: [...(examples.augment ?? []), ...augment],
});
