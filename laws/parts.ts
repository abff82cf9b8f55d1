/**
 * Laws of several inputs and outputs in one batch: 42 and 43. Networks of them are drawn by
 * `namedNets`.
 */
import * as fc from 'fast-check';
import { mul, type Tensor, tensor } from '@tensorflow/tfjs-core';
import {
  type Features,
  features,
  Key,
  type Loss,
  onOutputs,
  type Shape,
  type Shapes,
  softmaxCrossEntropy,
  squaredError,
  toHost,
  toNumber,
} from '../src';
import { gradientOf, sizeOf } from '../src/internal';
import { logUniform, seeds, shapes } from './arbitrary';
import { length, plus } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** The function under law that packs named parts. */
export type Packer = (shapes: Shapes) => Features<Shapes>;

/** Shapes of random named parts, and a batch of them. */
export interface PartsCase {
  readonly shapes: readonly Shape[];
  readonly batch: number;
  readonly seed: number;
}

const recordOf = <A>(values: readonly A[]): Readonly<Record<string, A>> =>
  Object.fromEntries(values.map((value, i) => [`part${i}`, value]));

/**
 * Law 42: the features of named parts lie one behind the other, in their order, and come back bit
 * for bit, also on the host.
 *
 * @param make packs named parts. Default: `features`
 *
 * @example check(partsInPlace(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const partsInPlace = (make: Packer = (s) => features<Shapes>(s)): Law<PartsCase> => ({
  number: numberOf('parts'),
  name: 'named parts lie one behind the other, and come back bit for bit',
  arbitrary: fc.record({
    shapes: fc.array(fc.oneof(shapes, fc.constant<Shape>([])), { minLength: 1, maxLength: 4 }),
    batch: fc.integer({ min: 1, max: 4 }),
    seed: seeds,
  }),
  holds: ({ shapes: all_, batch, seed }) => {
    const parts = all_.map((shape, i) => Key.normal(Key.fold(Key.key(seed), i), [batch, ...shape]));
    const hosts = parts.map(toHost);
    const sizes = all_.map(sizeOf);
    const packing = make(recordOf(all_));
    const packed = packing.pack(recordOf(parts));
    const byHand = Array.from({ length: batch }, (_, n) =>
      hosts.flatMap((values, i) => [...values.slice(n * (sizes[i] ?? 0), (n + 1) * (sizes[i] ?? 0))]),
    ).flat();
    const same = (what: string, found: ArrayLike<number>, expected: ArrayLike<number>): Verdict =>
      found.length === expected.length
        ? atMost(what, length(plus(Float64Array.from(found), Float64Array.from(expected), -1)), 0)
        : `${what}: ${found.length} numbers, not ${expected.length}`;
    const apart = packing.unpack(packed);
    return all(
      same('the distance of the packed batch', toHost(packed), byHand),
      same('the distance of that on the host', packing.packHost(batch, recordOf(hosts)), byHand),
      ...hosts.map((expected, i): Verdict => {
        const part = apart[`part${i}`];
        if (part?.shape.join() !== [batch, ...(all_[i] ?? [])].join()) return `part ${i} has another shape`;
        return same(`the distance of part ${i}`, toHost(part), expected);
      }),
    );
  },
});

/** The function under law that makes one loss of several. */
export type LossMaker = typeof onOutputs<Shapes, Readonly<Record<string, Loss>>>;

/** One output, and the loss on it, if there is one. */
export interface OutputCase {
  readonly size: number;
  readonly loss: 'softmaxCrossEntropy' | 'squaredError' | 'none';
  readonly weight: number;
}

/** Random named outputs with their losses, and a batch of them. */
export interface LossCase {
  readonly outputs: readonly OutputCase[];
  readonly batch: number;
  readonly seed: number;
}

const losses = { softmaxCrossEntropy, squaredError } as const;

