/**
 * Arbitraries: shapes, keys, chains, batches, positive definite systems. Cases are plain data, so
 * that they shrink and print; `build…` makes the tensors of a case, the same each time.
 */
import * as fc from 'fast-check';
import { tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import {
  type AnyChain,
  type AnyLayer,
  chainOfLayers,
  type Example,
  features,
  identity,
  Key,
  linear,
  type Loss,
  onOutputs,
  relu,
  type Shapes,
  sigmoid,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  type Tree,
} from '../src';
import { namedInputs, namedNet, type WireCase, wirings, wiredNet } from './wiring';

/** Draws the seed of a key. */
export const seeds: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Draws a key. */
export const keys: fc.Arbitrary<Key.Key> = seeds.map((seed) => Key.key(seed));

/** Draws shapes of one example: one to three axes of 1 to 5. */
export const shapes: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 1, max: 5 }), {
  minLength: 1,
  maxLength: 3,
});

/**
 * The number of parts of the interval. Neighbouring numbers differ by less than the laws can see.
 */
const PARTS = 2 ** 20;

/**
 * Draws numbers between two others, uniform in their logarithm; they shrink towards the first.
 * `fc.double` draws every float equally often, so nearly all of its numbers around zero are next to
 * nothing.
 *
 * @param low the least, above 0
 * @param high the greatest
 *
 * @example sample(logUniform(1e-3, 10), 2).every((tau) => tau >= 1e-3 && tau <= 10) // true
 */
export const logUniform = (low: number, high: number): fc.Arbitrary<number> =>
  fc
    .integer({ min: 0, max: PARTS })
    .map((share) => Math.min(high, Math.max(low, low * (high / low) ** (share / PARTS))));

/** Draws numbers uniform in [0, 1). */
export const unitInterval: fc.Arbitrary<number> = fc
  .integer({ min: 0, max: PARTS - 1 })
  .map((part) => part / PARTS);

const activations = { relu, tanh, sigmoid, identity } as const;
/** A name of an activation that random chains are made of. */
export type ActivationName = keyof typeof activations;

/**
 * The losses of a network with two outputs: on both with different weights (`weighted`); on both
 * with one weight, so that two squares are one (`even`); on the first alone (`first`).
 */
export const namedLosses = ['weighted', 'even', 'first'] as const;

/** A dense chain or a network that branches, a batch for it and a loss, as data. */
export interface ChainCase {
  /**
   * The width of the input, then that of each dense layer, one to three of them. With `wires`: the
   * width of the input, the common width of all wires, and that of the output.
   */
  readonly widths: readonly number[];
  /** The wires of a network that branches; absent for a chain. */
  readonly wires?: readonly WireCase[];
  /**
   * For networks that branch: present if there are two inputs and two outputs; it says which
   * outputs have a loss.
   */
  readonly named?: (typeof namedLosses)[number];
  /** The activation after each dense layer but the last, or at a wire. */
  readonly activation: ActivationName;
  readonly batch: number;
  readonly loss: 'softmaxCrossEntropy' | 'squaredError';
  readonly seed: number;
}

/** A random network with its parameters, its examples and its loss, as tensors. */
export interface BuiltNet {
  /** The network. */
  readonly net: AnyLayer;
  /** Its parameters. */
  readonly parameters: Tree.Tree;
  /** A batch of inputs and targets. */
  readonly example: Example;
  /** The loss. */
  readonly loss: Loss;
}

/** A random chain with its parameters, its examples and its loss, as tensors. */
export interface BuiltChain extends BuiltNet {
  readonly net: AnyChain;
  readonly parameters: readonly Tree.Tree[];
}

/** Options of random chains and networks: activations, depth and wires. */
export interface ChainOptions {
  /** The activations from which each case draws. Default: all. */
  readonly activations?: readonly ActivationName[];
  /** The least and the most dense layers. */
  readonly depth?: readonly [number, number];
  /** The most wires of a network that branches, beside the first and the last two. Default 5. */
  readonly most?: number;
}

/**
 * Draws chains of dense layers with an activation between them, as data; `buildChain` makes their
 * tensors.
 *
 * @param options `activations`, of which a law that needs derivatives everywhere leaves out `relu`;
 *   `depth`, the least and the most dense layers, default 1 and 3
 *
 * @example sample(chains({ activations: ['tanh'] }), 1).map(({ activation }) => activation) // ['tanh']
 */
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

