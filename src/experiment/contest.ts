/** Several methods on one network and one dataset in memory, each from the same start. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { addProfiles, error, type Key, Key as Keys, type Profile, type ProxpropError } from '../core';
import { type AnyChain } from '../layer';
import { type Loss, softmaxCrossEntropy } from '../loss';
import { type Example } from '../energy';
import { type Method } from '../schedule';
import { type Optimizer } from '../optimizer';
import { batchOf, type ExampleArrays, inOrder, split } from '../example';
import { type EpochEvent } from '../train';
import { type Dataset, examplesOf } from '../data';
import * as Report from '../report';
import { type End, follow, type Listener, type Training } from './follow';
import { bestOutcome as bestOf, finalLossOf } from './outcome';

/** A method with its optimizer, under the name that tables give it. */
export interface Contender {
  /** As it stands in the table. */
  readonly name: string;
  /** The method. */
  readonly method: Method;
  /** Without one, `descend` runs the method over all examples at once. */
  readonly optimizer?: Optimizer;
}

/** A contest: the network, loss, examples, epochs, batch size and key that all contenders share. */
export interface Contest {
  /** The network. */
  readonly net: AnyChain;
  /** The loss. */
  readonly loss: Loss;
  /** The training examples. */
  readonly train: ExampleArrays;
  /** The test examples. */
  readonly test: ExampleArrays;
  /** The number of epochs. */
  readonly epochs: number;
  /**
   * The seconds of training after which a run ends: epochs that end later do not count. Default: no
   * bound.
   */
  readonly seconds?: number;
  /** Whether E is computed at the end of each epoch. Default false. */
  readonly energies?: boolean;
  /** Whether the time of the steps is measured by phase. Default false. */
  readonly profile?: boolean;
  /** The number of examples of a batch. */
  readonly batchSize: number;
  /**
   * Parameters are drawn from one child of it, the order of batches from another: the same for all
   * contenders.
   */
  readonly key: Key.Key;
  /** Shows how far the trainings are. */
  readonly progress: Report.Progress;
}

/**
 * Sets up a classification contest on a dataset, with its progress on the terminal.
 *
 * @param net the network of every contender
 * @param data the dataset
 * @param settings the `epochs`, the examples of a `batch`, and the `seed` of parameters and batches
 *
 * @example
 * const net = chain(linear(2, 3));
 * const contest = contestOn(net, spirals(), { epochs: 10, batch: 100, seed: 1 });
 */
export const contestOn = (
  net: AnyChain,
  data: Dataset,
  settings: { readonly epochs: number; readonly batch: number; readonly seed: number },
): Contest => ({
  net,
  loss: softmaxCrossEntropy,
  train: examplesOf(data, data.train),
  test: examplesOf(data, data.test),
  epochs: settings.epochs,
  batchSize: settings.batch,
  key: Keys.key(settings.seed),
  progress: Report.progressOn(process.stderr),
});

/**
 * Makes a batch of the first training examples of a contest. You own its tensors. It throws a
 * `Fault` as `batchOf` does.
 *
 * @param contest the contest
 *
 * @example firstBatch(contest).input.shape // [10, 2]
 */
export const firstBatch = ({ train: examples, batchSize }: Contest): Example =>
  batchOf(examples, inOrder(Math.min(batchSize, examples.count)));

/** The run of a contender: its epochs, and the reason if it ended early. */
export interface ContestRun extends Contender {
  /** The measures at the start, and at the end of each epoch. */
  readonly epochs: readonly EpochEvent[];
  /** E at the end of each epoch but the first, on its last batch; on request. */
  readonly energies: readonly number[];
  /** Milliseconds of all steps by phase; on request. */
  readonly profile?: Profile;
  /** The reason, if the run diverged. */
  readonly diverged?: ProxpropError;
}

/**
 * Trains one contender. A training that diverges is a result; it fails with every other error.
 *
 * @param contest the network, the data, the epochs and the key
 * @param contender a method, its optimizer, and the name of both
 *
 * @example
 * const sgd01 = { name: 'backprop', method: backprop(), optimizer: sgd(0.1) };
 * const run = orThrow(await compete(contest, sgd01)());
 * console.log(run.name, finalLoss(run));
 */
export const compete = (contest: Contest, contender: Contender): TE.TaskEither<ProxpropError, ContestRun> =>
  pipe(
    TE.fromIO(() => competing(contest, contender)),
    TE.chain(({ training, listener, runOf }) => pipe(follow(training, listener), TE.map(runOf))),
    TE.tapError(() =>
      TE.fromIO(() => {
        contest.progress.stop(`${contender.name}: failed`);
      }),
    ),
    TE.tapIO((run) => () => {
      contest.progress.stop(lineOf(run));
    }),
  );

