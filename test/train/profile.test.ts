/** In which phase of a profile each kernel of a solve, and of a step, runs: on a clock that it moves on, and nothing else. */
import { engine, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  direction,
  kfac,
  mac,
  type Method,
  tanh,
  cg,
  conv2d,
  depthwiseConv2d,
  dispose,
  exact,
  type Examples,
  fail,
  Key,
  linear,
  momentum,
  type Profile,
  proxprop,
  relu,
  scope,
  softmaxCrossEntropy,
  Solver,
  train,
  type Tree,
  chain,
} from '../../src';
import { profiled } from '../../src/internal';
import { gathered } from '../../src/example';
import { boxes, right, started } from '../support';

type Phase = keyof Profile;

/** What moves the clock on: a kernel by its name, or square roots on the host, of which a factor by Cholesky has one a row. */
type Mark = { readonly kernel: string } | 'square roots' | 'writes';

/** While something runs, each time that the mark is met takes a millisecond, and nothing else takes any. */
const timedBy = async <A>(mark: Mark, run: () => A | Promise<A>): Promise<A> => {
  const tfjs = engine();
  const { runKernel, backend } = tfjs;
  const { write } = backend;
  const sqrt = Math.sqrt;
  let time = 0;
  performance.now = () => time;
  if (mark === 'square roots')
    Math.sqrt = (x) => {
      time += 1;
      return sqrt(x);
    };
  else if (mark === 'writes')
    backend.write = (...given) => {
      time += 1;
      return write.call(backend, ...given);
    };
  else
    Object.assign(tfjs, {
      runKernel: (...given: Parameters<typeof runKernel>) => {
        if (given[0] === mark.kernel) time += 1;
        return runKernel.call(tfjs, ...given);
      },
    });
  try {
    return await run();
  } finally {
    Reflect.deleteProperty(performance, 'now');
    Math.sqrt = sqrt;
    Object.assign(tfjs, { runKernel });
    Object.assign(backend, { write });
  }
};

/** The phases of a profile that took time. */
const taken = (profile: Readonly<Record<Phase, number>>): readonly string[] =>
  Object.entries(profile).flatMap(([phase, time]) => (time > 0 ? [phase] : []));

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);

const solveOf = (
  layer: AnyLayer,
  input: readonly number[],
  output: readonly number[],
  solver: Solver.Solver,
) =>
  scope(() => {
    const design: Solver.Design<Tree.Tree> =
      layer.design?.(random(1, input)) ?? fail('layer', 'profile', 'a design', 'none');
    return Solver.solveRidge(design, design.outputs(random(2, output)), 0.5, solver).report;
  });

const dense = (solver: Solver.Solver) => () => solveOf(linear(30, 20), [80, 30], [80, 20], solver);
const images = (solver: Solver.Solver) => () =>
  solveOf(conv2d([5, 5, 2], 3, 3), [3, 5, 5, 2], [3, 3, 3, 3], solver);
const apart = (size: number, solver: Solver.Solver) => () =>
  solveOf(depthwiseConv2d([6, 6, 3], size), [2, 6, 6, 3], [2, 7 - size, 7 - size, 3], solver);

const float32 = { precision: 'float32' } as const;
const [primal, dual] = [{ ...float32, route: 'primal' } as const, { ...float32, route: 'dual' } as const];

/** On a backend a solve, what is looked at, and the phases in which it runs. */
const rows: readonly (readonly [string, 'wasm' | 'cpu', () => unknown, Mark, readonly Phase[]])[] = [
  ['float64', 'wasm', dense(exact({ precision: 'float64' })), { kernel: 'RidgeDouble' }, ['factor']],
  ['float64 on the host', 'cpu', dense(exact({ precision: 'float64' })), 'square roots', ['factor']],
  ['primal, wide', 'wasm', dense(exact(primal)), { kernel: 'GramWide' }, ['gram']],
  ['primal, wide', 'wasm', dense(exact(primal)), { kernel: 'FactorWide' }, ['factor']],
  ['primal, wide', 'wasm', dense(exact(primal)), { kernel: 'AdjointWide' }, ['solve']],
  ['primal, wide', 'wasm', dense(exact(primal)), { kernel: 'RidgeWide' }, ['solve']],
  ['dual, wide', 'wasm', dense(exact(dual)), { kernel: 'GramWide' }, ['gram']],
  ['dual, wide', 'wasm', dense(exact(dual)), { kernel: 'FactorWide' }, ['factor']],
  ['dual of images', 'wasm', images(exact(dual)), { kernel: 'DepthwiseConv2dNative' }, ['gram']],
  ['dual of images', 'wasm', images(exact(dual)), { kernel: 'InverseShifted' }, ['factor']],
  ['primal on cpu', 'cpu', images(exact(primal)), { kernel: 'PadV2' }, ['gram']],
  ['primal on cpu', 'cpu', dense(exact(primal)), 'square roots', ['factor', 'other']],
  ['cg, primal', 'wasm', images(cg(3, primal)), { kernel: 'GramLagsWide' }, ['gram']],
  ['cg, dual', 'wasm', images(cg(3, dual)), { kernel: 'DepthwiseConv2dNative' }, ['gram']],
  ['systems side by side', 'cpu', apart(2, exact()), 'square roots', ['factor', 'other']],
  ['systems side by side', 'cpu', apart(2, exact()), { kernel: 'BatchMatMul' }, ['gram', 'other']],
];