/**
 * Draws networks that branch, as data: residual blocks, parallel layers, shared and tied weights,
 * and joins of wires anywhere.
 *
 * @param options as of `chains`; `most`, how many wires at most, default 5
 *
 * @example sample(nets({ most: 3 }), 2).length // 2
 */
export const nets = (options: ChainOptions = {}): fc.Arbitrary<ChainCase> =>
  fc
    .record({ chain: chains({ ...options, depth: [2, 2] }), wires: wirings(options.most ?? 5) })
    .map(({ chain, wires }) => ({ ...chain, wires }));

/**
 * Draws networks that branch in which a dense layer is bound at two places at least, as data.
 *
 * @param options as of `nets`
 *
 * @example sample(sharedNets(), 2).length // 2
 */
export const sharedNets = (options: ChainOptions = {}): fc.Arbitrary<ChainCase> =>
  nets(options).map((c) => ({
    ...c,
    wires: [{ kind: 'dense', from: [0, 0] }, { kind: 'shared', from: [1, 0] }, ...(c.wires ?? [])],
  }));

/**
 * Draws networks of two inputs and two outputs, as data.
 *
 * @param options as of `nets`
 *
 * @example sample(namedNets(), 2).length // 2
 */
export const namedNets = (options: ChainOptions = {}): fc.Arbitrary<ChainCase> =>
  fc
    .record({ chain: nets(options), named: fc.constantFrom(...namedLosses) })
    .map(({ chain, named }) => ({ ...chain, named }));

/**
 * Draws chains in one half of the cases, and networks that branch in the other.
 *
 * @param options as of `nets`
 *
 * @example sample(chainsAndNets(), 2).length // 2
 */
export const chainsAndNets = (options: ChainOptions = {}): fc.Arbitrary<ChainCase> =>
  fc.oneof(chains(options), nets(options));

/**
 * Makes the strata of a law whose cases have a chain, so that each loss has its share of the cases.
 *
 * @param chainOf the chain of a case
 *
 * @example byLoss((c: ChainCase) => c).map((isOf) => isOf(aChain)) // [false, true]
 */
export const byLoss = <A>(chainOf: (example: A) => ChainCase): readonly ((example: A) => boolean)[] =>
  (['softmaxCrossEntropy', 'squaredError'] as const).map(
    (loss) => (example) => chainOf(example).loss === loss,
  );

/**
 * Makes the layers of a case: dense layers, with the activation between them. It throws a `Fault`
 * (`shape`) for a width that is not a whole number of at least 1.
 *
 * @param c the case
 *
 * @example layersOf(aChain).map(({ name }) => name) // ['linear', 'tanh', 'linear']
 */
export const layersOf = ({ widths, activation }: ChainCase): readonly AnyLayer[] =>
  widths.slice(1).flatMap((out, i): readonly AnyLayer[] => {
    const dense: AnyLayer = linear(widths[i] ?? 1, out);
    return i === widths.length - 2 ? [dense] : [dense, activations[activation](out)];
  });

/** Random targets of a loss for outputs of so many numbers. */
const targetOf = (loss: ChainCase['loss'], batch: number, ends: number, key: Key.Key): Tensor =>
  loss === 'squaredError'
    ? Key.uniform(key, [batch, ends], -1, 1)
    : tensor(
        Int32Array.from(Key.bits(key, batch), (word) => word % ends),
        [batch],
        'int32',
      );

const losses = { softmaxCrossEntropy, squaredError } as const;

/** A batch for a case and its loss. */
const batchOfCase = (c: ChainCase): Pick<BuiltNet, 'example' | 'loss'> => {
  const key = Key.key(c.seed);
  const input = Key.uniform(Key.fold(key, 1), [c.batch, c.widths[0] ?? 1], -1, 1);
  const target = targetOf(c.loss, c.batch, c.widths.at(-1) ?? 1, Key.fold(key, 2));
  return { example: { input, target }, loss: losses[c.loss] };
};

/**
 * Makes the tensors of a case: the chain, its parameters, a batch and the loss, the same for the
 * same case. It throws as `layersOf` does.
 *
 * @param c the case
 *
 * @example buildChain(aChain).net.output // [2]
 */
export const buildChain = (c: ChainCase): BuiltChain => {
  const net = chainOfLayers(layersOf(c));
  return { net, parameters: net.init(Key.fold(Key.key(c.seed), 0)), ...batchOfCase(c) };
};