/** A training of a contender, what listens to it, and what it came to once it has ended. */
const competing = (contest: Contest, contender: Contender) => {
  const { progress, epochs: count, train: examples, batchSize } = contest;
  const { method, optimizer } = contender;
  const epochs: EpochEvent[] = [];
  const energies: number[] = [];
  let profile: Profile | undefined;
  const batches = optimizer === undefined ? 1 : Math.ceil(examples.count / batchSize);
  progress.start(contender.name, Math.max(1, count * batches));
  const training: Training = {
    ...contest,
    method,
    ...(optimizer === undefined ? {} : { optimizer }),
    diagnostics: contest.energies === true,
  };
  const listener: Listener = {
    batch: (event) => {
      if (event.profile !== undefined)
        profile = profile === undefined ? event.profile : addProfiles(profile, event.profile);
      progress.tick((event.epoch - 1) * batches + event.batch, `loss ${event.loss.toFixed(4)}`);
    },
    diagnostics: ({ energy }) => {
      energies.push(energy);
    },
    epoch: (event) => {
      if (event.seconds > (contest.seconds ?? Infinity)) {
        energies.length = Math.max(0, epochs.length - 1);
        return 'stop';
      }
      epochs.push(event);
      return 'on';
    },
  };
  const runOf = (ended: End): ContestRun => ({
    ...contender,
    epochs,
    energies,
    ...(profile === undefined ? {} : { profile }),
    ...(ended.outcome === 'diverged' ? { diverged: ended.reason } : {}),
  });
  return { training, listener, runOf };
};

/**
 * Trains contenders one after another. It fails with the first error, and trains no other contender
 * then.
 *
 * @param contest the network, the data, the epochs and the key
 * @param contenders the methods with their optimizers
 *
 * @example
 * const rates = [0.1, 1];
 * const grid = rates.map((rate) => {
 *   return { name: `rate ${rate}`, method: backprop(), optimizer: sgd(rate) };
 * });
 * orThrow(await competeAll(contest, grid)()).map(({ name }) => name) // ['rate 0.1', 'rate 1']
 */
export const competeAll = (
  contest: Contest,
  contenders: readonly Contender[],
): TE.TaskEither<ProxpropError, readonly ContestRun[]> =>
  pipe(
    contenders,
    TE.traverseSeqArray((contender) => compete(contest, contender)),
  );

/**
 * Reads the last training loss of a run; it is infinite for one that diverged.
 *
 * @param run the run of a contender
 *
 * @example finalLoss({ name: 'a', method: backprop(), epochs: [], energies: [] }) // Infinity
 */
export const finalLoss = ({ epochs, diverged }: ContestRun): number =>
  finalLossOf(epochs, diverged !== undefined);

const lineOf = (run: ContestRun): string => {
  const { epoch = 0, seconds = 0, trainLoss = Number.NaN } = run.epochs.at(-1) ?? {};
  const time = `${epoch} epochs in ${seconds.toFixed(1)} s`;
  return run.diverged === undefined
    ? `${run.name}: ${time}, training loss ${trainLoss.toFixed(4)}`
    : `${run.name}: diverged after ${time}`;
};

/** The run with the lowest score. Left: `options` where there is none. */
const winnerOf =
  (score: (run: ContestRun) => number) =>
  (runs: readonly ContestRun[]): E.Either<ProxpropError, ContestRun> =>
    E.fromNullable(error('options', 'grid', 'at least one contender', 'none'))(bestOf(runs, score));

/**
 * Trains all contenders of a grid, and keeps the run with the lowest final training loss. It fails
 * as `competeAll` does, and with `options` for an empty grid.
 *
 * @param contest the network, the data, the epochs and the key
 * @param grid the contenders
 *
 * @example
 * const rates = [0.1, 1];
 * const grid = rates.map((rate) => {
 *   return { name: `rate ${rate}`, method: backprop(), optimizer: sgd(rate) };
 * });
 * const winner = orThrow(await best(contest, grid)());
 */
export const best = (
  contest: Contest,
  grid: readonly Contender[],
): TE.TaskEither<ProxpropError, ContestRun> =>
  pipe(competeAll(contest, grid), TE.chainEitherK(winnerOf(finalLoss)));

/** The examples on which `chosen` trains and chooses. A key of its own draws the held-out ones. */
const heldOutOf = (
  { train: examples, key }: Contest,
  share: number,
): E.Either<ProxpropError, Pick<Contest, 'train' | 'test'>> =>
  E.map(([train, test]: readonly [ExampleArrays, ExampleArrays]) => ({ train, test }))(
    split(examples, [1 - share, share], Keys.fold(key, HELD_OUT)),
  );

/** Apart from the children that parameters and batches are drawn from. */
const HELD_OUT = 0x68656c64;

/** The last test loss; infinite for a run that diverged. */
const heldOutLoss = ({ epochs, diverged }: ContestRun): number =>
  diverged === undefined ? (epochs.at(-1)?.testLoss ?? Infinity) : Infinity;

/**
 * Chooses the best contender of a grid on training examples that are held out, and trains it anew
 * on all of them. Each contender trains without the held-out share; the one with the lowest loss on
 * it after the last epoch wins. It fails as `best` does, and as `split` does for the share.
 *
 * @param contest the network, the data, the epochs and the key
 * @param grid the contenders
 * @param share the share of the training examples that are held out. Default 0.1
 *
 * @example
 * const rates = [0.1, 1];
 * const grid = rates.map((rate) => {
 *   return { name: `rate ${rate}`, method: backprop(), optimizer: sgd(rate) };
 * });
 * const winner = orThrow(await chosen(contest, grid, 0.2)());
 */
export const chosen = (
  contest: Contest,
  grid: readonly Contender[],
  share = 0.1,
): TE.TaskEither<ProxpropError, ContestRun> =>
  pipe(
    TE.fromEither(heldOutOf(contest, share)),
    TE.chain((parts) => competeAll({ ...contest, ...parts, profile: false, energies: false }, grid)),
    TE.chainEitherK(winnerOf(heldOutLoss)),
    TE.chain(({ name, method, optimizer }) =>
      compete(contest, { name, method, ...(optimizer === undefined ? {} : { optimizer }) }),
    ),
  );
