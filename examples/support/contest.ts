/** Training several methods on one network and one dataset, each from the same start. */
import * as E from 'fp-ts/Either';
import {
  addProfiles,
  type AnyChain,
  descend,
  batchOf,
  type Dataset,
  dispose,
  type EpochEvent,
  type Example,
  type ExampleArrays,
  examplesOf,
  type Key,
  Key as Keys,
  type Loss,
  type Method,
  type Optimizer,
  type Profile,
  type ProxpropError,
  Report,
  softmaxCrossEntropy,
  train,
} from '../../src';

export interface Contender {
  /** As it stands in the table. */
  readonly name: string;
  readonly method: Method;
  /** Without one, the method is run over all examples at once, by `descend`. */
  readonly optimizer?: Optimizer.Optimizer;
}

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
  batchOf(
    examples,
    Int32Array.from({ length: Math.min(batchSize, examples.count) }, (_, i) => i),
  );

export interface Run extends Contender {
  readonly epochs: readonly EpochEvent[];
  /** E at the end of each epoch but the first, on its last batch; on request. */
  readonly energies: readonly number[];
  /** Milliseconds of all steps by phase; on request. */
  readonly profile?: Profile;
  /** Why it ended early, where it did: the loss was not finite any more. */
  readonly diverged?: ProxpropError;
}

/** Train one contender. Left for every failure but a loss that is not finite: that is a result. */
export const compete = async (
  contest: Contest,
  contender: Contender,
): Promise<E.Either<ProxpropError, Run>> => {
  const { net, loss, progress } = contest;
  const parameters = [...net.init(Keys.fold(contest.key, 0))];
  const epochs: EpochEvent[] = [];
  const energies: number[] = [];
  let profile: Profile | undefined;
  const { method, optimizer } = contender;
  const batches = optimizer === undefined ? 1 : Math.ceil(contest.train.count / contest.batchSize);
  progress.start(contender.name, Math.max(1, contest.epochs * batches));
  const result = (why?: ProxpropError): E.Either<ProxpropError, Run> =>
    why === undefined
      ? E.right({ ...contender, epochs, energies, ...(profile === undefined ? {} : { profile }) })
      : why._tag === 'loss'
        ? E.right({ ...contender, epochs, energies, diverged: why })
        : E.left(why);
  let failure: ProxpropError | undefined;
  const common = { parameters, method, train: contest.train, test: contest.test };
  const diagnosed = contest.energies === true;
  const events =
    optimizer === undefined
      ? descend(net, loss, { ...common, sweeps: contest.epochs, diagnostics: diagnosed })
      : train(net, loss, {
          ...common,
          optimizer,
          epochs: contest.epochs,
          batchSize: contest.batchSize,
          key: Keys.fold(contest.key, 1),
          ...(diagnosed ? { diagnostics: 'epoch' } : {}),
          profile: contest.profile === true,
        });
  for await (const event of events) {
    if (event.tag === 'epoch' && event.seconds > (contest.seconds ?? Infinity)) {
      energies.length = Math.max(0, epochs.length - 1);
      break;
    }
    switch (event.tag) {
      case 'batch':
        if (event.profile !== undefined)
          profile = profile === undefined ? event.profile : addProfiles(profile, event.profile);
        progress.tick((event.epoch - 1) * batches + event.batch, `loss ${event.loss.toFixed(4)}`);
        break;
      case 'diagnostics':
        energies.push(event.energy);
        break;
      case 'epoch':
        epochs.push(event);
        break;
      case 'checkpoint':
        break;
      case 'done':
        dispose(event.parameters);
        break;
      case 'failed':
        dispose(event.parameters);
        failure = event.error;
        break;
    }
  }
  dispose(parameters);
  const outcome = result(failure);
  progress.stop(E.isRight(outcome) ? lineOf(outcome.right) : `${contender.name}: failed`);
  return outcome;
};

/** Train one after another; the first failure ends it. */
export const competeAll = async (
  contest: Contest,
  contenders: readonly Contender[],
): Promise<E.Either<ProxpropError, readonly Run[]>> => {
  const runs: Run[] = [];
  for (const contender of contenders) {
    const run = await compete(contest, contender);
    if (E.isLeft(run)) return run;
    runs.push(run.right);
  }
  return E.right(runs);
};

/** The last training loss; infinite for a run that diverged. */
export const finalLoss = ({ epochs, diverged }: Run): number =>
  diverged === undefined ? (epochs.at(-1)?.trainLoss ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;

const lineOf = (run: Run): string => {
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
): Promise<E.Either<ProxpropError, Run>> => {
  let winner: Run | undefined;
  for (const contender of grid) {
    const run = await compete(contest, contender);
    if (E.isLeft(run)) return run;
    if (winner === undefined || finalLoss(run.right) < finalLoss(winner)) winner = run.right;
  }
  return winner === undefined
    ? E.left({ _tag: 'options', path: 'grid', expected: 'at least one contender', found: 'none' })
    : E.right(winner);
};
