/** What layers compute, against plain loops, on random inputs; and how their parameters start. */
import { concat, type Tensor, tensor } from '@tensorflow/tfjs-core';
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
  Key,
  layerNorm,
  leakyRelu,
  linear,
  maxPool2d,
  parallel,
  positional,
  projection,
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
import { inTraining } from '../../src/internal';
import { relativeDistance, values } from '../../laws';
import { started, testBackends } from '../support';
import { convolutions, loose, network, others, pools } from '../types/layers';
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

type Pair = readonly [number, number];

const slide = (
  kernel: Pair,
  padding: 'same' | 'valid' = 'valid',
  stride: Pair = [1, 1],
  dilation: Pair = [1, 1],
): naive.Slide => ({ kernel, stride, dilation, same: padding === 'same' });

/** Of a window: stride and dilation, on each axis. */
const steps: readonly (readonly [Pair, Pair])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [2, 2],
    [1, 1],
  ],
  [
    [3, 2],
    [1, 1],
  ],
  [
    [1, 3],
    [1, 1],
  ],
  [
    [1, 1],
    [2, 2],
  ],
  [
    [1, 1],
    [1, 3],
  ],
];

describe.each(testBackends)('values on %s', (backend) => {
  beforeAll(async () => {
    await started(backend);
  });

  const inScope = (name: string, test: () => void): void => {
    it(name, () => {
      scope(test);
    });
  };

  for (const padding of ['valid', 'same'] as const)
    for (const [stride, dilation] of steps) {
      const title = `${padding}, stride ${stride.join(' × ')}, dilation ${dilation.join(' × ')}`;
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
        const l = separableConv2d([7, 6, 2], 3, [3, 2], { padding, stride, dilation, multiplier: 2 });
        const { p, x, y } = run(l);
        const none = naive.gridOf([4], () => 0);
        const middle = naive.depthwise(x, grid(p.depthwise), none, slide([3, 2], padding, stride, dilation));
        same(y, naive.convolution(middle, grid(p.pointwise), grid(p.bias), slide([1, 1])));
      });
      inScope(`conv1d, ${title}`, () => {
        const along = { padding, stride: stride[1], dilation: dilation[1] };
        const { p, x, y } = run(conv1d([9, 2], 3, 3, along));
        const row = (g: naive.Grid): naive.Grid => ({
          ...g,
          shape: [g.shape[0] ?? 0, 1, ...g.shape.slice(1)],
        });
        const filter = { ...grid(p.filter), shape: [1, 3, 2, 3] };
        const window = slide([1, 3], padding, [1, stride[1]], [1, dilation[1]]);
        same(row(y), naive.convolution(row(x), filter, grid(p.bias), window));
      });
    }

  for (const padding of ['valid', 'same'] as const)
    for (const [stride] of steps.slice(0, 4)) {
      inScope(`conv2dTranspose, ${padding}, stride ${stride.join(' × ')}`, () => {
        const { p, x, y } = run(conv2dTranspose([3, 4, 2], 3, [3, 2], { padding, stride }));
        same(y, naive.transposed(x, grid(p.filter), grid(p.bias), slide([3, 2], padding, stride)));
      });
      inScope(`pools, ${padding}, stride ${stride.join(' × ')}`, () => {
        const max = run(maxPool2d([7, 6, 3], [3, 2], { padding, stride }));
        same(max.y, naive.pool(max.x, slide([3, 2], padding, stride), 'max'));
        const mean = run(avgPool2d([7, 6, 3], [3, 2], { padding, stride }));
        same(mean.y, naive.pool(mean.x, slide([3, 2], padding, stride), 'mean'));
      });
    }

  inScope('windows larger than the image, among zeros', () => {
    const size = [2, 3, 2] as const;
    const window = slide([4, 5], 'same');
    const { p, x, y } = run(conv2d(size, 3, [4, 5], { padding: 'same' }));
    same(y, naive.convolution(x, grid(p.filter), grid(p.bias), window));
    const pooled = { stride: 1, padding: 'same' } as const;
    const max = run(maxPool2d(size, [4, 5], pooled));
    same(max.y, naive.pool(max.x, window, 'max'));
    const mean = run(avgPool2d(size, [4, 5], pooled));
    same(mean.y, naive.pool(mean.x, window, 'mean'));
  });

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

  inScope('functions with exponentials, where those overflow', () => {
    const x = tensor([[-1000, 0, 1000]]);
    const cases: readonly (readonly [AnyLayer, readonly number[]])[] = [
      [elu(3), [-1, 0, 1000]],
      [gelu(3), [0, 0, 1000]],
      [silu(3), [0, 0, 1000]],
      [softplus(3), [0, Math.LN2, 1000]],
      [softmax(3), [0, 0, 1]],
    ];
    for (const [l, expected] of cases)
      toHost(l.forward({}, x)).forEach((v, i) => {
        expect(v, l.name).toBeCloseTo(expected[i] ?? Number.NaN, 5);
      });
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

  inScope('positional', () => {
    const { p, x, y } = run(positional([3, 4]));
    const table = grid(p.table);
    same(
      y,
      naive.gridOf([BATCH, 3, 4], (n = 0, t = 0, d = 0) => naive.at(x, n, t, d) + naive.at(table, t, d)),
    );
  });
  inScope('projection, with and without a bias', () => {
    const biased = run(projection([2, 3, 4], 5, { bias: true }));
    const bare = run(projection([2, 3, 4], 5));
    const product = (x: naive.Grid, w: naive.Grid, b?: naive.Grid): naive.Grid =>
      naive.gridOf(
        [BATCH, 2, 3, 5],
        (n = 0, p = 0, q = 0, u = 0) =>
          naive.total(4, (c) => naive.at(x, n, p, q, c) * naive.at(w, u, c)) +
          (b === undefined ? 0 : naive.at(b, u)),
      );
    same(biased.y, product(biased.x, grid(biased.p.weights), grid(biased.p.bias)));
    same(bare.y, product(bare.x, grid(bare.p)));
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

  inScope('causal selfAttention does not see what comes later', () => {
    const l = selfAttention(5, 4, { heads: 2, causal: true });
    const p = l.init(Key.key(1));
    const before = Key.uniform(Key.key(2), [BATCH, 3, 4], -1, 1);
    const [first, second] = [3, 4].map((seed) => {
      const later = Key.uniform(Key.key(seed), [BATCH, 2, 4], -1, 1);
      return grid(l.forward(p, concat([before, later], 1)));
    });
    const part = (y: naive.Grid | undefined, from: number, to: number) =>
      y === undefined
        ? []
        : [
            ...naive.gridOf([BATCH, to - from, 4], (n = 0, t = 0, d = 0) => naive.at(y, n, from + t, d))
              .values,
          ];
    expect(part(first, 0, 3)).toEqual(part(second, 0, 3));
    expect(part(first, 3, 5)).not.toEqual(part(second, 3, 5));
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
    const scalars = parallel('sum', reshape([1], []), reshape([1], []));
    expect([...scalars.forward([{}, {}], tensor([1, 2], [2, 1])).dataSync()]).toEqual([2, 4]);
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
        const other = [...toHost(inTraining(l, Key.key(3)).forward(p, x))];
        expect(once, l.name).toEqual(again);
        expect(once, l.name).not.toEqual(other);
        expect(once, l.name).not.toEqual(still);
      }
      // Two masks at rate ½ in a row leave a quarter, and two side by side three, where the same twice leaves a half.
      const cases: readonly (readonly [AnyLayer, number])[] = [
        [repeat(2, wide), 0.25],
        [parallel('sum', wide, wide), 0.75],
      ];
      for (const [l, expected] of cases) {
        const left = toHost(inTraining(l, Key.key(3)).forward([{}, {}], x));
        const share = left.filter((v) => v !== 0).length / left.length;
        expect(Math.abs(share - expected), l.name).toBeLessThan(0.013);
      }
    });
    inScope('drops nothing at rate 0', () => {
      const { x, y } = run(inTraining(dropout(9, 0), Key.key(5)));
      expect([...y.values]).toEqual([...x.values]);
    });
    it('is no layer of chance where there is none', () => {
      const plain = chain(linear(3, 3), tanh(3));
      expect(plain.training).toBeUndefined();
      expect(inTraining(plain, Key.key(1))).toBe(plain);
    });
  });
});

