/** Which route each link takes: chosen, shown, and chosen by the user. */
import { mul, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  andThen,
  explicit,
  type Method,
  x as activation,
  backprop,
  batchNorm,
  cg,
  chain,
  conv2d,
  direction,
  exact,
  flatten,
  foof,
  Key,
  kfac,
  layer,
  linear,
  liveTensors,
  type Link,
  proxprop,
  proxpropSafe,
  relu,
  Report,
  routes,
  scope,
  type Solver,
  softmaxCrossEntropy,
  tanh,
} from '../../src';
import { relativeDistance, values } from '../../laws';
import { messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

/** Affine in its gain, and does not say so. */
const gained = layer({
  name: 'gained',
  input: [4],
  output: [4],
  init: (key) => ({ gain: Key.uniform(key, [4], 0.5, 1) }),
  forward: ({ gain }, x) => mul(x, gain),
});

const net = chain(
  conv2d([6, 6, 2], 3, 3),
  relu([4, 4, 3]),
  flatten([4, 4, 3]),
  linear(48, 4),
  gained,
  layer({
    name: 'squared',
    input: [4],
    output: [4],
    init: (key) => ({ gain: Key.uniform(key, [4], 0.5, 1) }),
    forward: ({ gain }, x) => mul(x, mul(gain, gain)),
  }),
  tanh(4),
  linear(4, 3),
);

const classes = (n: number) => tensor(new Int32Array(n), [n], 'int32');

const example = () => ({ input: Key.uniform(Key.key(1), [5, 6, 6, 2], -1, 1), target: classes(5) });

const rowsOf = (solver: Solver.Solver | ((link: Link) => Solver.Solver | undefined)) =>
  scope(() =>
    right(
      routes(net, softmaxCrossEntropy, proxprop({ solver, tauTheta: 0.05 }))(net.init(Key.key(3)), example()),
    ),
  );

describe('routes', () => {
  it('are chosen by what a layer is: design, affine, or neither', () => {
    const rows = rowsOf(exact());
    expect(rows.map(({ step, solve }) => [step, solve?.route])).toEqual([
      ['implicit', 'primal'],
      ['no parameters', undefined],
      ['no parameters', undefined],
      ['implicit', 'dual'],
      ['implicit', 'matrixFree'],
      ['implicit', 'gaussNewton'],
      ['no parameters', undefined],
      ['explicit', undefined],
    ]);
    expect(rows.flatMap(({ solve }) => (solve === undefined ? [] : [solve.converged]))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
  it('are those that the user names, link by link', () => {
    // In float64, as which a system this small is solved otherwise, every route is by AᵀA.
    const rows = rowsOf((link) =>
      link.name === 'conv2d'
        ? cg(2, { route: 'matrixFree', precision: 'float32' })
        : link.name === 'gained'
          ? exact()
          : undefined,
    );
    expect(rows.map(({ step, solve }) => [step, solve?.route, solve?.iterations])).toEqual([
      ['implicit', 'matrixFree', 2],
      ['no parameters', undefined, undefined],
      ['no parameters', undefined, undefined],
      ['explicit', undefined, undefined],
      ['implicit', 'matrixFree', expect.any(Number)],
      ['explicit', undefined, undefined],
      ['no parameters', undefined, undefined],
      ['explicit', undefined, undefined],
    ]);
  });
  it('are none where the schedule leaves a link alone', () => {
    const { energy } = backprop();
    scope(() => {
      const method: Method = {
        name: 'activations alone',
        energy,
        schedule: (links) =>
          andThen(...links.slice(0, -1).map(({ number }) => explicit(activation(number), 1e-3))),
      };
      const rows = right(routes(net, softmaxCrossEntropy, method)(net.init(Key.key(3)), example()));
      expect(rows.map(({ step }) => step).filter((step) => step !== 'no parameters')).toEqual([
        'none',
        'none',
        'none',
        'none',
        'none',
      ]);
    });
  });
  it('are a table', () => {
    const text = Report.routes(rowsOf(exact()));
    expect(text.split('\n')[0]).toMatch(/link .* layer .* step .* route .* AᵀA by .* residual .* converged/);
    expect(text).toMatch(/\| +1 \| conv2d +\| implicit +\| primal +\|/);
    expect(text).toMatch(/\| +6 \| squared +\| implicit +\| gaussNewton +\|/);
  });
});

describe('the Gram matrix of a convolution', () => {
  const one = chain(conv2d([9, 8, 3], 4, [5, 3], { padding: 'same' }), flatten([9, 8, 4]), linear(288, 2));
  const by = (gram: 'patches' | 'lags' | 'product') => {
    const batch = {
      input: Key.uniform(Key.key(1), [30, 9, 8, 3], 0, 1),
      target: classes(30),
    };
    const method = proxprop({ solver: exact({ gram, precision: 'float32' }), tauTheta: 0.05 });
    return direction(one, softmaxCrossEntropy, method)(one.init(Key.key(3)), batch);
  };
  it('is the same from patches and from lags', () => {
    scope(() => {
      const [patches, lags] = [right(by('patches')), right(by('lags'))];
      expect([patches.solves[0]?.gram, lags.solves[0]?.gram]).toEqual(['patches', 'lags']);
      // Sums of 30·72 products in float32, at a condition number of about 1e3.
      expect(relativeDistance(values(lags.direction), values(patches.direction))).toBeLessThan(1e-4);
    });
  });
  it('has no other way', () => {
    expect(scope(() => messageOf(by('product')))).toBe(
      'options error at link 1 (conv2d), θ_1, solver.gram: expected one of lags, patches for this layer, found product',
    );
  });
});

describe('routes', () => {
  const normed = chain(linear(4, 5), batchNorm([5]), tanh(5), linear(5, 3));
  const methods: readonly Method[] = [
    backprop(),
    proxprop(),
    proxprop({ solver: exact({ average: 0.9 }) }),
    proxpropSafe(),
    kfac(),
    foof(),
  ];
  it.each(methods)('leave no tensor alive, whatever a method or a layer remembers: $name', (method) => {
    scope(() => {
      const parameters = normed.init(Key.key(1));
      const batch = { input: Key.uniform(Key.key(2), [6, 4], -1, 1), target: classes(6) };
      const before = liveTensors();
      right(routes(normed, softmaxCrossEntropy, method)(parameters, batch));
      expect(liveTensors()).toBe(before);
    });
  });
});
