/**
 * Arbitraries: shapes, keys, chains, batches, positive definite systems. Cases are plain data, so that they
 * shrink and print; `build…` makes the tensors of a case, the same each time.
 */
import * as fc from 'fast-check';
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import {
  type AnyChain,
  type AnyLayer,
  chainOfLayers,
  type Example,
  identity,
  Key,
  linear,
  type Loss,
  relu,
  sigmoid,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  type Tree,
} from '../src';

/** A seed for a key. */
export const seeds: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 31 - 1 });

export const keys: fc.Arbitrary<Key.Key> = seeds.map((seed) => Key.key(seed));

/** Shapes of one example: one to three axes of 1 to 5. */
export const shapes: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 1, max: 5 }), {
  minLength: 1,
  maxLength: 3,
});

/** A number between the two, uniform in its logarithm. */
export const logUniform = (low: number, high: number): fc.Arbitrary<number> =>
  fc
    .double({ min: Math.log(low), max: Math.log(high), noNaN: true })
    .map((e) => Math.min(high, Math.max(low, Math.exp(e))));

const activations = { relu, tanh, sigmoid, identity } as const;
export type ActivationName = keyof typeof activations;

/** A dense chain, a batch for it and a loss, as data. */
export interface ChainCase {
  /** Input width, then the width of each dense layer: one to three of them. */
  readonly widths: readonly number[];
  /** The activation after each dense layer but the last. */
  readonly activation: ActivationName;
  readonly batch: number;
  readonly loss: 'softmaxCrossEntropy' | 'squaredError';
  readonly seed: number;
}

export interface BuiltChain {
  readonly net: AnyChain;
  readonly parameters: readonly Tree.Tree[];
  readonly example: Example;
  readonly loss: Loss;
}

export interface ChainOptions {
  readonly activations?: readonly ActivationName[];
  /** Dense layers, at least and at most. */
  readonly depth?: readonly [number, number];
}

/** Chains of dense layers. ReLU is left out where a law needs derivatives that exist everywhere. */
export const chains = ({
  activations: names = ['relu', 'tanh', 'sigmoid', 'identity'],
  depth = [1, 3],
}: ChainOptions = {}): fc.Arbitrary<ChainCase> =>
  fc.record({
    widths: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: depth[0] + 1, maxLength: depth[1] + 1 }),
    activation: fc.constantFrom(...names),
    batch: fc.integer({ min: 1, max: 8 }),
    loss: fc.constantFrom('softmaxCrossEntropy', 'squaredError'),
    seed: seeds,
  });

/** The strata of a law whose cases have a chain: each loss has its share. */
export const byLoss = <A>(chainOf: (example: A) => ChainCase): readonly ((example: A) => boolean)[] =>
  (['softmaxCrossEntropy', 'squaredError'] as const).map(
    (loss) => (example) => chainOf(example).loss === loss,
  );

/** Dense layers of a case, with the activation between them. */
export const layersOf = ({ widths, activation }: ChainCase): readonly AnyLayer[] =>
  widths.slice(1).flatMap((out, i): readonly AnyLayer[] => {
    const dense: AnyLayer = linear(widths[i] ?? 1, out);
    return i === widths.length - 2 ? [dense] : [dense, activations[activation](out)];
  });

export const buildChain = (c: ChainCase): BuiltChain => {
  const key = Key.key(c.seed);
  const net = chainOfLayers(layersOf(c));
  const outputs = c.widths.at(-1) ?? 1;
  const input = Key.uniform(Key.fold(key, 1), [c.batch, c.widths[0] ?? 1], -1, 1);
  const target =
    c.loss === 'squaredError'
      ? Key.uniform(Key.fold(key, 2), [c.batch, outputs], -1, 1)
      : tensor(
          Int32Array.from(Key.bits(Key.fold(key, 2), c.batch), (word) => word % outputs),
          [c.batch],
          'int32',
        );
  return {
    net,
    parameters: net.init(Key.fold(key, 0)),
    example: { input, target },
    loss: c.loss === 'squaredError' ? squaredError : softmaxCrossEntropy,
  };
};

/** A ridge system (AᵀA + βI)·V = AᵀH as data: A [rows, fanIn + 1] is a dense layer's design at an input. */
export interface RidgeCase {
  readonly rows: number;
  readonly fanIn: number;
  readonly units: number;
  /** τ_θ = 1/β. */
  readonly tauTheta: number;
  /** Scale of the inputs: it moves the spectrum. */
  readonly scale: number;
  readonly seed: number;
}

export const ridges = (tauTheta: readonly [number, number] = [1e-4, 1e4]): fc.Arbitrary<RidgeCase> =>
  fc.record({
    rows: fc.integer({ min: 1, max: 10 }),
    fanIn: fc.integer({ min: 1, max: 10 }),
    units: fc.integer({ min: 1, max: 4 }),
    tauTheta: logUniform(tauTheta[0], tauTheta[1]),
    scale: logUniform(0.1, 10),
    seed: seeds,
  });

export interface BuiltRidge {
  /** The input of the dense layer, [rows, fanIn]. */
  readonly x: Tensor;
  /** H, [units, rows]. */
  readonly h: Tensor;
}

export const buildRidge = ({ rows, fanIn, units, scale, seed }: RidgeCase): BuiltRidge => ({
  x: Key.uniform(Key.fold(Key.key(seed), 0), [rows, fanIn], -scale, scale),
  h: Key.uniform(Key.fold(Key.key(seed), 1), [units, rows], -1, 1),
});
