/**
 * Running one cell: a function from the cell, its task and its stored progress to how it ended. It
 * knows nothing of folders, pools or machines: a worker anywhere can call it.
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

/** The task that all cells of an experiment share: network, loss and examples. */
export interface Task {
  /** The network. */
  readonly net: AnyChain;
  /** The loss. */
  readonly loss: Loss;
  /** The training examples. */
  readonly train: Examples;
  /** The test examples. */
  readonly test: Examples;
  /** The number of examples of a batch. */
  readonly batchSize: number;
  /** The number of epochs from one checkpoint to the next. */
  readonly checkpointEvery: number;
}

/** Is told each epoch of a cell, with a note such as its loss. */
export type Tell = (epoch: number, note: string) => void;

/** Keeps the progress of a cell, in a folder or elsewhere. Each function may throw a `Fault`. */
export interface CellProgress {
  /** How the cell ended; nothing if it has not. */
  readonly ending: () => Promise<Ending | undefined>;
  /**
   * The state from which a stopped training resumes; what was kept after it is dropped. Without an
   * optimizer a training begins anew.
   */
  readonly begin: (initial: Parameters, optimizer: Optimizer | undefined) => Promise<Stand | undefined>;
  /** Logs the events, an entry for each epoch, also those before the training resumes. */
  readonly log: Sink;
  /** Keeps a state from which the training can resume. */
  readonly checkpoint: (
    at: Pick<CheckpointEvent<Parameters>, 'parameters' | 'state' | 'epoch'>,
  ) => Promise<void>;
  /** Keeps how the cell ended. `parameters` says whether its parameters stay. */
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
