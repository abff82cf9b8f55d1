/**
 * ProxProp beside backprop, on real images, in one command:
 *
 *     npm start
 *
 * A 784-256-128-10 ReLU network on Fashion-MNIST, trained by backprop with Nesterov and with Adam, and by ProxProp, exact with Nesterov
 * and by three CG iterations with Adam: each at the best of three learning rates, chosen on a tenth of the training images that is
 * held out, and then trained on all of them. Ends in a table, loss.svg, loss.png and summary.json.
 */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import {
  adam,
  backprop,
  cg,
  chain,
  exact,
  fashionMnist,
  linear,
  nesterov,
  type ProxpropError,
  proxprop,
  relu,
  Report,
} from '../src';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { holding } from './support/holding';
import { chosen, contestOn, type Contender, type Contest, type ContestRun as Run } from '../src/experiment';
import { lossOf, profileTable, summaryOf } from './support/show';

const net = chain(linear(784, 256), relu(256), linear(256, 128), relu(128), linear(128, 10));

const MOMENTUM = 0.95;
/** The metric of ProxProp, that of the paper for its dense network: it is chosen for no method. */
const TAU_THETA = 0.05;

/** A method at three learning rates, a factor of two or more apart. */
const atRates = (
  name: string,
  rates: readonly [number, number, number],
  method: Contender['method'],
  optimizer: (rate: number) => NonNullable<Contender['optimizer']>,
): readonly Contender[] =>
  rates.map((rate) => ({ name: `${name} ${rate}`, method, optimizer: optimizer(rate) }));

/** The rows of the table: each is the best of its grid. */
const entries: readonly (readonly Contender[])[] = [
  atRates('backprop, Nesterov', [0.05, 0.1, 0.2], backprop(), (rate) => nesterov(rate, MOMENTUM)),
  atRates('backprop, Adam', [5e-3, 1e-2, 2e-2], backprop(), (rate) => adam(rate)),
  atRates(
    'ProxProp exact, Nesterov',
    [0.5, 1, 2],
    proxprop({ tauTheta: TAU_THETA, solver: exact() }),
    (rate) => nesterov(rate, MOMENTUM),
  ),
  atRates(
    'ProxProp cg3, Adam',
    [1e-3, 3e-3, 1e-2],
    proxprop({ tauTheta: TAU_THETA, solver: cg(3) }),
    (rate) => adam(rate),
  ),
];

/** Seconds of training as a multiple of the first run's, which is backprop with as many steps. */
const timesFirst = (runs: readonly Run[], seconds: number): string => {
  const first = runs[0]?.epochs.at(-1)?.seconds ?? 0;
  return first > 0 ? (seconds / first).toFixed(1) : '';
};

const tableOf = (runs: readonly Run[]): string =>
  Report.table(
    ['method', 'epochs', 'seconds', 'a step, in steps of the first', 'training loss', 'test accuracy'],
    runs.map((run) => {
      const { name, epochs } = run;
      const last = epochs.at(-1);
      return [
        name,
        String(last?.epoch ?? 0),
        (last?.seconds ?? 0).toFixed(1),
        timesFirst(runs, last?.seconds ?? 0),
        lossOf(run),
        Report.percent(last?.testAccuracy),
      ];
    }),
  );

const compare = (contest: Contest): TE.TaskEither<ProxpropError, readonly Run[]> =>
  pipe(
    entries,
    TE.traverseSeqArray((grid) => chosen(contest, grid)),
  );

const profilesOf = (runs: readonly Run[]): string =>
  profileTable(
    runs.flatMap(({ name, profile }) => (profile === undefined ? [] : [[name, profile] as const])),
  );

const plotOf = (dataset: string, batch: number, runs: readonly Run[]) =>
  Report.lossPlot({
    title: `${dataset}, batch ${batch}: mean cross-entropy in training (log scale)`,
    lossTitle: 'training loss',
    logScale: true,
    series: runs.map(({ name, epochs }) => ({
      name,
      points: epochs.map(({ epoch, seconds, trainLoss }) => ({ epoch, seconds, loss: trainLoss })),
    })),
  });

runExample(
  {
    name: 'quickstart',
    description: 'ProxProp beside backprop: a 784-256-128-10 network on Fashion-MNIST.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(8),
      batch: options.batch(500),
      data: options.data(),
      profile: options.flag('where the time of the steps went'),
      out: options.out('quickstart'),
    },
  },
  ({ backend, threads, seed, epochs, batch, data: folder, profile, out }) =>
    holding(
      out,
      pipe(
        TE.fromIO(() => {
          console.log(`${net.name} on ${backend}, seed ${seed}`);
        }),
        TE.chain(() => started(backend, threads)),
        TE.bindTo('running'),
        TE.bind('data', () => fashionMnist(folder)),
        TE.bind('runs', ({ data }) => {
          const { name, train, test } = data;
          console.log(
            `${name}: ${train.count} training and ${test.count} test images, ${epochs} epochs, batch ${batch}`,
          );
          return compare({ ...contestOn(net, data, { epochs, batch, seed }), profile });
        }),
        TE.bind('plot', ({ data, runs }) => {
          console.log(`\n${tableOf(runs)}\n`);
          if (profile) console.log(`milliseconds of training by phase\n\n${profilesOf(runs)}\n`);
          return plotOf(data.name, batch, runs);
        }),
        TE.chain(({ running, data, runs, plot }) =>
          Report.writeFiles(out, {
            'loss.svg': plot.svg,
            'loss.png': plot.png,
            'summary.json': Report.summaryText(
              summaryOf('quickstart', { backend, threads: running.threads, seed }, data, runs),
            ),
          }),
        ),
        TE.map(() => {
          console.log(`wrote loss.svg, loss.png and summary.json to ${out}`);
        }),
      ),
    ),
);
