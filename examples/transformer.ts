/**
 * Transformers by backprop and by ProxProp:
 *
 *     npx ts-node examples/transformer.ts
 *
 * Two networks of two blocks each: an encoder that reads the rows of an image as tokens, and a causal model that tells the next
 * character of a text, the changelog of this repository. Queries, keys, values, both layers of each block, norms and the embedding take
 * an exact implicit step each; a line says by which routes. Each method is at the best of six settings. Ends in a table,
 * and for each network a plot and a summary, rows.svg, rows.png, rows.json, characters.svg and so on.
 */
import * as E from 'fp-ts/Either';
import { type AnyChain, type Dataset, fashionMnist, firstExamples, Report } from '../src';
import { bestOfEach, besidePlot, columns, equalGrids, routesLine, rowsOf } from './support/beside';
import { changelogCharacters } from './support/characters';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { contestOn } from '../src/experiment';
import { holding } from './support/holding';
import { characterTransformer, CONTEXT, rowTransformer } from './support/networks';
import { summaryOf } from './support/show';

const TAU_THETA = 0.05;

const grids = equalGrids(TAU_THETA, {
  backprop: { nesterov: [0.05, 0.1, 0.2], adam: [0.001, 0.003, 0.01] },
  proxprop: { nesterov: [0.5, 1, 2], adam: [0.001, 0.003, 0.01] },
});

runExample(
  {
    name: 'transformer',
    description: 'Train two transformers, on rows of images and on characters, by backprop and by ProxProp.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(3),
      examples: options.examples(4000),
      batch: options.batch(100),
      data: options.data(),
      out: options.out('transformer'),
    },
  },
  ({ backend, threads, seed, epochs, examples, batch, data: folder, out }) =>
    holding(out, async () => {
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      const all = await fashionMnist(folder)();
      if (E.isLeft(all)) return all;
      const images = firstExamples(all.right, { train: examples, test: Math.ceil(examples / 4) });
      if (E.isLeft(images)) return images;
      const text = await changelogCharacters(CONTEXT, examples)();
      if (E.isLeft(text)) return text;
      const tasks: readonly { readonly name: string; readonly net: AnyChain; readonly data: Dataset }[] = [
        { name: 'rows', net: rowTransformer(), data: images.right },
        { name: 'characters', net: characterTransformer(text.right.classes), data: text.right },
      ];
      const settings = { backend, threads: running.right.threads, seed };
      const files: Record<string, string | Uint8Array> = {};
      const rows: (readonly string[])[] = [];
      for (const { name, net, data } of tasks) {
        const contest = contestOn(net, data, { epochs, batch, seed });
        const line = routesLine(contest, TAU_THETA);
        if (E.isLeft(line)) return line;
        console.log(`${name}: ProxProp's steps on ${net.layers.length} layers: ${line.right}`);
        const runs = await bestOfEach(contest, grids);
        if (E.isLeft(runs)) return runs;
        rows.push(...rowsOf(name, runs.right));
        const plot = await besidePlot(`${data.name}: each method at its best of six settings`, runs.right)();
        if (E.isLeft(plot)) return plot;
        files[`${name}.svg`] = plot.right.svg;
        files[`${name}.png`] = plot.right.png;
        files[`${name}.json`] = Report.summaryText(
          summaryOf(`transformer, ${name}`, settings, data, runs.right),
        );
      }
      console.log(`\n${Report.table(columns, rows)}\n`);
      const written = await Report.writeFiles(out, files)();
      if (E.isRight(written)) console.log(`wrote a plot and a summary of each network to ${out}`);
      return written;
    }),
);