describe('parameters', () => {
  beforeAll(() => started('wasm'));

  /** Layers, and the shapes of their parameters by path. */
  const table: readonly (readonly [AnyLayer, Readonly<Record<string, readonly number[]>>])[] = [
    [conv1d([9, 2], 3, 4), { filter: [4, 2, 3], bias: [3] }],
    [conv2d([7, 6, 2], 3, [5, 4]), { filter: [5, 4, 2, 3], bias: [3] }],
    [conv2dTranspose([7, 6, 2], 3, [5, 4]), { filter: [5, 4, 3, 2], bias: [3] }],
    [depthwiseConv2d([7, 6, 2], [5, 4], { multiplier: 3 }), { filter: [5, 4, 2, 3], bias: [6] }],
    [
      separableConv2d([7, 6, 2], 5, [3, 4], { multiplier: 3 }),
      { depthwise: [3, 4, 2, 3], pointwise: [1, 1, 6, 5], bias: [5] },
    ],
    [selfAttention(3, 4, { heads: 2 }), { query: [4, 4], key: [4, 4], value: [4, 4], output: [4, 4] }],
    [embedding(3, 5, 2), { table: [5, 2] }],
    [positional([3, 2]), { table: [3, 2] }],
    [projection([2, 4], 3, { bias: true }), { weights: [3, 4], bias: [3] }],
    [bilinear(3, 2, 4), { weights: [4, 3, 2], bias: [4] }],
    [layerNorm([3, 4]), { gain: [4], bias: [4] }],
    [groupNorm([2, 3, 4], 2), { gain: [4], bias: [4] }],
    [maxPool2d([4, 4, 2], 2), {}],
    [dropout([3, 4], 0.5), {}],
    [residual(linear(3, 3)), { weights: [3, 3], bias: [3] }],
    [
      parallel('concat', linear(3, 2), tanh(3), linear(3, 4)),
      { '0.weights': [2, 3], '0.bias': [2], '2.weights': [4, 3], '2.bias': [4] },
    ],
    [repeat(2, linear(3, 3)), { '0.weights': [3, 3], '0.bias': [3], '1.weights': [3, 3], '1.bias': [3] }],
  ];

  it.each(table.map(([l, shapes]) => [l.name, l, shapes] as const))('%s', (_name, l, shapes) => {
    scope(() => {
      const [p, again, other] = [1, 1, 2].map((seed) => l.init(Key.key(seed)));
      if (p === undefined || again === undefined || other === undefined) throw new Error('three keys');
      const found = Tree.leavesWithPath(p).map(([path, leaf]) => [path, leaf.shape]);
      expect(Object.fromEntries(found)).toEqual(shapes);
      expect(values(again)).toEqual(values(p));
      const fixed = 'gain' in shapes || found.length === 0;
      if (!fixed) expect(values(other)).not.toEqual(values(p));
    });
  });

  it('of normalisation start at gain 1 and bias 0', () => {
    scope(() => {
      for (const l of [layerNorm([3, 4]), groupNorm([2, 3, 4], 2)])
        expect([...values(l.init(Key.key(1)))]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    });
  });

  it('start within ±1/√fan-in, and near to it', () => {
    scope(() => {
      const cases: readonly (readonly [AnyLayer, number])[] = [
        [conv1d([9, 8], 16, 3), 24],
        [conv2d([9, 9, 8], 16, 3), 72],
        [conv2dTranspose([9, 9, 8], 16, 3), 72],
        [depthwiseConv2d([9, 9, 64], 3), 9],
        [selfAttention(3, 32), 32],
        [bilinear(8, 4, 16), 32],
      ];
      for (const [l, fanIn] of cases) {
        const most = Math.max(...values(l.init(Key.key(1))).map(Math.abs)) * Math.sqrt(fanIn);
        expect(most, l.name).toBeLessThanOrEqual(1 + ROUNDING);
        // Hundreds of uniform numbers all stay below 0.95 with a probability below 1e-8.
        expect(most, l.name).toBeGreaterThan(0.95);
      }
    });
  });

  it('of an embedding have variance 1/D', () => {
    scope(() => {
      const all = values(embedding(3, 1000, 20).init(Key.key(1)));
      const variance = all.reduce((total, v) => total + v * v, 0) / all.length;
      // 20,000 draws: five standard errors of a variance are 5 %.
      expect(Math.abs(variance * 20 - 1)).toBeLessThan(0.05);
    });
  });
});

describe('shapes are those that the compiler computes', () => {
  it.each([...convolutions, ...pools, ...others, ...loose, network])('%# $name', ({ output, expected }) => {
    expect(output).toEqual(expected);
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