describe.each(['wasm', 'cpu'] as const)('the profile of a solve on %s', (backend) => {
  beforeAll(() => started(backend));

  it.each(rows.filter(([, on]) => on === backend))('%s on %s, %#', async (_, __, run, mark, phases) => {
    expect(taken((await timedBy(mark, () => profiled(run))).profile)).toEqual(phases);
  });
});

/** A step of a method on two layers with tanh between them. */
const stepBy = (method: Method) => () => {
  scope(() => {
    const net = chain(linear(6, 5), tanh(5), linear(5, 3));
    const batch = { input: random(1, [8, 6]), target: tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32') };
    right(direction(net, softmaxCrossEntropy, method)(net.init(Key.key(2)), batch));
  });
};
/** Explicit but for the last link, which has no least squares by this loss. */
const gaussNewton = proxprop({ solver: () => undefined, last: { tauTheta: 1 } });

describe('the profile of a step on wasm', () => {
  beforeAll(() => started('wasm'));

  // Initial weights take a square root too, which is of no phase.
  it.each([
    ['number by number', stepBy(mac()), 'square roots', ['solve', 'other']],
    ["by Gauss-Newton's system", stepBy(gaussNewton), 'square roots', ['solve', 'other']],
    ['in a metric of factors', stepBy(kfac()), { kernel: 'InverseShifted' }, ['factor']],
    [
      'by a mean over batches',
      stepBy(proxprop({ solver: exact({ average: 0.9 }) })),
      { kernel: 'InverseShifted' },
      ['factor'],
    ],
  ] as const)('%s', async (_, run, mark, phases) => {
    expect(taken((await timedBy(mark, () => profiled(run))).profile)).toEqual(phases);
  });
});

describe('the profile of a step of training', () => {
  beforeAll(() => started('wasm'));

  const net = chain(linear(6, 5), relu(5), linear(5, 3));
  const arrays = boxes(1, 8, 6, 3);
  const everywhere = ['data', 'forward', 'backward', 'gram', 'factor', 'solve'] as const;
  /** Reading takes its time, by this clock where square roots do. The second batch is read while the first is computed. */
  const { inputs: _inputs, targets: _targets, ...said } = arrays;
  const slow: Examples = {
    ...said,
    read: (indices) => {
      Math.sqrt(2);
      return gathered(arrays, indices);
    },
  };

  it.each([
    ['a layer forward', { kernel: 'Relu' }, arrays, ['forward'], ['forward']],
    ['its pull-back', { kernel: 'Stepped' }, arrays, ['backward'], ['backward']],
    ['a substitution', { kernel: 'SubstituteWide' }, arrays, ['solve'], ['solve']],
    ['an update', { kernel: 'Formula' }, arrays, ['update'], ['update']],
    ['numbers of a batch', 'writes', arrays, everywhere, everywhere],
    ['what reads a batch', 'square roots', slow, ['data', 'solve'], ['solve']],
  ] as const)('%s', async (_, mark, examples, first, second) => {
    const parameters = net.init(Key.key(1));
    const method = proxprop({ solver: exact(dual) });
    const options = { parameters, method, optimizer: momentum(0.1), train: examples, key: Key.key(1) };
    const found: (readonly string[])[] = [];
    await timedBy(mark, async () => {
      const stream = train(net, softmaxCrossEntropy, { ...options, epochs: 1, batchSize: 4, profile: true });
      for await (const event of stream) {
        if (event.tag === 'batch' && event.profile !== undefined) found.push(taken(event.profile));
        if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
      }
    });
    dispose(parameters);
    expect(found).toEqual([first, second]);
  });
});
