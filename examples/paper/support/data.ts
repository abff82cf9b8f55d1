/** The dataset of a configuration: found, or downloaded; and what is trained on it. */
import type * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import {
  attempt,
  cifar10,
  type Dataset,
  examplesOf,
  fashionMnist,
  firstExamples,
  obtain,
  type ProxpropError,
  usps,
} from '../../../src';
import { buildNetwork, lossOf } from './build';
import { type Task } from './cell';
import { type DataConfig, type TrainingConfig } from './config';

const read = (config: DataConfig, folder: string): TE.TaskEither<ProxpropError, Dataset> => {
  switch (config.name) {
    case 'cifar-10':
      return cifar10(folder, config.layout ?? 'flat');
    case 'usps':
      return usps(folder);
    case 'fashion-mnist':
      return fashionMnist(folder);
  }
};

/** The folder as it is, or one with the downloaded files where none is named. */
export const folderOf = (
  config: DataConfig,
  named: string | undefined,
): TE.TaskEither<ProxpropError, string> =>
  named === undefined ? obtain(config.name, 'data') : TE.right(named);

/** The examples that a configuration asks for. Left: `file`, `data`; `options` where there are fewer. */
export const loadData = (config: DataConfig, folder: string): TE.TaskEither<ProxpropError, Dataset> =>
  pipe(
    read(config, folder),
    TE.chainEitherK((data) =>
      firstExamples(data, {
        ...(config.train === undefined ? {} : { train: config.train }),
        ...(config.test === undefined ? {} : { test: config.test }),
      }),
    ),
  );

/** What the cells train on. */
export const taskOf = (path: string, config: TrainingConfig, data: Dataset): E.Either<ProxpropError, Task> =>
  attempt(() => ({
    net: buildNetwork(`${path}: network`, config.network, data.shape),
    loss: lossOf(config.loss),
    train: examplesOf(data, data.train, config.data.target),
    test: examplesOf(data, data.test, config.data.target),
    batchSize: config.batchSize,
    checkpointEvery: config.checkpointEvery ?? 1,
  }));
