/**
 * Your own layer is a forward function. Gradients, backprop, the implicit step, the laws and all backends follow:
 *
 *     npx ts-node examples/own-layer.ts
 *
 * Three layers, the laws on each of them, and a chain of all three trained by ProxProp. `own-layer.md` walks through it.
 */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { add, exp, gather, matMul, mul, neg, square, sum, tensor } from '@tensorflow/tfjs-core';
import {
  adam,
  backprop,
  cg,
  chain,
  fashionMnist,
  Key,
  layer,
  linear,
  proxprop,
  Report,
  routes,
  scope,
  tanh,
} from '../src';
import { checkLayer, layerTable } from '../laws';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { competeAll, contestOn, firstBatch, type Contender } from '../src/experiment';
import { holding } from './support/holding';
import { resultTable, summaryOf } from './support/show';

/** y = x·C, C_ji = c[(i − j) mod n]: a dense layer with n weights instead of n², and affine in them. */
const circulant = (n: number) => {
  const places = Int32Array.from({ length: n * n }, (_, k) => ((k % n) - Math.floor(k / n) + n) % n);
  return layer({
    name: 'circulant',
    input: [n],
    output: [n],
    init: (key) => ({ c: Key.uniform(key, [n], -1 / Math.sqrt(n), 1 / Math.sqrt(n)) }),
    affine: true,
    forward: ({ c }, x) => matMul(x, gather(c, tensor(places, [n, n], 'int32'))),
  });
};

/** y = (x·U)·V + b with `rank` columns in U: affine in U, in V, and in b, but not in all of them together. */
const lowRank = (inputs: number, outputs: number, rank: number) =>
  layer({
    name: 'lowRank',
    input: [inputs],
    output: [outputs],
    init: (key) => ({
      u: Key.uniform(Key.fold(key, 0), [inputs, rank], -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs)),
      v: Key.uniform(Key.fold(key, 1), [rank, outputs], -1 / Math.sqrt(rank), 1 / Math.sqrt(rank)),
      bias: Key.uniform(Key.fold(key, 2), [outputs], -0.1, 0.1),
    }),
    forward: ({ u, v, bias }, x) => add(matMul(matMul(x, u), v), bias),
  });

/** y_k = exp(−e^{s_k}·‖x − c_k‖²): radial basis functions, nonlinear in centres and widths. */
const radialBasis = (inputs: number, units: number) =>
  layer({
    name: 'radialBasis',
    input: [inputs],
    output: [units],
    init: (key) => ({
      centres: Key.uniform(Key.fold(key, 0), [units, inputs], -0.5, 0.5),
      logWidths: Key.uniform(Key.fold(key, 1), [units], -3, -2),
    }),
    forward: ({ centres, logWidths }, x) => {
      const cross = mul(matMul(x, centres, false, true), -2);
      const distances = add(add(cross, sum(square(x), 1, true)), sum(square(centres), 1));
      return exp(neg(mul(exp(logWidths), distances)));
    },
  });

const net = chain(
  lowRank(784, 64, 16),
  tanh(64),
  circulant(64),
  tanh(64),
  radialBasis(64, 64),
  linear(64, 10),
);

/** A row of the table each: small ones, as the laws differentiate them by differences too. */
const cases = [
  { name: 'circulant', make: () => circulant(4) },
  { name: 'lowRank', make: () => lowRank(3, 2, 1) },
  { name: 'radialBasis', make: () => radialBasis(2, 2) },
];

const proximal = proxprop({ tauTheta: 0.05, solver: cg(3) });

const contenders: readonly Contender[] = [
  { name: 'backprop', method: backprop(), optimizer: adam(0.005) },
  { name: 'ProxProp cg3', method: proximal, optimizer: adam(0.005) },
];

runExample(
  {
    name: 'own-layer',
    description: 'Write layers of your own, put them under the laws, and train with them.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(2),
      batch: options.batch(200),
      data: options.data(),
      out: options.out('own-layer'),
    },
  },
  ({ backend, threads, seed, epochs, batch, data: folder, out }) =>
    holding(
      out,
      pipe(
        started(backend, threads),
        TE.bindTo('running'),
        TE.tapIO(() => () => {
          const reports = cases.map((c) => checkLayer(c, { numRuns: 20, seed }));
          console.log(`laws, cases run, on ${backend}:\n${layerTable(reports)}\n`);
        }),
        TE.bind('data', () => fashionMnist(folder)),
        TE.let('contest', ({ data }) => contestOn(net, data, { epochs, batch, seed })),
        TE.bind('taken', ({ contest }) =>
          TE.fromEither(
            scope(() => routes(net, contest.loss, proximal)(net.init(contest.key), firstBatch(contest))),
          ),
        ),
        TE.bind('runs', ({ contest, taken }) => {
          console.log(`one step of ${proximal.name}:\n${Report.routes(taken)}\n`);
          return competeAll(contest, contenders);
        }),
        TE.chain(({ running, data, runs }) => {
          console.log(`\n${resultTable('method', runs)}`);
          const settings = { backend, threads: running.threads, seed };
          return Report.writeSummary(out, summaryOf('own-layer', settings, data, runs));
        }),
      ),
    ),
);
