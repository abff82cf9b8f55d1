/** A dataset of a thousand points. */
import { type Dataset, officialSources, type RemoteFile, type Split } from '../../../src';

const split: Split = {
  images: new Uint8Array(2000).fill(255),
  scale: 1 / 255,
  labels: Int32Array.from({ length: 1000 }, (_, i) => i % 2),
  count: 1000,
};
export const data: Dataset = {
  ...{ name: 'points', origin: 'these', shape: [2], classes: 2 },
  train: split,
  test: split,
};
export const dataset = data;

const { published } = officialSources['cifar-10'];
export const archive: RemoteFile = 'url' in published ? published : { name: '', url: '', md5: '' };