/**
 * Law 43: the loss on named outputs is the weighted sum of the losses on each. Its gradient by an
 * output is w·∇loss of that one, and zero without a loss; and if it says that it is a square, it
 * is. Tolerance: float32 rounding of sums of a few dozen numbers.
 *
 * @param make makes one loss of several. Default: `onOutputs`
 *
 * @example check(lossOnOutputs(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const lossOnOutputs = (make: LossMaker = onOutputs): Law<LossCase> => ({
  number: numberOf('lossOnOutputs'),
  name: 'the loss on named outputs is the weighted sum of that on each',
  strata: [
    (c) => c.outputs.every(({ loss }) => loss === 'squaredError'),
    (c) => c.outputs.some(({ loss }) => loss !== 'squaredError'),
  ],
  arbitrary: fc.record({
    outputs: fc
      .array(
        fc.record({
          size: fc.integer({ min: 1, max: 4 }),
          loss: fc.constantFrom<OutputCase['loss']>('softmaxCrossEntropy', 'squaredError', 'none'),
          weight: fc.oneof(fc.constant(1), logUniform(0.1, 10)),
        }),
        { minLength: 1, maxLength: 3 },
      )
      .filter((outputs) => outputs.some(({ loss }) => loss !== 'none')),
    batch: fc.integer({ min: 1, max: 4 }),
    seed: seeds,
  }),
  holds: ({ outputs, batch, seed }) => {
    const key = Key.key(seed);
    const ys = outputs.map(({ size }, i) => Key.normal(Key.fold(key, i), [batch, size]));
    const targets = outputs.map(({ size, loss }, i) =>
      loss === 'softmaxCrossEntropy'
        ? tensor(
            Int32Array.from(Key.bits(Key.fold(key, 10 + i), batch), (word) => word % size),
            [batch],
            'int32',
          )
        : Key.normal(Key.fold(key, 10 + i), [batch, size]),
    );
    const packing = features<Shapes>(recordOf(outputs.map(({ size }) => [size])));
    const withLoss = <A>(valueOf: (c: OutputCase, i: number) => A): Readonly<Record<string, A>> =>
      Object.fromEntries(outputs.flatMap((c, i) => (c.loss === 'none' ? [] : [[`part${i}`, valueOf(c, i)]])));
    const whole = make(
      packing,
      withLoss(({ loss }) => (loss === 'none' ? squaredError : losses[loss])),
      withLoss(({ weight }) => weight),
    );
    const target = whole.targets.pack(withLoss((_, i) => targets[i] ?? tensor([])));
    const y = packing.pack(recordOf(ys));
    const { value, gradient } = gradientOf((at: Tensor) => whole.value(at, target), y);
    const each = outputs.map(({ loss, weight }, i) => {
      const [own, t] = [ys[i], targets[i]];
      return loss === 'none' || own === undefined || t === undefined
        ? undefined
        : gradientOf((at: Tensor) => mul(losses[loss].value(at, t), weight), own);
    });
    const apart = packing.unpack(gradient);
    const sum = each.reduce((total, e) => total + (e === undefined ? 0 : toNumber(e.value)), 0);
    const weight = whole.quadraticWeight?.(batch);
    return all(
      atMost('the distance of the loss', Math.abs(toNumber(value) - sum), 1e-5 * (1 + Math.abs(sum))),
      ...each.map((e, i): Verdict => {
        const found = toHost(apart[`part${i}`] ?? tensor([]));
        const expected = e === undefined ? new Float64Array(found.length) : toHost(e.gradient);
        return atMost(
          `the distance of the gradient by output ${i}`,
          length(plus(found, expected, -1)),
          e === undefined ? 0 : 1e-5 * (1 + length(expected)),
        );
      }),
      weight === undefined
        ? true
        : atMost(
            'the distance of the square',
            Math.abs(toNumber(value) - (weight / 2) * length(plus(toHost(y), toHost(target), -1)) ** 2),
            1e-5 * (1 + Math.abs(sum)),
          ),
    );
  },
});
