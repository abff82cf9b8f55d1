/**
 * A pre-activation ResNet by backprop and by ProxProp:
 *
 *     npx ts-node examples/resnet.ts
 *
 * Three residual blocks with group normalisation on Fashion-MNIST. Each convolution and each norm inside them takes an exact
 * implicit step of its own; the first line says by which routes. Each method is at the best of six settings. Ends in a table,
 * resnet.svg, resnet.png and summary.json.
 */
import * as E from 'fp-ts/Either';
import { fashionMnist, firstExamples, Report } from '../src';
import { bestOfEach, besidePlot, columns, equalGrids, routesLine, rowsOf } from './support/beside';
import { options, runExample, startShown } from './support/cli';
import { contestOn } from './support/contest';
import { holding } from './support/holding';
import { resNet } from './support/networks';
import { summaryOf } from './support/show';

const TAU_THETA = 0.05;

const grids = equalGrids(TAU_THETA, {
  backprop: { nesterov: [0.05, 0.1, 0.2], adam: [0.003, 0.01, 0.03] },
  proxprop: { nesterov: [0.5, 1, 2], adam: [0.003, 0.01, 0.03] },
});

runExample(
  {
    name: 'resnet',
    description: 'Train a pre-activation ResNet by backprop and by ProxProp.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(3),
      examples: options.examples(4000),
      batch: options.batch(100),
      data: options.data(),
      out: options.out('resnet'),
    },
  },
  ({ backend, threads, seed, epochs, examples, batch, data: folder, out }) =>
    holding(out, async () => {
      const running = await startShown(backend, threads)();
      if (E.isLeft(running)) return running;
      const all = await fashionMnist(folder)();
      if (E.isLeft(all)) return all;
      const data = firstExamples(all.right, { train: examples, test: Math.ceil(examples / 4) });
      if (E.isLeft(data)) return data;
      const contest = contestOn(resNet(), data.right, { epochs, batch, seed });
      const line = routesLine(contest, TAU_THETA);
      if (E.isLeft(line)) return line;
      console.log(`ProxProp's steps on ${contest.net.layers.length} layers: ${line.right}`);
      const runs = await bestOfEach(contest, grids);
      if (E.isLeft(runs)) return runs;
      console.log(`\n${Report.table(columns, rowsOf('ResNet', runs.right))}\n`);
      const plot = await besidePlot(
        'A pre-activation ResNet, each method at its best of six settings',
        runs.right,
      )();
      if (E.isLeft(plot)) return plot;
      const written = await Report.writeFiles(out, {
        'resnet.svg': plot.right.svg,
        'resnet.png': plot.right.png,
        'summary.json': Report.summaryText(
          summaryOf('resnet', { backend, threads: running.right.threads, seed }, data.right, runs.right),
        ),
      })();
      if (E.isRight(written)) console.log(`wrote resnet.svg, resnet.png and summary.json to ${out}`);
      return written;
    }),
);
