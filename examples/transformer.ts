/**
 * Transformers by backprop and by ProxProp:
 *
 *     npx ts-node examples/transformer.ts
 *
 * Two networks of two blocks each: an encoder that reads the rows of an image as tokens, and a causal model that tells the next
 * character of a text, a changelog. Queries, keys, values, both layers of each block, norms and the embedding take
 * an exact implicit step each; a line says by which routes. Each method is at the best of six settings. Ends in a table,
 * and for each network a plot and a summary, rows.svg, rows.png, rows.json, characters.svg and so on.
 */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type AnyChain, type Dataset, fashionMnist, firstExamples, Report } from '../src';
import { bestOfEach, besidePlot, columns, equalGrids, routesLine, rowsOf } from './support/beside';
import { textCharacters } from './support/characters';
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

interface Task {
  readonly name: string;
  readonly net: AnyChain;
  readonly data: Dataset;
}

/** Both methods on one network: the rows of the table, and the files. */
const trained = (
  { name, net, data }: Task,
  counts: Parameters<typeof contestOn>[2],
  settings: Parameters<typeof summaryOf>[1],
) => {
  const contest = contestOn(net, data, counts);
  return pipe(
    TE.fromEither(routesLine(contest, TAU_THETA)),
    TE.chain((line) => {
      console.log(`${name}: ProxProp's steps on ${net.layers.length} layers: ${line}`);
      return bestOfEach(contest, grids);
    }),
    TE.bindTo('runs'),
    TE.bind('plot', ({ runs }) => besidePlot(`${data.name}: each method at its best of six settings`, runs)),
    TE.map(({ runs, plot }) => ({
      rows: rowsOf(name, runs),
      files: [
        [`${name}.svg`, plot.svg],
        [`${name}.png`, plot.png],
        [`${name}.json`, Report.summaryText(summaryOf(`transformer, ${name}`, settings, data, runs))],
      ] as const,
    })),
  );
};

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
    holding(
      out,
      pipe(
        started(backend, threads),
        TE.bindTo('running'),
        TE.bind('all', () => fashionMnist(folder)),
        TE.bind('images', ({ all }) =>
          TE.fromEither(firstExamples(all, { train: examples, test: Math.ceil(examples / 4) })),
        ),
        TE.bind('text', () => textCharacters(CONTEXT, examples)),
        TE.bind('shown', ({ running, images, text }) => {
          const settings = { backend, threads: running.threads, seed };
          const tasks: readonly Task[] = [
            { name: 'rows', net: rowTransformer(), data: images },
            { name: 'characters', net: characterTransformer(text.classes), data: text },
          ];
          return pipe(
            tasks,
            TE.traverseSeqArray((task) => trained(task, { epochs, batch, seed }, settings)),
          );
        }),
        TE.chain(({ shown }) => {
          console.log(
            `\n${Report.table(
              columns,
              shown.flatMap(({ rows }) => rows),
            )}\n`,
          );
          return Report.writeFiles(
            out,
            Object.fromEntries<string | Uint8Array>(shown.flatMap(({ files }) => files)),
          );
        }),
        TE.map(() => {
          console.log(`wrote a plot and a summary of each network to ${out}`);
        }),
      ),
    ),
);
