/** What layers compute, against plain loops, on random inputs; and how their parameters start. */
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  avgPool2d,
  bilinear,
  chain,
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  dropout,
  elu,
  embedding,
  gelu,
  globalAvgPool,
  groupNorm,
  inTraining,
  Key,
  layerNorm,
  leakyRelu,
  linear,
  maxPool2d,
  parallel,
  relu,
  repeat,
  reshape,
  residual,
  scope,
  selfAttention,
  separableConv2d,
  silu,
  softmax,
  softplus,
  tanh,
  toHost,
  Tree,
} from '../../src';
import { relativeDistance, values } from '../../laws';
import { started } from '../support';
import * as naive from './naive';

const BATCH = 2;

/** Sums of up to a hundred products in float32: each rounds by 6e-8 of their size. */
const ROUNDING = 1e-5;

const grid = (x: Tensor): naive.Grid => ({ shape: x.shape, values: toHost(x) });

/** The layer at random parameters and inputs. */
const run = <P extends Tree.Tree>(l: {
  readonly input: readonly number[];
  readonly init: (key: Key.Key) => P;
  readonly forward: (p: P, x: Tensor) => Tensor;
}) => {
  const start = l.init(Key.key(1));
  // Biases and gains that start at a constant would hide where they stand.
  let i = 0;
  const p = Tree.map((leaf) => Key.uniform(Key.key(100 + i++), leaf.shape, -1, 1))(start);
  const x = Key.uniform(Key.key(2), [BATCH, ...l.input], -2, 2);
  const y = l.forward(p, x);
  return { p, x: grid(x), y: grid(y) };
};

const same = (found: naive.Grid, expected: naive.Grid): void => {
  expect(found.shape).toEqual(expected.shape);
  expect(relativeDistance(found.values, expected.values)).toBeLessThan(ROUNDING);
};

const slide = (
  kernel: readonly [number, number],
  padding: 'same' | 'valid' = 'valid',
  stride = 1,
  dilation = 1,
): naive.Slide => ({
  kernel,
  stride: [stride, stride],
  dilation: [dilation, dilation],
  same: padding === 'same',
});

