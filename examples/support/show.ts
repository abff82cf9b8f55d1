/** What several examples show in the same way. */
import { type Dataset, type Examples, type Split } from '../../src';

/** A split of a dataset as the training loop takes it. */
export const examplesOf = ({ shape }: Dataset, { images, labels, count }: Split): Examples => ({
  shape,
  inputs: images,
  targets: labels,
  count,
});

/** 0.853 as `85.3 %`; nothing for no accuracy. */
export const percent = (fraction: number | null | undefined): string =>
  fraction == null ? '' : `${(100 * fraction).toFixed(1)} %`;
