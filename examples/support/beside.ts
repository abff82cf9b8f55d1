/** Backprop beside ProxProp on one network: equal grids, a table, and a plot over epochs and seconds. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import {
  adam,
  type AnyChain,
  backprop,
  dispose,
  exact,
  fashionMnist,
  firstExamples,
  type LinkRoute,
  nesterov,
  proxprop,
  type ProxpropError,
  Report,
  routes,
} from '../../src';
import { started } from '../../cli/show';
import { options, runExample } from './cli';
import {
  best,
  type Contender,
  type Contest,
  contestOn,
  firstBatch,
  type ContestRun as Run,
} from '../../src/experiment';
import { holding } from './holding';
import { lossOf, measureOf, summaryOf } from './show';

/** Learning rates of six contenders: three by Adam and three by Nesterov's momentum. */
export interface Rates {
  readonly adam: readonly number[];
  readonly nesterov: readonly number[];
}

const MOMENTUM = 0.9;

const exactProxprop = (tauTheta: number) => proxprop({ tauTheta, solver: exact() });

/** Six settings of backprop, and as many of exact ProxProp. */
export const equalGrids = (
  tauTheta: number,
  rates: { readonly backprop: Rates; readonly proxprop: Rates },
): readonly (readonly Contender[])[] =>
  [
    { name: 'backprop', method: backprop(), own: rates.backprop },
    { name: 'ProxProp exact', method: exactProxprop(tauTheta), own: rates.proxprop },
  ].map(({ name, method, own }) => [
    ...own.nesterov.map((rate) => ({
      name: `${name}, Nesterov ${rate}`,
      method,
      optimizer: nesterov(rate, MOMENTUM),
    })),
    ...own.adam.map((rate) => ({ name: `${name}, Adam ${rate}`, method, optimizer: adam(rate) })),
  ]);

/** How many links ProxProp solves by each route. */
export const routesLine = (contest: Contest, tauTheta: number): E.Either<ProxpropError, string> => {
  const { net, loss, key } = contest;
  const batch = firstBatch(contest);
  const parameters = net.init(key);
  const found = routes(net, loss, exactProxprop(tauTheta))(parameters, batch);
  dispose(batch.input, batch.target, parameters);
  return E.map((taken: readonly LinkRoute[]) => {
    const counts = new Map<string, number>();
    for (const { step, solve } of taken) {
      const way = solve === undefined ? step : solve.route;
      counts.set(way, (counts.get(way) ?? 0) + 1);
    }
    return [...counts].map(([way, count]) => `${count} ${way}`).join(', ');
  })(found);
};

/** The best of each grid. */
export const bestOfEach = (
  contest: Contest,
  grids: readonly (readonly Contender[])[],
): TE.TaskEither<ProxpropError, readonly Run[]> =>
  pipe(
    grids,
    TE.traverseSeqArray((grid) => best(contest, grid)),
  );

/** How the runs on one network ended, a row each; seconds are those of training. */
export const rowsOf = (network: string, runs: readonly Run[]): readonly (readonly string[])[] =>
  runs.map((run) => {
    const { name, epochs } = run;
    const last = epochs.at(-1);
    return [
      network,
      name,
      (epochs[0]?.trainLoss ?? Number.NaN).toFixed(3),
      lossOf(run),
      (last?.testLoss ?? Number.NaN).toFixed(3),
      Report.percent(last?.testAccuracy),
      (last?.seconds ?? 0).toFixed(1),
    ];
  });

export const columns = [
  'network',
  'method',
  'loss before',
  'loss after',
  'test loss',
  'test accuracy',
  'seconds',
] as const;

/** Training loss and accuracy of runs over epochs and seconds. */
export const besidePlot = (title: string, runs: readonly Run[]): ReturnType<typeof Report.measuresPlot> =>
  Report.measuresPlot({
    title,
    names: runs.map(({ name }) => name),
    measures: [
      measureOf('training loss (log scale)', true, runs, ({ epochs }, i) => epochs[i]?.trainLoss),
      measureOf('test accuracy', false, runs, ({ epochs }, i) => epochs[i]?.testAccuracy),
    ],
  });

/** An example that trains one network on images of Fashion-MNIST. */
interface ImagesExample {
  readonly name: string;
  readonly description: string;
  /** The network in the table. */
  readonly network: string;
  readonly net: () => AnyChain;
  readonly tauTheta: number;
  /** Of each the best is shown. */
  readonly grids: readonly (readonly Contender[])[];
  readonly epochs: number;
  readonly examples: number;
  readonly batch: number;
}

/** Runs it: ends in a table, a plot as SVG and PNG under the example's name, and summary.json. */
export const runImagesExample = (example: ImagesExample): void => {
  const { name, description, network, tauTheta, grids } = example;
  runExample(
    {
      name,
      description,
      options: {
        backend: options.backend(),
        threads: options.threads(),
        seed: options.seed(),
        epochs: options.epochs(example.epochs),
        examples: options.examples(example.examples),
        batch: options.batch(example.batch),
        data: options.data(),
        out: options.out(name),
      },
    },
    ({ backend, threads, seed, epochs, examples, batch, data: folder, out }) =>
      holding(
        out,
        pipe(
          started(backend, threads),
          TE.bindTo('running'),
          TE.bind('all', () => fashionMnist(folder)),
          TE.bind('data', ({ all }) => {
            const test = Math.min(all.test.count, Math.ceil(examples / 4));
            return TE.fromEither(firstExamples(all, { train: examples, test }));
          }),
          TE.let('contest', ({ data }) => contestOn(example.net(), data, { epochs, batch, seed })),
          TE.bind('line', ({ contest }) => TE.fromEither(routesLine(contest, tauTheta))),
          TE.bind('runs', ({ contest, line }) => {
            console.log(`${network} on ${backend}, seed ${seed}; links of ProxProp by their steps: ${line}`);
            return bestOfEach(contest, grids);
          }),
          TE.bind('plot', ({ data, runs }) => {
            console.log(`\n${Report.table(columns, rowsOf(network, runs))}\n`);
            const settings = grids[0]?.length ?? 0;
            return besidePlot(
              `${network} on ${data.name}: each method at its best of ${settings} settings`,
              runs,
            );
          }),
          TE.chain(({ running, data, runs, plot }) =>
            Report.writeFiles(out, {
              [`${name}.svg`]: plot.svg,
              [`${name}.png`]: plot.png,
              'summary.json': Report.summaryText(
                summaryOf(name, { backend, threads: running.threads, seed }, data, runs),
              ),
            }),
          ),
          TE.map(() => {
            console.log(`wrote ${name}.svg, ${name}.png and summary.json to ${out}`);
          }),
        ),
      ),
  );
};
