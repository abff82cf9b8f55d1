/** Where the examples of version 0.1 had configurations: programs that take them from here still run. */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../../../src';
import { type Experiment, readExperiment } from '../../../src/experiment';

export type { TrainingConfig } from '../../../src/experiment';

/** The configuration alone; see `readExperiment`. */
export const readConfig = (path: string): TE.TaskEither<ProxpropError, Experiment['config']> =>
  pipe(
    readExperiment(path),
    TE.map(({ config }) => config),
  );
