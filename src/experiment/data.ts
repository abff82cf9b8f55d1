/** The dataset of a configuration: found, or downloaded; and what is trained on it. */
import type * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attempt, error, type ProxpropError } from '../core';
import { type Dataset, examplesOf, firstExamples, obtainFrom } from '../data';
import { buildNetwork, type DataConfig, entryOf, losses, type Registry } from '../registry';
import { type Experiment, type TrainingConfig } from './config';
import { type Task } from './cell';

const entryFor = (registry: Registry, { name }: DataConfig) => entryOf('data.name', registry.datasets, name);

/** The folder as it is, or one with the downloaded files where none is named; empty for data without files. */
export const folderOf = (
  registry: Registry,
  config: DataConfig,
  named: string | undefined,
): TE.TaskEither<ProxpropError, string> => {
  const { files, source, name } = entryFor(registry, config);
  if (!files) return TE.right(named ?? '');
  if (named !== undefined) return TE.right(named);
  return source === undefined
    ? TE.left(error('options', '--data', `the folder of the files of ${name}`, 'none'))
    : obtainFrom(source, 'data');
};

/** The examples that a configuration asks for. Left: `file`, `data`; `options` where there are fewer. */
export const loadData = (
  registry: Registry,
  config: DataConfig,
  folder: string,
): TE.TaskEither<ProxpropError, Dataset> =>
  pipe(
    entryFor(registry, config).read(folder, config),
    TE.chainEitherK((data) =>
      firstExamples(data, {
        ...(config.train === undefined ? {} : { train: config.train }),
        ...(config.test === undefined ? {} : { test: config.test }),
      }),
    ),
  );

/** The network of a training experiment on examples of a shape. */
export const networkOf = ({ path, config, registry }: Experiment<TrainingConfig>, shape: readonly number[]) =>
  buildNetwork(registry, `${path}: network`, config.network, shape);

/** The shape of an example, where it is known before the files are read. */
export const exampleShape = ({ registry, config: { data } }: Experiment<TrainingConfig>) =>
  entryFor(registry, data).shape?.(data);

/** What the cells train on. */
export const taskOf = (
  experiment: Experiment<TrainingConfig>,
  data: Dataset,
): E.Either<ProxpropError, Task> =>
  attempt(() => {
    const { config } = experiment;
    return {
      net: networkOf(experiment, data.shape),
      loss: losses[config.loss],
      train: examplesOf(data, data.train, config.data.target),
      test: examplesOf(data, data.test, config.data.target),
      batchSize: config.batchSize,
      checkpointEvery: config.checkpointEvery ?? 1,
    };
  });
