/**
 * Six algorithms on one energy, and a seventh made of their parts:
 *
 *     npx ts-node examples/methods.ts
 *
 * A dense ReLU network on Fashion-MNIST, trained by every method with the same budget of seconds, each at the best of
 * three settings; a bound of epochs may be set too. Ends in a table, methods.svg and methods.png (E, J and accuracy over
 * epochs and seconds) and summary.json. ADMM and block coordinate descent run over all examples at once, an epoch being
 * a sweep.
 */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { chain, fashionMnist, linear, relu, Report } from '../src';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { holding } from './support/holding';
import { best, contestOn, type ContestRun as Run } from '../src/experiment';
import { methodGrids } from './support/methods';
import { lossOf, measureOf, summaryOf } from './support/show';

const net = chain(linear(784, 64), relu(64), linear(64, 10));

const tableOf = (runs: readonly Run[]): string =>
  Report.table(
    ['method', 'epochs', 'seconds', 'E', 'J', 'test loss', 'test accuracy'],
    runs.map((run) => {
      const { name, epochs, energies } = run;
      const last = epochs.at(-1);
      return [
        name,
        String(last?.epoch ?? 0),
        (last?.seconds ?? 0).toFixed(1),
        energies.at(-1)?.toFixed(3) ?? '',
        lossOf(run),
        (last?.testLoss ?? Number.NaN).toFixed(3),
        Report.percent(last?.testAccuracy),
      ];
    }),
  );

const plotOf = (title: string, runs: readonly Run[]) =>
  Report.measuresPlot({
    title,
    names: runs.map(({ name }) => name),
    measures: [
      measureOf('E (log scale)', true, runs, ({ epochs: done, energies }, i) =>
        i === 0 ? done[0]?.trainLoss : energies[i - 1],
      ),
      measureOf('J in training (log scale)', true, runs, ({ epochs: done }, i) => done[i]?.trainLoss),
      measureOf('test accuracy', false, runs, ({ epochs: done }, i) => done[i]?.testAccuracy),
    ],
  });

runExample(
  {
    name: 'methods',
    description:
      'Backprop, ProxProp, predictive coding, MAC, ADMM and block coordinate descent on Fashion-MNIST.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      seconds: options.seconds(7),
      epochs: options.epochs(1000),
      batch: options.batch(200),
      data: options.data(),
      out: options.out('methods'),
    },
  },
  ({ backend, threads, seed, seconds, epochs, batch, data: folder, out }) =>
    holding(
      out,
      pipe(
        TE.fromIO(() => {
          console.log(
            `${net.name} on ${backend}, seed ${seed}, ${seconds} s or ${epochs} epochs for each run`,
          );
        }),
        TE.chain(() => started(backend, threads)),
        TE.bindTo('running'),
        TE.bind('data', () => fashionMnist(folder)),
        TE.bind('runs', ({ data }) => {
          const contest = { ...contestOn(net, data, { epochs, batch, seed }), seconds, energies: true };
          return pipe(
            methodGrids,
            TE.traverseSeqArray((grid) => best(contest, grid)),
          );
        }),
        TE.bind('plot', ({ data, runs }) => {
          console.log(`\n${tableOf(runs)}\n`);
          return plotOf(`${data.name}: every method for ${seconds} s, at its best of three settings`, runs);
        }),
        TE.chain(({ running, data, runs, plot }) =>
          Report.writeFiles(out, {
            'methods.svg': plot.svg,
            'methods.png': plot.png,
            'summary.json': Report.summaryText(
              summaryOf('methods', { backend, threads: running.threads, seed }, data, runs),
            ),
          }),
        ),
        TE.map(() => {
          console.log(`wrote methods.svg, methods.png and summary.json to ${out}`);
        }),
      ),
    ),
);
