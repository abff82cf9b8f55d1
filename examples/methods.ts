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
import * as E from 'fp-ts/Either';
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
    holding(out, async () => {
      console.log(`${net.name} on ${backend}, seed ${seed}, ${seconds} s or ${epochs} epochs for each run`);
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      const data = await fashionMnist(folder)();
      if (E.isLeft(data)) return data;
      const contest = { ...contestOn(net, data.right, { epochs, batch, seed }), seconds, energies: true };
      const runs: Run[] = [];
      for (const grid of methodGrids) {
        const run = await best(contest, grid);
        if (E.isLeft(run)) return run;
        runs.push(run.right);
      }
      console.log(`\n${tableOf(runs)}\n`);
      const plot = await Report.measuresPlot({
        title: `${data.right.name}: every method for ${seconds} s, at its best of three settings`,
        names: runs.map(({ name }) => name),
        measures: [
          measureOf('E (log scale)', true, runs, ({ epochs: done, energies }, i) =>
            i === 0 ? done[0]?.trainLoss : energies[i - 1],
          ),
          measureOf('J in training (log scale)', true, runs, ({ epochs: done }, i) => done[i]?.trainLoss),
          measureOf('test accuracy', false, runs, ({ epochs: done }, i) => done[i]?.testAccuracy),
        ],
      })();
      if (E.isLeft(plot)) return plot;
      const written = await Report.writeFiles(out, {
        'methods.svg': plot.right.svg,
        'methods.png': plot.right.png,
        'summary.json': Report.summaryText(
          summaryOf('methods', { backend, threads: running.right.threads, seed }, data.right, runs),
        ),
      })();
      if (E.isRight(written)) console.log(`wrote methods.svg, methods.png and summary.json to ${out}`);
      return written;
    }),
);
