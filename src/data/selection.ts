/** The first examples of a dataset. */
import type * as E from 'fp-ts/Either';
import { attempt, fail, type ProxpropError, sizeOf, whole } from '../core';
import { type Dataset, type Split } from './dataset';

/** The number of examples to take of each split; all of a split that you do not name. */
export interface Selection {
  /** The number of training examples. Default: all. */
  readonly train?: number;
  /** The number of test examples. Default: all. */
  readonly test?: number;
}

const first = (dataset: Dataset, name: 'train' | 'test', wanted: number): Split => {
  const { images, labels, count, ...split } = dataset[name];
  const taken = whole(name, wanted, 1);
  if (taken > count) fail('options', name, `at most ${count} examples of ${dataset.name}`, `${taken}`);
  const values = sizeOf(dataset.shape);
  return {
    ...split,
    images: images.subarray(0, taken * values),
    labels: labels.subarray(0, taken),
    count: taken,
  };
};

/**
 * Takes the first examples of each split of a dataset, as views of the same memory. The `origin` of
 * the result says so.
 *
 * It fails with `options` for a count that is not a whole number of at least 1, or that is larger
 * than the split.
 *
 * @param dataset the dataset
 * @param selection how many of `train` and of `test`. Default: all
 *
 * @example firstExamples(dataset, { train: 1000, test: 200 })
 */
export const firstExamples = (dataset: Dataset, selection: Selection): E.Either<ProxpropError, Dataset> =>
  attempt(() => {
    const train = first(dataset, 'train', selection.train ?? dataset.train.count);
    const test = first(dataset, 'test', selection.test ?? dataset.test.count);
    const shortened = train.count < dataset.train.count || test.count < dataset.test.count;
    const origin = shortened
      ? `${dataset.origin}; the first ${train.count} training and ${test.count} test examples of them`
      : dataset.origin;
    return { ...dataset, origin, train, test };
  });
