/**
 * Blocks of today's networks under implicit steps:
 *
 *     npx ts-node examples/blocks.ts
 *
 * A self-attention block and a residual block, trained by backprop and by ProxProp for 50 steps, one epoch, each at the
 * best of a small grid. Both blocks show what they are made of: each linear map inside takes an implicit step of its own.
 */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import {
  adam,
  type AnyChain,
  backprop,
  cg,
  chain,
  conv1d,
  fashionMnist,
  flatten,
  linear,
  nesterov,
  proxprop,
  relu,
  Report,
  reshape,
  residual,
  selfAttention,
  tanh,
} from '../src';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { best, contestOn, type Contender, type ContestRun as Run } from '../src/experiment';
import { holding } from './support/holding';
import { lossOf, summaryOf } from './support/show';

/** The rows of an image are a sequence, and each attends to all. */
const attention = chain(
  reshape([784], [28, 28]),
  conv1d([28, 28], 16, 1),
  residual(selfAttention(28, 16, { heads: 2 })),
  flatten([28, 16]),
  linear(448, 10),
);

const skipping = chain(
  linear(784, 64),
  relu(64),
  residual(chain(linear(64, 64), tanh(64), linear(64, 64))),
  linear(64, 10),
);

const nets: readonly { readonly name: string; readonly net: AnyChain }[] = [
  { name: 'self-attention', net: attention },
  { name: 'residual', net: skipping },
];

const ADAM_RATES = [0.01, 0.02, 0.04] as const;

const grids: readonly (readonly Contender[])[] = [
  [
    ...[0.05, 0.1, 0.2].map((rate) => ({
      name: `backprop, Nesterov ${rate}`,
      method: backprop(),
      optimizer: nesterov(rate, 0.9),
    })),
    ...ADAM_RATES.map((rate) => ({
      name: `backprop, Adam ${rate}`,
      method: backprop(),
      optimizer: adam(rate),
    })),
  ],
  ADAM_RATES.map((rate) => ({
    name: `ProxProp cg3, Adam ${rate}`,
    method: proxprop({ tauTheta: 0.05, solver: cg(3) }),
    optimizer: adam(rate),
  })),
];

/** What a run lowered the training loss from and to. */
const rowOf = (net: string, run: Run): readonly string[] => {
  const { name, epochs } = run;
  const [first, last] = [epochs[0], epochs.at(-1)];
  return [
    net,
    name,
    (first?.trainLoss ?? Number.NaN).toFixed(3),
    lossOf(run),
    Report.percent(last?.testAccuracy),
    (last?.seconds ?? 0).toFixed(1),
  ];
};

const HEADER = ['block', 'method', 'loss before', 'loss after', 'test accuracy', 'seconds'] as const;

runExample(
  {
    name: 'blocks',
    description: 'Train a self-attention block and a residual block by backprop and by ProxProp.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(1),
      // 8000 examples: 50 steps.
      batch: options.batch(160),
      data: options.data(),
      out: options.out('blocks'),
    },
  },
  ({ backend, threads, seed, epochs, batch, data: folder, out }) =>
    holding(
      out,
      pipe(
        started(backend, threads),
        TE.bindTo('running'),
        TE.bind('data', () => fashionMnist(folder)),
        TE.bind('runs', ({ data }) =>
          pipe(
            nets.flatMap(({ name, net }) => grids.map((grid) => ({ name, net, grid }))),
            TE.traverseSeqArray(({ name, net, grid }) =>
              pipe(
                best(contestOn(net, data, { epochs, batch, seed }), grid),
                TE.map((run) => ({ block: name, run })),
              ),
            ),
          ),
        ),
        TE.chain(({ running, data, runs }) => {
          console.log(
            `\n${Report.table(
              HEADER,
              runs.map(({ block, run }) => rowOf(block, run)),
            )}`,
          );
          const named = runs.map(({ block, run }) => ({ ...run, name: `${block}, ${run.name}` }));
          const settings = { backend, threads: running.threads, seed };
          return Report.writeSummary(out, summaryOf('blocks', settings, data, named));
        }),
      ),
    ),
);