/** A network of two inputs and two outputs, its packed batch and a loss of its packed outputs. */
const buildNamed = (c: ChainCase, wires: readonly WireCase[], named: ChainCase['named']): BuiltNet => {
  const [inputs = 1, width = 1] = c.widths;
  const ends = c.widths.at(-1) ?? 1;
  const net = namedNet(wires, [inputs, width, ends], activations[c.activation]);
  const key = Key.key(c.seed);
  const drawn = (at: number, ...shape: readonly number[]): Tensor =>
    Key.uniform(Key.fold(key, at), [c.batch, ...shape], -1, 1);
  const first = targetOf(c.loss, c.batch, ends, Key.fold(key, 2));
  const targets: Readonly<Record<string, Tensor>> =
    named === 'first' ? { first } : { first, second: drawn(4, 3, 1) };
  const loss = onOutputs<Shapes, Readonly<Record<string, Loss>>>(
    net.outputs,
    named === 'first' ? { first: losses[c.loss] } : { first: losses[c.loss], second: squaredError },
    named === 'weighted' ? { first: 0.5, second: 2 } : {},
  );
  return {
    net,
    parameters: net.init(Key.fold(key, 0)),
    example: {
      input: features(namedInputs(inputs)).pack({ left: drawn(1, inputs), right: drawn(3, 2, 2) }),
      target: loss.targets.pack(targets),
    },
    loss,
  };
};

/**
 * Makes the tensors of a case, a chain or a network that branches: the network, its parameters, a
 * batch and the loss. It throws as `layersOf` does.
 *
 * @param c the case
 *
 * @example buildNet(aChain).example.input.shape // [3, 2]
 */
export const buildNet = (c: ChainCase): BuiltNet => {
  if (c.wires === undefined) return buildChain(c);
  if (c.named !== undefined) return buildNamed(c, c.wires, c.named);
  const [inputs = 1, width = 1] = c.widths;
  const net = wiredNet(c.wires, [inputs, width, c.widths.at(-1) ?? 1], activations[c.activation]);
  return { net, parameters: net.init(Key.fold(Key.key(c.seed), 0)), ...batchOfCase(c) };
};

/**
 * A ridge system (AᵀA + βI)·V = AᵀH as data: A [rows, fanIn + 1] is a dense layer's design at an
 * input.
 */
export interface RidgeCase {
  readonly rows: number;
  readonly fanIn: number;
  readonly units: number;
  /** τ_θ = 1/β. */
  readonly tauTheta: number;
  /** The scale of the inputs, which moves the spectrum. */
  readonly scale: number;
  readonly seed: number;
  /** The kind of its inputs. Default `plain`. */
  readonly kind?: (typeof ridgeKinds)[number];
}

/**
 * The kinds of ridge systems that random numbers rarely hit: equal rows, also with right-hand sides
 * that are opposite up to a thousandth; columns that are constant or zero; inputs of one sign.
 */
export const ridgeKinds = ['plain', 'duplicates', 'contrary', 'constant', 'zero', 'positive'] as const;

/**
 * Draws ridge systems (AᵀA + I/τ_θ)·V = AᵀH of 1 to 10 rows, 1 to 10 inputs and 1 to 4 units, as
 * data. τ_θ and the scale of the inputs are log-uniform.
 *
 * @param tauTheta the least and the greatest τ_θ. Default 1e-4 and 1e4
 *
 * @example sample(ridges([1, 10]), 2).every(({ rows }) => rows <= 10) // true
 */
export const ridges = (tauTheta: readonly [number, number] = [1e-4, 1e4]): fc.Arbitrary<RidgeCase> =>
  fc.record({
    rows: fc.integer({ min: 1, max: 10 }),
    fanIn: fc.integer({ min: 1, max: 10 }),
    units: fc.integer({ min: 1, max: 4 }),
    tauTheta: logUniform(tauTheta[0], tauTheta[1]),
    scale: logUniform(0.1, 10),
    seed: seeds,
  });

/**
 * Draws ridge systems of all kinds (`ridgeKinds`), with inputs of 1e-5 to 255, and some with more
 * than 1,000 rows.
 *
 * @param tauTheta the least and the greatest τ_θ. Default 1e-4 and 1e4
 *
 * @example sample(hardRidges([1, 10]), 2).every(({ units }) => units <= 6) // true
 */
