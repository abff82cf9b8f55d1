/** The dataset of a configuration: found, or downloaded; and what is trained on it. */
import type * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attempt, error, fail, Key, orThrow, type ProxpropError } from '../core';
import { type Dataset, examplesOf, firstExamples, obtainFrom } from '../data';
import { subset } from '../example';
import { buildNetwork, type DataConfig, entryOf, losses, type Registry } from '../registry';
import { type Experiment, type TrainingConfig } from './config';
import { type Task } from './cell';
import { type Cell } from './cells';

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

/** Which examples are held out does not depend on the seed of a training: all settings are chosen on the same ones. */
const HELD_OUT = Key.key(0x68656c64);

/** What is trained on, and what it is measured on: the test examples, or training examples that are held out. */
const splitsOf = (
  { path, config: { data: config } }: Experiment<TrainingConfig>,
  data: Dataset,
): Pick<Task, 'train' | 'test'> => {
  const train = examplesOf(data, data.train, config.target);
  const { heldOut } = config;
  if (heldOut === undefined) return { train, test: examplesOf(data, data.test, config.target) };
  if (heldOut >= train.count)
    fail('options', `${path}: data.heldOut`, `fewer than the ${train.count} training examples`, `${heldOut}`);
  const order = Key.permutation(HELD_OUT, train.count);
  return {
    train: orThrow(subset(train, order.slice(heldOut).sort())),
    test: orThrow(subset(train, order.slice(0, heldOut).sort())),
  };
};

/** The configuration that a cell is trained by: settings are chosen on examples that are held out, where the tuning says so. */
export const configOfStage = (config: TrainingConfig, stage: Cell['stage']): TrainingConfig => {
  const heldOut = stage === 'tuning' ? config.tuning?.heldOut : undefined;
  return heldOut === undefined ? config : { ...config, data: { ...config.data, heldOut } };
};

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
      ...splitsOf(experiment, data),
      batchSize: config.batchSize,
      checkpointEvery: config.checkpointEvery ?? 1,
    };
  });
