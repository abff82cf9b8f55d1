/** Residual networks and transformers: every step on parameters is one linear system, with its design; none goes through Gauss-Newton. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  cg,
  chain,
  conv2d,
  embedding,
  exact,
  gelu,
  globalAvgPool,
  groupNorm,
  Key,
  layerNorm,
  type LinkRoute,
  linear,
  opaque,
  parallel,
  positional,
  projection,
  proxprop,
  relu,
  Report,
  reshape,
  residual,
  routes,
  scope,
  selfAttention,
  separableConv2d,
  softmaxCrossEntropy,
  type Solver,
  tanh,
} from '../../src';
import { right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

const classes = (n: number): Tensor =>
  tensor(
    Int32Array.from({ length: n }, (_, i) => i % 3),
    [n],
    'int32',
  );

/** Pre-activation blocks (He et al. 2016), the second with a stride. */
const resnet = chain(
  conv2d([8, 8, 2], 4, 3, { padding: 'same' }),
  residual(
    chain(
      groupNorm([8, 8, 4], 2),
      relu([8, 8, 4]),
      conv2d([8, 8, 4], 4, 3, { padding: 'same' }),
      groupNorm([8, 8, 4], 2),
      relu([8, 8, 4]),
      conv2d([8, 8, 4], 4, 3, { padding: 'same', dilation: 2 }),
    ),
  ),
  parallel(
    'sum',
    conv2d([8, 8, 4], 6, 1, { stride: 2 }),
    chain(
      groupNorm([8, 8, 4], 2),
      relu([8, 8, 4]),
      separableConv2d([8, 8, 4], 6, 3, { padding: 'same', stride: 2 }),
    ),
  ),
  globalAvgPool([4, 4, 6]),
  linear(6, 3),
);

/** An encoder of tokens with normalisation first (Xiong et al. 2020). */
const encoder = chain(
  embedding(6, 20, 8),
  positional([6, 8]),
  residual(chain(layerNorm([6, 8]), selfAttention(6, 8, { heads: 2 }))),
  residual(
    chain(
      layerNorm([6, 8]),
      projection([6, 8], 16, { bias: true }),
      gelu([6, 16]),
      projection([6, 16], 8, { bias: true }),
    ),
  ),
  layerNorm([6, 8]),
  reshape([6, 8], [48]),
  linear(48, 3),
);

const images = (): Tensor => Key.normal(Key.key(1), [9, 8, 8, 2]);
const tokens = (): Tensor =>
  tensor(
    Float32Array.from(Key.bits(Key.key(1), 54), (word) => word % 20),
    [9, 6],
  );

const rowsOf = (net: AnyLayer, input: () => Tensor, solver: Solver.Solver): readonly LinkRoute[] =>
  scope(() =>
    right(
      routes(
        net,
        softmaxCrossEntropy,
        proxprop({ solver, tauTheta: 0.05 }),
      )(net.init(Key.key(3)), {
        input: input(),
        target: classes(9),
      }),
    ),
  );

/** Those of links with parameters but the last, whose step is explicit. */
const solvesOf = (rows: readonly LinkRoute[]) =>
  rows
    .slice(0, -1)
    .flatMap(({ name, step, solve }) => (step === 'no parameters' ? [] : [{ name, step, solve }]));

describe.each([
  ['a residual network', resnet, images, 9],
  ['a transformer', encoder, tokens, 11],
] as const)('%s', (_, net, input, links) => {
  it('has a Cholesky factorisation for each of its parameters', () => {
    const rows = rowsOf(net, input, exact());
    const solves = solvesOf(rows);
    expect(solves).toHaveLength(links);
    for (const { step, solve } of solves) {
      expect(step).toBe('implicit');
      expect(['primal', 'dual']).toContain(solve?.route);
      expect(solve?.converged).toBe(true);
    }
    expect(Report.routes(rows)).not.toMatch(/gaussNewton|matrixFree/);
  });

  it('has conjugate gradients by designs alone', () => {
    for (const { solve } of solvesOf(rowsOf(net, input, cg(3)))) {
      expect(solve?.route).not.toBe('gaussNewton');
      // What a linearisation solves has no scalars to report.
      expect(solve?.scalars).toBeDefined();
      expect(solve?.iterations).toBe(3);
    }
  });
});

describe('a block that is one link', () => {
  it('is found to go through Gauss-Newton', () => {
    const net = chain(
      linear(4, 4),
      opaque(residual(chain(linear(4, 4), tanh(4), linear(4, 4)))),
      linear(4, 3),
    );
    const input = (): Tensor => Key.normal(Key.key(1), [9, 4]);
    const ways = solvesOf(rowsOf(net, input, exact({ tolerance: 1 }))).map(({ solve }) => solve?.route);
    expect(ways).toContain('gaussNewton');
  });
});
