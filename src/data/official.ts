/** The datasets of the library, by name: a new one is a line in each of these two lists. */
import * as R from 'fp-ts/Record';
import { cifar10Dataset } from './cifar10';
import { cifar100Dataset } from './cifar100';
import { fashionMnistDataset } from './fashionMnist';
import { kmnistDataset } from './kmnist';
import { mnistDataset } from './mnist';
import { type OfficialDataset, type Published } from './source';
import { uspsDataset } from './usps';

export { cifar10 } from './cifar10';
export { cifar100, type Cifar100Classes } from './cifar100';
export { fashionMnist } from './fashionMnist';
export { kmnist } from './kmnist';
export { mnist } from './mnist';
export { usps } from './usps';

/** The published datasets, by the names that configurations and `obtain` use. */
export const officialDatasets = {
  'cifar-10': cifar10Dataset,
  usps: uspsDataset,
  'fashion-mnist': fashionMnistDataset,
  'cifar-100': cifar100Dataset,
  mnist: mnistDataset,
  kmnist: kmnistDataset,
} as const satisfies { readonly [name: string]: OfficialDataset };

/** A name of a dataset that `obtain` and configurations know. */
export type DatasetName = keyof typeof officialDatasets;

/** The official addresses, sizes and checksums of the published datasets. */
export const officialSources: { readonly [N in DatasetName]: Published } = R.map(
  ({ source }: OfficialDataset) => source,
)(officialDatasets);
