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

/**
 * Finds the folder of the files of a dataset: the one that is named, or `data/`, into which missing
 * files are downloaded. For data without files it is empty. It fails with `options` if the files
 * have no published source, and otherwise as `obtainFrom` does.
 *
 * @param registry the datasets that the configuration may name; it throws a `Fault` (`options`) for
 *   another name
 * @param config the `data` of the configuration
 * @param named the folder, if one is named
 *
 * @example await folderOf(builtIn, { name: 'spirals' }, undefined)()
 */
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

/**
 * Reads the examples that a configuration asks for. It fails with `file` or `data` if they cannot
 * be read, with `options` if there are fewer.
 *
 * @param registry the datasets that the configuration may name
 * @param config the `data` of the configuration
 * @param folder the folder of the files
 *
 * @example orThrow(await loadData(builtIn, { name: 'spirals', train: 30 }, '')()).train.count // 30
 */
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

/**
 * Builds the network of a training experiment. It throws a `Fault` as `buildNetwork` does.
 *
 * @param experiment its `path`, `config` and `registry`
 * @param shape the shape of one example
 *
 * @example networkOf(experiment, [2]).output // [3]
 */
export const networkOf = ({ path, config, registry }: Experiment<TrainingConfig>, shape: readonly number[]) =>
  buildNetwork(registry, `${path}: network`, config.network, shape);

/**
 * Gives the shape of an example of a training experiment, if it is known before the files are read.
 * It throws a `Fault` (`options`) for a dataset that the registry lacks.
 *
 * @param experiment its `config` and `registry`
 *
 * @example exampleShape(experiment) // [2]
 */
export const exampleShape = ({ registry, config: { data } }: Experiment<TrainingConfig>) =>
  entryFor(registry, data).shape?.(data);

/**
 * The key that draws the held-out examples. It does not depend on the seed of a training, so all
 * settings are chosen on the same examples.
 */
const HELD_OUT = Key.key(0x68656c64);

/**
 * The examples to train on, and those to measure on: the test examples, or training examples that
 * are held out.
 */
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

/**
 * The configuration by which a cell trains. If the tuning says so, settings are chosen on held-out
 * examples.
 */
export const configOfStage = (config: TrainingConfig, stage: Cell['stage']): TrainingConfig => {
  const heldOut = stage === 'tuning' ? config.tuning?.heldOut : undefined;
  return heldOut === undefined ? config : { ...config, data: { ...config.data, heldOut } };
};

/**
 * Makes the task of all cells of a training experiment: network, loss, training and test examples.
 * It fails with `options` for a network that does not fit the examples, or more held-out examples
 * than there are.
 *
 * @param experiment its `path`, `config` and `registry`
 * @param data the dataset
 *
 * @example orThrow(taskOf(experiment, spirals({ train: 30, test: 9 }))).batchSize // 10
 */
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
