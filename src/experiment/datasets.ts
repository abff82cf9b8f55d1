/** The datasets that configurations name, and the registry of all that comes with the library. */
import * as TE from 'fp-ts/TaskEither';
import { cifar10, cifar100, fashionMnist, kmnist, mnist, officialSources, usps } from '../data';
import {
  type DataConfig,
  type DatasetEntry,
  defineDataset,
  oneOf,
  type Registry,
  withoutData,
} from '../registry';
import { spirals } from './spirals';

/** Default: flat. */
const layout = oneOf('flat', 'image');
const layoutOf = (config: DataConfig): 'flat' | 'image' => (config['layout'] === 'image' ? 'image' : 'flat');

export const datasets: readonly DatasetEntry[] = [
  defineDataset({
    name: 'cifar-10',
    fields: { layout },
    source: officialSources['cifar-10'],
    shape: (config) => (layoutOf(config) === 'image' ? [32, 32, 3] : [3072]),
    read: (folder, config) => cifar10(folder, layoutOf(config)),
  }),
  defineDataset({
    name: 'usps',
    fields: { layout },
    source: officialSources.usps,
    shape: () => [256],
    read: (folder) => usps(folder),
  }),
  defineDataset({
    name: 'fashion-mnist',
    fields: { layout },
    source: officialSources['fashion-mnist'],
    shape: () => [784],
    read: (folder) => fashionMnist(folder),
  }),
  defineDataset({
    name: 'cifar-100',
    fields: { layout, classes: oneOf('fine', 'coarse') },
    source: officialSources['cifar-100'],
    shape: (config) => (layoutOf(config) === 'image' ? [32, 32, 3] : [3072]),
    read: (folder, config) =>
      cifar100(folder, layoutOf(config), config['classes'] === 'coarse' ? 'coarse' : 'fine'),
  }),
  defineDataset({
    name: 'mnist',
    source: officialSources.mnist,
    shape: () => [784],
    read: (folder) => mnist(folder),
  }),
  defineDataset({
    name: 'kmnist',
    source: officialSources.kmnist,
    shape: () => [784],
    read: (folder) => kmnist(folder),
  }),
  defineDataset({
    name: 'spirals',
    files: false,
    shape: () => [2],
    read: (_, { train, test }) =>
      TE.right(
        spirals({
          ...(train === undefined ? {} : { train }),
          ...(test === undefined ? {} : { test }),
        }),
      ),
  }),
];

/** All that comes with the library. */
export const builtIn: Registry = { ...withoutData, datasets };
