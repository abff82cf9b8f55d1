/** Backprop beside ProxProp on one network: equal grids, a table, and a plot over epochs and seconds. */
import * as E from 'fp-ts/Either';
import { adam, backprop, exact, nesterov, proxprop, type ProxpropError, Report, routes } from '../../src';
import { best, type Contender, type Contest, firstBatch, type Run } from './contest';
import { lossOf, percent } from './show';

/** Learning rates of six contenders: three by Adam and three by Nesterov's momentum. */
export interface Rates {
  readonly adam: readonly number[];
  readonly nesterov: readonly number[];
}

const MOMENTUM = 0.9;

/** Exact ProxProp, by the step that its inverse metric makes of one of backprop's: τ_θ is that of the whole network. */
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
  for (const tensor of [batch.input, batch.target]) tensor.dispose();
  if (E.isLeft(found)) return found;
  const counts = new Map<string, number>();
  for (const { step, solve } of found.right) {
    const way = solve === undefined ? step : solve.route;
    counts.set(way, (counts.get(way) ?? 0) + 1);
  }
  return E.right([...counts].map(([way, count]) => `${count} ${way}`).join(', '));
};

/** The best of each grid. */
export const bestOfEach = async (
  contest: Contest,
  grids: readonly (readonly Contender[])[],
): Promise<E.Either<ProxpropError, readonly Run[]>> => {
  const runs: Run[] = [];
  for (const grid of grids) {
    const run = await best(contest, grid);
    if (E.isLeft(run)) return run;
    runs.push(run.right);
  }
  return E.right(runs);
};

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
      percent(last?.testAccuracy),
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
export const besidePlot = (title: string, runs: readonly Run[]): ReturnType<typeof Report.measuresPlot> => {
  const measure = (
    name: string,
    logScale: boolean,
    value: (run: Run, i: number) => number | null | undefined,
  ): Report.Measure => ({
    title: name,
    logScale,
    points: runs.flatMap((run) =>
      run.epochs.map(({ epoch, seconds }, i) => ({
        name: run.name,
        epoch,
        seconds,
        value: value(run, i) ?? Number.NaN,
      })),
    ),
  });
  return Report.measuresPlot({
    title,
    names: runs.map(({ name }) => name),
    measures: [
      measure('training loss (log scale)', true, ({ epochs }, i) => epochs[i]?.trainLoss),
      measure('test accuracy', false, ({ epochs }, i) => epochs[i]?.testAccuracy),
    ],
  });
};
