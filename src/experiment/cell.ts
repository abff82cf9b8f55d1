/**
 * Running one cell: a function of the cell, of what it is trained on and of what is kept of it, to how it ended. It knows nothing of
 * folders, pools or machines: a worker anywhere can call it.
 */
import * as TE from 'fp-ts/TaskEither';
import { pipe } from 'fp-ts/function';
import { attempt, attemptTask, describe, Key as Keys, type ProxpropError } from '../core';
import { type AnyChain } from '../layer';
import { type Loss } from '../loss';
import { type Optimizer } from '../optimizer';
import { type Examples } from '../example';
import { type CheckpointEvent } from '../train';
import { type Registry } from '../registry';
import { builtBy } from './builtBy';
import { type Cell } from './cells';
import { follow, type Parameters, type Stand } from './follow';
import { type Sink } from '../log';
import { type Ending } from './metrics';

/** What every cell of an experiment trains on. */
export interface Task {
  readonly net: AnyChain;
  readonly loss: Loss;
  readonly train: Examples;
  readonly test: Examples;
  readonly batchSize: number;
  readonly checkpointEvery: number;
}

/** What is told while a cell trains. */
export type Tell = (epoch: number, note: string) => void;

/** What is kept of a cell, wherever that is: each function may throw a `Fault`. */
export interface CellProgress {
  /** How it ended, where it has. */
  readonly ending: () => Promise<Ending | undefined>;
  /** Where a stopped training goes on, after which nothing is kept that comes later; without an optimizer at the beginning. */
  readonly begin: (initial: Parameters, optimizer: Optimizer | undefined) => Promise<Stand | undefined>;
  /** What logs its events, an entry an epoch, also those before it goes on. */
  readonly log: Sink;
  /** Keep what a training can go on from. */
  readonly checkpoint: (
    at: Pick<CheckpointEvent<Parameters>, 'parameters' | 'state' | 'epoch'>,
  ) => Promise<void>;
  /** The last that is kept. `parameters`: whether they are of use to anyone. */
  readonly end: (ending: Ending, parameters: 'kept' | 'dropped') => Promise<void>;
}

/**
 * Trains one cell of an experiment to its end, unless it has ended already. A training whose
 * numbers are no longer finite ends as `diverged`, which is a result. It fails with the error that
 * keeps it from training or from being written down.
 *
 * @param registry the methods and optimizers that the cell may name
 * @param task what every cell of the experiment trains on
 * @param cell the training
 * @param progress what is kept of it, such as `progressIn` a folder
 * @param tell a function that is told each epoch and its loss
 *
 * @example
 * const task = orThrow(taskOf(experiment, spirals({ train: 30, test: 9 })));
 * const progress = progressIn('runs/quick/cells/one');
 * const ending = orThrow(await runCell(builtIn, task, cell, progress, () => undefined)());
 * ending.outcome // 'done'
 */
export const runCell = (
  registry: Registry,
  task: Task,
  cell: Cell,
  progress: CellProgress,
  tell: Tell,
): TE.TaskEither<ProxpropError, Ending> =>
  pipe(
    attemptTask(() => progress.ending()),
    TE.chain((ended) =>
      ended === undefined ? trainCell(registry, task, cell, progress, tell) : TE.right(ended),
    ),
  );

const trainCell: typeof runCell = (registry, task, cell, progress, tell) => {
  const { epochs, stage } = cell;
  return pipe(
    TE.fromEither(attempt(() => builtBy(registry, cell.trainer))),
    TE.chain(({ method, optimizer }) =>
      follow(
        {
          ...task,
          batchSize: cell.trainer.batchSize ?? task.batchSize,
          method,
          ...(optimizer === undefined ? {} : { optimizer }),
          epochs,
          key: Keys.key(cell.seed),
        },
        {
          stand: (initial) => progress.begin(initial, optimizer),
          epoch: (event) => {
            tell(event.epoch, `loss ${event.trainLoss.toPrecision(4)}`);
            return 'on';
          },
          log: progress.log,
          checkpoint: (event) => progress.checkpoint(event),
          // With an optimizer the last checkpoint has them already.
          done: async (parameters) => {
            if (optimizer === undefined) await progress.checkpoint({ parameters, state: [], epoch: epochs });
          },
        },
      ),
    ),
    TE.chain((end) =>
      attemptTask(async () => {
        const ending: Ending =
          end.outcome === 'done'
            ? { outcome: 'done', reason: '' }
            : { outcome: 'diverged', reason: describe(end.reason) };
        // Of a grid, what is wanted is which of its cells is best: parameters are many, and not looked at again.
        const kept = stage === 'final' && end.outcome === 'done';
        await progress.end(ending, kept ? 'kept' : 'dropped');
        return ending;
      }),
    ),
  );
};
