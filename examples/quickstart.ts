/**
 * ProxProp beside backprop, on real images, in one command:
 *
 *     npm start
 *
 * A 784-256-128-10 ReLU network on Fashion-MNIST, trained by backprop with Nesterov and with Adam, each at the
 * best of three learning rates, and by ProxProp, exact with Nesterov and by three CG iterations with Adam. Ends
 * in a table, loss.svg, loss.png and summary.json.
 */
import * as E from 'fp-ts/Either';
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
import { best, contestOn, type Contender, type Contest, type ContestRun as Run } from '../src/experiment';
import { lossOf, profileTable, summaryOf } from './support/show';

const net = chain(linear(784, 256), relu(256), linear(256, 128), relu(128), linear(128, 10));

/** Learning rates around the best, a factor of two or more apart. */
const NESTEROV_RATES = [0.05, 0.1, 0.2] as const;
const ADAM_RATES = [5e-3, 1e-2, 2e-2] as const;
const MOMENTUM = 0.95;

/** The rows of the table: each is the best of its grid. */
const entries: readonly (readonly Contender[])[] = [
  NESTEROV_RATES.map((rate) => ({
    name: `backprop, Nesterov ${rate}`,
    method: backprop(),
    optimizer: nesterov(rate, MOMENTUM),
  })),
  ADAM_RATES.map((rate) => ({
    name: `backprop, Adam ${rate}`,
    method: backprop(),
    optimizer: adam(rate),
  })),
  [
    {
      name: 'ProxProp exact, Nesterov 1',
      method: proxprop({ tauTheta: 0.05, solver: exact() }),
      optimizer: nesterov(1, MOMENTUM),
    },
  ],
  [
    {
      name: 'ProxProp cg3, Adam 0.001',
      method: proxprop({ tauTheta: 0.05, solver: cg(3) }),
      optimizer: adam(1e-3),
    },
  ],
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

const compare = async (contest: Contest): Promise<E.Either<ProxpropError, readonly Run[]>> => {
  const runs: Run[] = [];
  for (const grid of entries) {
    const run = await best(contest, grid);
    if (E.isLeft(run)) return run;
    runs.push(run.right);
  }
  return E.right(runs);
};

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
    holding(out, async () => {
      console.log(`${net.name} on ${backend}, seed ${seed}`);
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      const data = await fashionMnist(folder)();
      if (E.isLeft(data)) return data;
      const { train, test, name } = data.right;
      console.log(
        `${name}: ${train.count} training and ${test.count} test images, ${epochs} epochs, batch ${batch}`,
      );
      const runs = await compare({ ...contestOn(net, data.right, { epochs, batch, seed }), profile });
      if (E.isLeft(runs)) return runs;
      console.log(`\n${tableOf(runs.right)}\n`);
      if (profile)
        console.log(
          `milliseconds of training by phase\n\n${profileTable(
            runs.right.flatMap((run) =>
              run.profile === undefined ? [] : [[run.name, run.profile] as const],
            ),
          )}\n`,
        );
      const plot = await Report.lossPlot({
        title: `${name}, batch ${batch}: mean cross-entropy in training (log scale)`,
        lossTitle: 'training loss',
        logScale: true,
        series: runs.right.map((run) => ({
          name: run.name,
          points: run.epochs.map(({ epoch, seconds, trainLoss }) => ({ epoch, seconds, loss: trainLoss })),
        })),
      })();
      if (E.isLeft(plot)) return plot;
      const written = await Report.writeFiles(out, {
        'loss.svg': plot.right.svg,
        'loss.png': plot.right.png,
        'summary.json': Report.summaryText(
          summaryOf('quickstart', { backend, threads: running.right.threads, seed }, data.right, runs.right),
        ),
      })();
      if (E.isRight(written)) console.log(`wrote loss.svg, loss.png and summary.json to ${out}`);
      return written;
    }),
);
