/** Several methods on one network and one dataset in memory, each from the same start. */
import * as E from 'fp-ts/Either';
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
import { follow } from './follow';
import { bestOutcome as bestOf, finalLossOf } from './outcome';

/** A method with its optimizer, under the name that tables give it. */
export interface Contender {
  /** As it stands in the table. */
  readonly name: string;
  readonly method: Method;
  /** Without one, the method is run over all examples at once, by `descend`. */
  readonly optimizer?: Optimizer;
}

/** What all contenders have in common: network, loss, examples, epochs, batch size and key. */
export interface Contest {
  readonly net: AnyChain;
  readonly loss: Loss;
  readonly train: ExampleArrays;
  readonly test: ExampleArrays;
  readonly epochs: number;
  /** Seconds of training after which a run ends: epochs that end later do not count. Default: no bound. */
  readonly seconds?: number;
  /** Whether E is found out at the end of each epoch. Default: no. */
  readonly energies?: boolean;
  /** Whether it is found out where the time of the steps goes. Default: no. */
  readonly profile?: boolean;
  readonly batchSize: number;
  /** Parameters are drawn from one child, the order of batches from another: the same for all contenders. */
  readonly key: Key.Key;
  readonly progress: Report.Progress;
}

/** A classification contest on a dataset, shown on the terminal. */
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

/** The first examples of the training set as one batch, which is the caller's. */
export const firstBatch = ({ train: examples, batchSize }: Contest): Example =>
  batchOf(examples, inOrder(Math.min(batchSize, examples.count)));

/** What a contender came to: its epochs, and why it ended if it ended early. */
export interface ContestRun extends Contender {
  readonly epochs: readonly EpochEvent[];
  /** E at the end of each epoch but the first, on its last batch; on request. */
  readonly energies: readonly number[];
  /** Milliseconds of all steps by phase; on request. */
  readonly profile?: Profile;
  /** Why it ended early, where it diverged. */
  readonly diverged?: ProxpropError;
}

/** Train one contender. Left for every failure but divergence: that is a result. */
export const compete = async (
  contest: Contest,
  contender: Contender,
): Promise<E.Either<ProxpropError, ContestRun>> => {
  const { progress, epochs: count, train: examples, batchSize } = contest;
  const { method, optimizer } = contender;
  const epochs: EpochEvent[] = [];
  const energies: number[] = [];
  let profile: Profile | undefined;
  const batches = optimizer === undefined ? 1 : Math.ceil(examples.count / batchSize);
  progress.start(contender.name, Math.max(1, count * batches));
  const ended = await follow(
    {
      ...contest,
      method,
      ...(optimizer === undefined ? {} : { optimizer }),
      diagnostics: contest.energies === true,
    },
    {
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
    },
  )();
  const outcome: E.Either<ProxpropError, ContestRun> = E.isLeft(ended)
    ? ended
    : E.right({
        ...contender,
        epochs,
        energies,
        ...(profile === undefined ? {} : { profile }),
        ...(ended.right.outcome === 'diverged' ? { diverged: ended.right.reason } : {}),
      });
  progress.stop(E.isRight(outcome) ? lineOf(outcome.right) : `${contender.name}: failed`);
  return outcome;
};

/** Train one after another; the first failure ends it. */
export const competeAll = async (
  contest: Contest,
  contenders: readonly Contender[],
): Promise<E.Either<ProxpropError, readonly ContestRun[]>> => {
  const runs: ContestRun[] = [];
  for (const contender of contenders) {
    const run = await compete(contest, contender);
    if (E.isLeft(run)) return run;
    runs.push(run.right);
  }
  return E.right(runs);
};

/** The last training loss; infinite for a run that diverged. */
export const finalLoss = ({ epochs, diverged }: ContestRun): number =>
  finalLossOf(epochs, diverged !== undefined);

const lineOf = (run: ContestRun): string => {
  const { epoch = 0, seconds = 0, trainLoss = Number.NaN } = run.epochs.at(-1) ?? {};
  const time = `${epoch} epochs in ${seconds.toFixed(1)} s`;
  return run.diverged === undefined
    ? `${run.name}: ${time}, training loss ${trainLoss.toFixed(4)}`
    : `${run.name}: diverged after ${time}`;
};

/** Train all of a grid, and keep the one with the lowest final training loss. */
export const best = async (
  contest: Contest,
  grid: readonly Contender[],
): Promise<E.Either<ProxpropError, ContestRun>> => {
  const runs = await competeAll(contest, grid);
  if (E.isLeft(runs)) return runs;
  const winner = bestOf(runs.right, finalLoss);
  return winner === undefined
    ? E.left(error('options', 'grid', 'at least one contender', 'none'))
    : E.right(winner);
};

/** The examples that `chosen` trains and chooses on: what is held out is drawn by a key of its own. */
const heldOutOf = (
  { train: examples, key }: Contest,
  share: number,
): E.Either<ProxpropError, Pick<Contest, 'train' | 'test'>> =>
  E.map(([train, test]: readonly [ExampleArrays, ExampleArrays]) => ({ train, test }))(
    split(examples, [1 - share, share], Keys.fold(key, HELD_OUT)),
  );

/** Apart from the children that parameters and batches are drawn from. */
const HELD_OUT = 0x68656c64;

/**
 * The best of a grid on training examples that are held out, trained anew on all of them: each setting is trained without that share of
 * the examples, and the one whose loss on them is lowest after the last epoch goes on.
 */
export const chosen = async (
  contest: Contest,
  grid: readonly Contender[],
  share = 0.1,
): Promise<E.Either<ProxpropError, ContestRun>> => {
  const parts = heldOutOf(contest, share);
  if (E.isLeft(parts)) return parts;
  const runs = await competeAll({ ...contest, ...parts.right, profile: false, energies: false }, grid);
  if (E.isLeft(runs)) return runs;
  const winner = bestOf(runs.right, ({ epochs, diverged }) =>
    diverged === undefined ? (epochs.at(-1)?.testLoss ?? Infinity) : Infinity,
  );
  if (winner === undefined) return E.left(error('options', 'grid', 'at least one contender', 'none'));
  const { name, method, optimizer } = winner;
  return compete(contest, { name, method, ...(optimizer === undefined ? {} : { optimizer }) });
};
