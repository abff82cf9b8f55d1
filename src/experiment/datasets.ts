/** The datasets that configurations name, and the registry of all that comes with the library. */
import * as R from 'fp-ts/Record';
import * as TE from 'fp-ts/TaskEither';
import { officialDatasets } from '../data';
import { type DatasetEntry, defineDataset, oneOf, type Registry, withoutData } from '../registry';
import { spirals } from './spirals';

const official: readonly DatasetEntry[] = Object.entries(officialDatasets).map(
  ([name, { choices, ...parts }]) =>
    defineDataset({ name, fields: R.map((words: readonly string[]) => oneOf(...words))(choices), ...parts }),
);

/** The datasets of the library, as configurations name them. */
export const datasets: readonly DatasetEntry[] = [
  ...official,
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