describe.each(['wasm', 'cpu'] as const)('values on %s', (backend) => {
  beforeAll(async () => {
    await started(backend);
  });

  const inScope = (name: string, test: () => void): void => {
    it(name, () => {
      scope(test);
    });
  };

  for (const padding of ['valid', 'same'] as const)
    for (const [stride, dilation] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [1, 2],
    ] as const) {
      const title = `${padding}, stride ${stride}, dilation ${dilation}`;
      inScope(`conv2d, ${title}`, () => {
        const { p, x, y } = run(conv2d([7, 6, 2], 3, [3, 2], { padding, stride, dilation }));
        const expected = naive.convolution(
          x,
          grid(p.filter),
          grid(p.bias),
          slide([3, 2], padding, stride, dilation),
        );
        same(y, expected);
      });
      inScope(`depthwiseConv2d, ${title}`, () => {
        const l = depthwiseConv2d([7, 6, 2], [3, 2], { padding, stride, dilation, multiplier: 2 });
        const { p, x, y } = run(l);
        same(y, naive.depthwise(x, grid(p.filter), grid(p.bias), slide([3, 2], padding, stride, dilation)));
      });
      inScope(`separableConv2d, ${title}`, () => {
        const { p, x, y } = run(separableConv2d([7, 6, 2], 3, [3, 2], { padding, stride, dilation }));
        const none = naive.gridOf([2], () => 0);
        const middle = naive.depthwise(x, grid(p.depthwise), none, slide([3, 2], padding, stride, dilation));
        same(y, naive.convolution(middle, grid(p.pointwise), grid(p.bias), slide([1, 1])));
      });
      inScope(`conv1d, ${title}`, () => {
        const { p, x, y } = run(conv1d([9, 2], 3, 3, { padding, stride, dilation }));
        const row = (g: naive.Grid): naive.Grid => ({
          ...g,
          shape: [g.shape[0] ?? 0, 1, ...g.shape.slice(1)],
        });
        const filter = { ...grid(p.filter), shape: [1, 3, 2, 3] };
        const expected = naive.convolution(row(x), filter, grid(p.bias), {
          kernel: [1, 3],
          stride: [1, stride],
          dilation: [1, dilation],
          same: padding === 'same',
        });
        same(row(y), expected);
      });
    }

  for (const padding of ['valid', 'same'] as const)
    for (const stride of [1, 2, 3]) {
      inScope(`conv2dTranspose, ${padding}, stride ${stride}`, () => {
        const { p, x, y } = run(conv2dTranspose([3, 4, 2], 3, [3, 2], { padding, stride }));
        same(y, naive.transposed(x, grid(p.filter), grid(p.bias), stride, padding === 'same'));
      });
      inScope(`pools, ${padding}, stride ${stride}`, () => {
        const max = run(maxPool2d([7, 6, 3], [3, 2], { padding, stride }));
        same(max.y, naive.pool(max.x, slide([3, 2], padding, stride), 'max'));
        const mean = run(avgPool2d([7, 6, 3], [3, 2], { padding, stride }));
        same(mean.y, naive.pool(mean.x, slide([3, 2], padding, stride), 'mean'));
      });
    }

  inScope('globalAvgPool', () => {
    const { x, y } = run(globalAvgPool([3, 4, 2]));
    same(
      y,
      naive.gridOf(
        [BATCH, 2],
        (n = 0, c = 0) => naive.total(3, (i) => naive.total(4, (j) => naive.at(x, n, i, j, c))) / 12,
      ),
    );
  });

  inScope('elementwise functions', () => {
    const cases: readonly (readonly [AnyLayer, (v: number) => number])[] = [
      [relu(40), (v) => Math.max(v, 0)],
      [leakyRelu(40, 0.2), (v) => (v > 0 ? v : 0.2 * v)],
      [leakyRelu(40), (v) => (v > 0 ? v : 0.01 * v)],
      [elu(40), (v) => (v > 0 ? v : Math.expm1(v))],
      [silu(40), (v) => v / (1 + Math.exp(-v))],
      [softplus(40), (v) => Math.log1p(Math.exp(v))],
      [tanh(40), Math.tanh],
      [gelu(40), (v) => v * normalDistribution(v)],
    ];
    for (const [l, f] of cases) {
      const { x, y } = run(l);
      expect(relativeDistance(y.values, x.values.map(f)), l.name).toBeLessThan(ROUNDING);
    }
  });

  inScope('softmax along the last axis', () => {
    const { x, y } = run(softmax([3, 4]));
    same(y, rowwise(x, 4, naive.softmax));
  });

  inScope('layerNorm', () => {
    const { p, x, y } = run(layerNorm([3, 4], 0.1));
    const centred = rowwise(x, 4, (row) => naive.normalised(row, 0.1));
    const [gain, bias] = [grid(p.gain), grid(p.bias)];
    same(
      y,
      naive.gridOf(
        [BATCH, 3, 4],
        (n = 0, i = 0, c = 0) => naive.at(centred, n, i, c) * naive.at(gain, c) + naive.at(bias, c),
      ),
    );
  });

  inScope('groupNorm', () => {
    const { p, x, y } = run(groupNorm([2, 3, 4], 2, 0.1));
    const [gain, bias] = [grid(p.gain), grid(p.bias)];
    same(
      y,
      naive.gridOf([BATCH, 2, 3, 4], (n = 0, i = 0, j = 0, c = 0) => {
        const first = c < 2 ? 0 : 2;
        const group: number[] = [];
        for (let r = 0; r < 2; r++)
          for (let s = 0; s < 3; s++)
            for (let k = first; k < first + 2; k++) group.push(naive.at(x, n, r, s, k));
        const centred = naive.normalised(group, 0.1)[(i * 3 + j) * 2 + c - first] ?? Number.NaN;
        return centred * naive.at(gain, c) + naive.at(bias, c);
      }),
    );
  });

  inScope('bilinear', () => {
    const { p, x, y } = run(bilinear(3, 2, 4));
    const [w, bias] = [grid(p.weights), grid(p.bias)];
    same(
      y,
      naive.gridOf(
        [BATCH, 4],
        (n = 0, k = 0) =>
          naive.total(3, (i) =>
            naive.total(2, (j) => naive.at(x, n, i) * naive.at(w, k, i, j) * naive.at(x, n, 3 + j)),
          ) + naive.at(bias, k),
      ),
    );
  });

  for (const [heads, causal] of [
    [1, false],
    [2, false],
    [2, true],
  ] as const)
    inScope(`selfAttention, ${heads} heads${causal ? ', causal' : ''}`, () => {
      const { p, x, y } = run(selfAttention(3, 4, { heads, causal }));
      const matrices = {
        query: grid(p.query),
        key: grid(p.key),
        value: grid(p.value),
        output: grid(p.output),
      };
      same(y, naive.attention(x, matrices, heads, causal));
    });

  inScope('embedding', () => {
    const l = embedding(3, 5, 2);
    const p = l.init(Key.key(1));
    const tokens = Int32Array.from(Key.bits(Key.key(2), 6), (word) => word % 5);
    const table = grid(p.table);
    for (const dtype of ['int32', 'float32'] as const)
      same(
        grid(l.forward(p, tensor(dtype === 'int32' ? tokens : Float32Array.from(tokens), [2, 3], dtype))),
        naive.gridOf([2, 3, 2], (n = 0, t = 0, d = 0) => naive.at(table, tokens[n * 3 + t] ?? -1, d)),
      );
  });

  inScope('residual, parallel and repeat are sums, joins and chains of what they are made of', () => {
    const [f, g] = [linear(3, 3), chain(linear(3, 3), tanh(3))];
    const pf = f.init(Key.key(1));
    const pg = g.init(Key.key(2));
    const x = Key.uniform(Key.key(3), [BATCH, 3], -1, 1);
    const [fx, gx, host] = [grid(f.forward(pf, x)), grid(g.forward(pg, x)), grid(x)];
    const plus = (a: naive.Grid, b: naive.Grid): naive.Grid => ({
      ...a,
      values: a.values.map((v, i) => v + (b.values[i] ?? Number.NaN)),
    });
    same(grid(residual(f).forward(pf, x)), plus(host, fx));
    same(grid(parallel('sum', f, g).forward([pf, pg], x)), plus(fx, gx));
    same(
      grid(parallel('concat', f, g).forward([pf, pg], x)),
      naive.gridOf([BATCH, 6], (n = 0, c = 0) => (c < 3 ? naive.at(fx, n, c) : naive.at(gx, n, c - 3))),
    );
    const [pa, pb] = [f.init(Key.key(4)), f.init(Key.key(5))];
    const twice = repeat(2, f);
    same(grid(twice.forward([pa, pb], x)), grid(f.forward(pb, f.forward(pa, x))));
    const [first, second] = twice.init(Key.key(6));
    expect(relativeDistance(values(first), values(second))).toBeGreaterThan(0.1);
  });

  inScope('reshape keeps the order of values', () => {
    const { x, y } = run(reshape([2, 6], [3, 4]));
    expect(y.shape).toEqual([BATCH, 3, 4]);
    expect([...y.values]).toEqual([...x.values]);
  });

  describe('dropout', () => {
    const many = dropout(1000, 0.3);
    const ones = (): Tensor => Key.uniform(Key.key(1), [20, 1000], 1, 1 + 1e-6);

    inScope('leaves evaluation alone', () => {
      const { x, y } = run(dropout(9, 0.3));
      expect([...y.values]).toEqual([...x.values]);
    });
    inScope('drops its share in training, and keeps the mean', () => {
      const y = toHost(inTraining(many, Key.key(5)).forward({}, ones()));
      const dropped = y.filter((v) => v === 0).length / y.length;
      // Four standard deviations of a share of 20000: 4·√(0.3·0.7/20000).
      expect(Math.abs(dropped - 0.3)).toBeLessThan(0.013);
      const kept = y.filter((v) => v !== 0);
      expect(kept.every((v) => Math.abs(v - 1 / 0.7) < 1e-5)).toBe(true);
      expect(Math.abs(y.reduce((a, b) => a + b, 0) / y.length - 1)).toBeLessThan(0.019);
    });
    inScope('is a function of its key', () => {
      const by = (seed: number): readonly number[] => [
        ...toHost(inTraining(many, Key.key(seed)).forward({}, ones())),
      ];
      expect(by(5)).toEqual(by(5));
      expect(by(5)).not.toEqual(by(6));
    });
    inScope('is found inside of combinators, each with a key of its own', () => {
      const wide = dropout(1000, 0.5);
      const x = ones();
      const made: readonly AnyLayer[] = [
        chain(linear(1000, 1000), wide),
        residual(chain(wide, linear(1000, 1000))),
        parallel('sum', wide, wide),
        repeat(2, wide),
      ];
      for (const l of made) {
        const p = l.init(Key.key(1));
        const still = [...toHost(l.forward(p, x))];
        const once = [...toHost(inTraining(l, Key.key(2)).forward(p, x))];
        const again = [...toHost(inTraining(l, Key.key(2)).forward(p, x))];
        expect(once, l.name).toEqual(again);
        expect(once, l.name).not.toEqual(still);
      }
      // Two masks at rate ½ in a row leave a quarter, where the same twice would leave a half.
      const left = toHost(inTraining(repeat(2, wide), Key.key(3)).forward([{}, {}], x));
      const share = left.filter((v) => v !== 0).length / left.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(0.013);
    });
    it('is no layer of chance where there is none', () => {
      const plain = chain(linear(3, 3), tanh(3));
      expect(plain.training).toBeUndefined();
      expect(inTraining(plain, Key.key(1))).toBe(plain);
    });
  });
});

/** Φ by its power series: for |v| ≤ 2 forty terms are right to 1e-16. */
const normalDistribution = (v: number): number => {
  let [term, sumOf] = [v, v];
  for (let k = 1; k < 40; k++) {
    term *= (-v * v) / (2 * k);
    sumOf += term / (2 * k + 1);
  }
  return 0.5 + sumOf / Math.sqrt(2 * Math.PI);
};

/** A function of each run of `width` numbers. */
const rowwise = (
  x: naive.Grid,
  width: number,
  f: (row: readonly number[]) => readonly number[],
): naive.Grid => {
  const rows = Array.from({ length: x.values.length / width }, (_, i) =>
    f([...x.values.slice(i * width, (i + 1) * width)]),
  );
  return { shape: x.shape, values: Float64Array.from(rows.flat()) };
};