export const hardRidges = (tauTheta: readonly [number, number] = [1e-4, 1e4]): fc.Arbitrary<RidgeCase> =>
  fc.record({
    rows: fc.oneof(
      { weight: 19, arbitrary: fc.integer({ min: 1, max: 12 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1001, max: 1100 }) },
    ),
    fanIn: fc.integer({ min: 1, max: 10 }),
    units: fc.integer({ min: 1, max: 6 }),
    tauTheta: logUniform(tauTheta[0], tauTheta[1]),
    scale: logUniform(1e-5, 255),
    seed: seeds,
    kind: fc.constantFrom(...ridgeKinds),
  });

/**
 * Draws ridge systems of all kinds whose condition number 1 + τ_θ·λ is bounded, whatever the
 * inputs.
 *
 * @param most the bound
 *
 * @example sample(mildRidges(1e3), 2).length // 2
 */
export const mildRidges = (most: number): fc.Arbitrary<RidgeCase> =>
  fc
    .record({ c: hardRidges(), kappa: logUniform(1, most) })
    .map(({ c, kappa }) => ({ ...c, tauTheta: kappa / (c.rows * (1 + c.fanIn * c.scale ** 2)) }));

/** The tensors of a random ridge problem: min_V ½‖A·V − H‖² + β/2·‖V‖² with A = [x, 1]. */
export interface BuiltRidge {
  /** The input of the dense layer, [rows, fanIn]. */
  readonly x: Tensor;
  /** H, [units, rows]. */
  readonly h: Tensor;
}

/** The values of a matrix [rows, columns] made anew of its own by row and column. */
const remade = (
  m: Tensor,
  value: (values: ArrayLike<number>, row: number, column: number, columns: number) => number,
): Tensor => {
  const [rows = 0, columns = 0] = m.shape;
  const values = m.dataSync();
  return tensor(
    Float32Array.from({ length: rows * columns }, (_, i) =>
      value(values, Math.floor(i / columns), i % columns, columns),
    ),
    [rows, columns],
  );
};

/**
 * Makes inputs [rows, columns] into inputs of a kind of ridge system: rows that are equal, a column
 * that is constant or zero, numbers of one sign.
 *
 * @param x the inputs
 * @param kind the kind; without one they stay as they are
 * @param scale the constant of a constant column
 *
 * @example Array.from(inputsOfKind(tensor2d([[1, -2]]), 'positive', 1).dataSync()) // [1, 2]
 */
export const inputsOfKind = (x: Tensor, kind: RidgeCase['kind'], scale: number): Tensor => {
  switch (kind) {
    case 'duplicates':
    case 'contrary':
      return remade(x, (values, r, c, columns) => values[(r - (r % 2)) * columns + c] ?? 0);
    case 'constant':
      return remade(x, (values, r, c, columns) => (c === 0 ? scale : (values[r * columns + c] ?? 0)));
    case 'zero':
      return remade(x, (values, r, c, columns) => (c % 2 === 0 ? 0 : (values[r * columns + c] ?? 0)));
    case 'positive':
      return remade(x, (values, r, c, columns) => Math.abs(values[r * columns + c] ?? 0));
    case 'plain':
    case undefined:
      return x;
    default:
      return kind satisfies never;
  }
};

/**
 * Makes each second row of a matrix the opposite of the row before it, up to a thousandth of its
 * own.
 *
 * @param h the matrix [rows, columns]
 *
 * @example Array.from(opposed(tensor2d([[1], [0]])).dataSync()) // [1, -1]
 */
export const opposed = (h: Tensor): Tensor =>
  remade(h, (values, r, c, columns) => {
    const own = values[r * columns + c] ?? 0;
    return r % 2 === 0 ? own : 1e-3 * own - (values[(r - 1) * columns + c] ?? 0);
  });

/**
 * Makes the tensors of a ridge system: x uniform on ±`scale`, H uniform on ±1, both by the seed and
 * then of the kind.
 *
 * @param c the case, with `rows`, `fanIn`, `units`, `scale`, `seed` and `kind`
 *
 * @example buildRidge({ rows: 4, fanIn: 2, units: 3, tauTheta: 1, scale: 1, seed: 1 }).h.shape // [3, 4]
 */
export const buildRidge = ({ rows, fanIn, units, scale, seed, kind }: RidgeCase): BuiltRidge => {
  const x = Key.uniform(Key.fold(Key.key(seed), 0), [rows, fanIn], -scale, scale);
  const h = Key.uniform(Key.fold(Key.key(seed), 1), [units, rows], -1, 1);
  return {
    x: inputsOfKind(x, kind, scale),
    h: kind === 'contrary' ? transpose(opposed(transpose(h))) : h,
  };
};
