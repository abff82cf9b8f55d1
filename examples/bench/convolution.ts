/**
 * What convolutions cost:
 *
 *     npx ts-node examples/bench/convolution.ts
 *
 * The two gradients of a convolution beside its forward pass; and one training step of the ConvNet of Frerix et al.
 * (2018) by each method beside backprop's. All times are ratios within this run.
 */
import { sub, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import * as Rec from 'fp-ts/Record';
import {
  attempt,
  avgPool2d,
  backprop,
  cg,
  chain,
  conv2d,
  direction,
  type Example,
  exact,
  flatten,
  Key,
  linear,
  maxPool2d,
  type Method,
  nesterov,
  norm,
  Optimizer,
  orThrow,
  proxprop,
  record,
  relu,
  Report,
  routes,
  scope,
  softmaxCrossEntropy,
  toNumber,
  Tree,
} from '../../src';
import { options, runExample, startShown } from '../support/cli';
import { interleaved, ratio } from './measure';

const ROUNDS = 5;

interface Convolution {
  readonly image: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
}

/** The three of the ConvNet, and one that strides. */
const convolutions: readonly Convolution[] = [
  { image: 32, channels: 3, filters: 16, kernel: 5, stride: 1 },
  { image: 16, channels: 16, filters: 20, kernel: 5, stride: 1 },
  { image: 8, channels: 20, filters: 20, kernel: 5, stride: 1 },
  { image: 16, channels: 16, filters: 20, kernel: 3, stride: 2 },
];

/** A row: forward pass in milliseconds, and both gradients beside it. */
const gradientRow = (c: Convolution, batch: number): readonly string[] =>
  scope(() => {
    const { image, channels, filters, kernel, stride } = c;
    const layer = conv2d([image, image, channels], filters, kernel, { stride, padding: 'same' });
    const parameters = layer.init(Key.key(1));
    const x = Key.uniform(Key.key(2), [batch, ...layer.input], -1, 1);
    const recording = record(() => layer.forward(parameters, x));
    const dy = Key.uniform(Key.key(3), recording.value.shape, -1, 1);
    const times = interleaved(
      {
        forward: () => layer.forward(parameters, x),
        input: () => recording.pullback(dy, [x]),
        filter: () => recording.pullback(dy, [parameters.filter]),
      },
      ROUNDS,
    );
    recording.release();
    return [
      `${image}×${image}×${channels} → ${filters}, ${kernel}×${kernel}${stride === 1 ? '' : `, stride ${stride}`}`,
      times.forward.toFixed(1),
      ratio(times.input, times.forward),
      ratio(times.filter, times.forward),
    ];
  });

const convNet = chain(
  conv2d([32, 32, 3], 16, 5, { padding: 'same' }),
  relu([32, 32, 16]),
  maxPool2d([32, 32, 16], 2),
  conv2d([16, 16, 16], 20, 5, { padding: 'same' }),
  relu([16, 16, 20]),
  maxPool2d([16, 16, 20], 2),
  conv2d([8, 8, 20], 20, 5, { padding: 'same' }),
  relu([8, 8, 20]),
  maxPool2d([8, 8, 20], 2),
  flatten([4, 4, 20]),
  linear(320, 10),
);

type Parameters = ReturnType<typeof convNet.init>;

const TAU_THETA = 0.05;
const methods = {
  backprop: backprop(),
  cg3: proxprop({ tauTheta: TAU_THETA, solver: cg(3) }),
  cg10: proxprop({ tauTheta: TAU_THETA, solver: cg(10) }),
  exact: proxprop({ tauTheta: TAU_THETA, solver: exact() }),
  'exact, patches': proxprop({ tauTheta: TAU_THETA, solver: exact({ gram: 'patches' }) }),
  'exact, lags': proxprop({ tauTheta: TAU_THETA, solver: exact({ gram: 'lags' }) }),
};

/** Images whose neighbouring pixels agree, as those of real images do: independent ones would be too easy to solve. */
const exampleOf = (batch: number): Example => {
  const key = Key.key(4);
  const independent = Key.uniform(key, [batch, 32, 32, 3], 0, 1);
  return {
    input: avgPool2d([32, 32, 3], 5, { stride: 1, padding: 'same' }).forward({}, independent),
    target: tensor(
      Int32Array.from(Key.bits(Key.fold(key, 2), batch), (word) => word % 10),
      [batch],
      'int32',
    ),
  };
};

const directionOf = (method: Method, parameters: Parameters, example: Example): Parameters =>
  orThrow(direction(convNet, softmaxCrossEntropy, method)(parameters, example)).direction;

/** Forward, backward, implicit solves, and the update by Nesterov. */
const stepOf = (method: Method, parameters: Parameters, example: Example): number => {
  const optimizer = nesterov(0.1, 0.9);
  return scope(() => {
    const moved = directionOf(method, parameters, example);
    const state = Optimizer.initOptimizer(optimizer, parameters);
    const { update } = Optimizer.updateOptimizer(optimizer, moved, state, parameters);
    // Reading one number waits for all of it, on backends that run behind.
    return toNumber(sum(Tree.leaves(Optimizer.applyUpdate(parameters, update))[0] ?? tensor(0)));
  });
};

/** ‖a − b‖/‖b‖ */
const distance = (a: Tree.Tree, b: Tree.Tree): number =>
  scope(() => norm(Tree.zip((p: Tensor, q: Tensor) => sub(p, q))(a, b)) / norm(b));

runExample(
  {
    name: 'bench/convolution',
    description: 'Times of convolutions, and of steps of a convolutional network, as ratios.',
    options: { backend: options.backend(), threads: options.threads(), batch: options.batch(500) },
  },
  ({ backend, threads, batch }) =>
    async () => {
      const running = await startShown(backend, threads)();
      if (E.isLeft(running)) return running;
      return attempt(() => {
        console.log(`medians of ${ROUNDS} interleaved runs on ${backend}, batch ${batch}\n`);
        console.log(
          Report.table(
            ['convolution', 'forward, ms', 'gradient by input / forward', 'gradient by filter / forward'],
            convolutions.map((c) => gradientRow(c, batch)),
          ),
        );
        scope(() => {
          const parameters = convNet.init(Key.key(5));
          const example = exampleOf(batch);
          const times = interleaved(
            Rec.map((method: Method) => () => stepOf(method, parameters, example))(methods),
            ROUNDS,
          );
          console.log(`\none step of the ConvNet 16-20-20-10, backprop ${times.backprop.toFixed(0)} ms\n`);
          console.log(
            Report.table(
              ['method', 'time / backprop'],
              Object.entries(times).map(([name, time]) => [name, ratio(time, times.backprop)]),
            ),
          );
          const by = (method: Method): Parameters => directionOf(method, parameters, example);
          const apart = distance(by(methods['exact, lags']), by(methods['exact, patches']));
          console.log(`\nexact through lags and through patches differ by ${apart.toExponential(1)}\n`);
          console.log(
            Report.routes(orThrow(routes(convNet, softmaxCrossEntropy, methods.exact)(parameters, example))),
          );
          console.log(
            Report.routes(orThrow(routes(convNet, softmaxCrossEntropy, methods.cg3)(parameters, example))),
          );
        });
      });
    },
);
