/**
 * A network unrolled over time, by backprop, by ProxProp and by predictive coding:
 *
 *     npx ts-node examples/recurrent.ts
 *
 * A gated recurrent unit reads the 28 rows of images of Fashion-MNIST. All times share the parameters of the cell: backprop is
 * backpropagation through time, and ProxProp solves one ridge system of the rows of all times. Each method at the best of an
 * equal grid. Ends in a table, recurrent.svg and recurrent.png (J and accuracy over epochs and seconds) and summary.json.
 */
import * as E from 'fp-ts/Either';
import {
  adam,
  backprop,
  chain,
  type Examples,
  fashionMnist,
  gru,
  linear,
  predictiveCoding,
  proxprop,
  Report,
  reshape,
  sizeOf,
} from '../src';
import { options, runExample, startShown } from './support/cli';
import { best, contestOn, type Contender, type Run } from './support/contest';
import { holding } from './support/holding';
import { lossOf, percent, summaryOf } from './support/show';

const net = chain(reshape([784], [28, 28]), gru([28, 28], 32), linear(32, 10));

const RATES = [0.005, 0.01, 0.02] as const;

const grids: readonly (readonly Contender[])[] = [
  { name: 'backprop', method: backprop() },
  { name: 'ProxProp exact', method: proxprop({ tauTheta: 0.05 }) },
  { name: 'predictive coding', method: predictiveCoding({ stepSize: 0.2, steps: 5 }) },
].map(({ name, method }) =>
  RATES.map((rate) => ({ name: `${name}, Adam ${rate}`, method, optimizer: adam(rate) })),
);

/** The first of them. */
const first = (examples: Examples, images: number): Examples => {
  const count = Math.min(images, examples.count);
  const { shape, inputs, targets } = examples;
  return {
    ...examples,
    count,
    inputs: inputs.subarray(0, count * sizeOf(shape)),
    targets: targets.subarray(0, count),
  };
};

const tableOf = (runs: readonly Run[]): string =>
  Report.table(
    ['method', 'epochs', 'seconds', 'J', 'test loss', 'test accuracy'],
    runs.map((run) => {
      const last = run.epochs.at(-1);
      return [
        run.name,
        String(last?.epoch ?? 0),
        (last?.seconds ?? 0).toFixed(1),
        lossOf(run),
        (last?.testLoss ?? Number.NaN).toFixed(3),
        percent(last?.testAccuracy),
      ];
    }),
  );

const measure = (
  title: string,
  logScale: boolean,
  runs: readonly Run[],
  value: (epoch: Run['epochs'][number]) => number | null,
): Report.Measure => ({
  title,
  logScale,
  points: runs.flatMap(({ name, epochs }) =>
    epochs.map((at) => ({
      name,
      epoch: at.epoch,
      seconds: at.seconds,
      value: value(at) ?? Number.NaN,
    })),
  ),
});

runExample(
  {
    name: 'recurrent',
    description: 'Backprop and ProxProp through time, and predictive coding: a GRU over the rows of images.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(5),
      images: options.images(8000),
      batch: options.batch(200),
      data: options.data(),
      out: options.out('recurrent'),
    },
  },
  ({ backend, threads, seed, epochs, images, batch, data: folder, out }) =>
    holding(out, async () => {
      console.log(`${net.name} on ${backend}, seed ${seed}, ${epochs} epochs of ${images} images`);
      const running = await startShown(backend, threads)();
      if (E.isLeft(running)) return running;
      const data = await fashionMnist(folder)();
      if (E.isLeft(data)) return data;
      const whole = contestOn(net, data.right, { epochs, batch, seed });
      const contest = { ...whole, train: first(whole.train, images), test: first(whole.test, images) };
      const runs: Run[] = [];
      for (const grid of grids) {
        const run = await best(contest, grid);
        if (E.isLeft(run)) return run;
        runs.push(run.right);
      }
      console.log(`\n${tableOf(runs)}\n`);
      const plot = await Report.measuresPlot({
        title: `${data.right.name}: a GRU over 28 rows, each method at its best of three settings`,
        names: runs.map(({ name }) => name),
        measures: [
          measure('J in training (log scale)', true, runs, ({ trainLoss }) => trainLoss),
          measure('test accuracy', false, runs, ({ testAccuracy }) => testAccuracy ?? null),
        ],
      })();
      if (E.isLeft(plot)) return plot;
      const written = await Report.writeFiles(out, {
        'recurrent.svg': plot.right.svg,
        'recurrent.png': plot.right.png,
        'summary.json': Report.summaryText(
          summaryOf('recurrent', { backend, threads: running.right.threads, seed }, data.right, runs),
        ),
      })();
      if (E.isRight(written)) console.log(`wrote recurrent.svg, recurrent.png and summary.json to ${out}`);
      return written;
    }),
);
