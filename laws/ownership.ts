/**
 * Laws 34 and 35, of ownership. Results of a pull-back are tensors of their own, which the caller
 * may free one by one. The tensors that are alive when a sweep reaches the first link do not grow
 * with the depth of the network.
 */
import * as fc from 'fast-check';
import { add, concat, customGrad, memory, mul, reshape, sum, Tensor, transpose } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  chainOfLayers,
  energyOf,
  jvp,
  Key,
  layer,
  linear,
  type Method,
  orThrow,
  scope,
  squaredError,
  tanh,
  toHost,
  Tree,
  valueAndGradient,
  vjp,
} from '../src';
import { record, runDirection } from '../src/internal';
import { length, plus } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { seeds } from './arbitrary';
import { type SweepRunner } from './sweep';

/** Functions of two tensors of one shape whose derivatives may pass a cotangent on as it is. */
const functions: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  'the first': (a) => a,
  sum: (a, b) => add(a, b),
  'sum of the first with itself': (a) => add(a, a),
  'sum of three': (a, b) => add(add(a, b), a),
  product: (a, b) => mul(a, b),
  'square of the first': (a) => mul(a, a),
  reshaped: (a) => reshape(a, [a.size]),
  transposed: (_, b) => transpose(b),
  joined: (a, b) => concat([a, b], 0),
  'joined with itself': (a) => concat([a, a], 0),
  copied: (a) => a.clone(),
};

/** The derivatives under law. */
export interface Derivatives {
  /** A recording of a function at a point. */
  readonly record: typeof record;
  /** The value and Jᵀ·u. */
  readonly vjp: typeof vjp;
  /** The value and J·v. */
  readonly jvp: typeof jvp;
  /** The value and the gradient. */
  readonly valueAndGradient: typeof valueAndGradient;
}

/** A function of two tensors, and the derivatives that are asked for. */
export interface OwnershipCase {
  readonly f: string;
  /** Which of the two tensors are asked for, in this order; one may be there twice. */
  readonly wrt: readonly ('a' | 'b')[];
  /** Whether the cotangent is the input itself, if the shapes allow it. */
  readonly same: boolean;
  readonly seed: number;
}

const distinct = (what: string, results: readonly Tensor[], given: readonly Tensor[]): Verdict => {
  if (new Set(results).size < results.length) return `${what}: two results are one tensor`;
  return results.some((r) => given.includes(r)) ? `${what}: a result is a tensor that was given` : true;
};

/**
 * Checks that results are distinct tensors. If they are freed one by one, the remaining results and
 * the given tensors stay unchanged.
 */
const owned = (what: string, results: readonly Tensor[], given: readonly Tensor[]): Verdict => {
  const apart = distinct(what, results, given);
  if (apart !== true) return apart;
  const before = [...results, ...given].map(toHost);
  return all(
    ...results.map((result, i): Verdict => {
      result.dispose();
      return all(
        ...[...results, ...given].slice(i + 1).map((t, k): Verdict => {
          if (t.isDisposed) return `${what}: freeing result ${i + 1} frees another`;
          const old = before[i + 1 + k];
          return old !== undefined && length(plus(toHost(t), old, -1)) === 0
            ? true
            : `${what}: freeing result ${i + 1} changes another`;
        }),
      );
    }),
  );
};

/**
 * Law 34: the results of a pull-back, and of `vjp`, `jvp` and gradients of trees that hold a tensor
 * twice, are tensors of their own: freeing one leaves the others and everything given as it was.
 *
 * @param d the derivatives under law. Default: those of the library
 *
 * @example check(ownResults(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const ownResults = (d: Derivatives = { record, vjp, jvp, valueAndGradient }): Law<OwnershipCase> => ({
  number: numberOf('ownResults'),
  name: 'ownership: results of derivatives are tensors of their own',
  arbitrary: fc.record({
    f: fc.constantFrom(...Object.keys(functions)),
    wrt: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 }),
    same: fc.boolean(),
    seed: seeds,
  }),
  holds: ({ f: name, wrt, same, seed }) => {
    const f = functions[name] ?? ((a: Tensor) => a);
    const a = Key.uniform(Key.fold(Key.key(seed), 0), [2, 3], -1, 1);
    const b = Key.uniform(Key.fold(Key.key(seed), 1), [2, 3], -1, 1);
    const shape = scope(() => f(a, b).shape.slice());
    const cotangent =
      same && shape.join() === a.shape.join() ? a : Key.uniform(Key.fold(Key.key(seed), 2), shape, -1, 1);
    const given = [a, b, cotangent];
    const asked = wrt.map((which) => (which === 'a' ? a : b));
    type Pair = { readonly a: Tensor; readonly b: Tensor };
    const recording = d.record(() => f(a, b));
    const pulled = recording.pullback(cotangent, asked).filter((t) => t !== undefined);
    const verdicts = [owned('pullback', pulled, given)];
    recording.release();
    verdicts.push(distinct('record', [recording.value], given));
    for (const second of [b, a]) {
      const p: Pair = { a, b: second };
      const tangent: Pair = { a: cotangent.size === 6 ? reshape(cotangent, [2, 3]) : b, b: a };
      const v = orThrow(d.vjp((q: Pair) => f(q.a, q.b))(p, cotangent));
      const g = orThrow(d.valueAndGradient((q: Pair) => sum(f(q.a, q.b)))(p));
      const j = orThrow(d.jvp((q: Pair) => f(q.a, q.b))(p, tangent));
      for (const [what, results] of [
        ['vjp', [...Tree.leaves(v.cotangent), v.value]],
        ['valueAndGradient', [...Tree.leaves(g.gradient), g.value]],
        ['jvp', [j.tangent, j.value]],
      ] as const)
        verdicts.push(owned(what, results, given));
    }
    return all(...verdicts);
  },
});

/** Two networks of one width, one deeper than the other. */
export interface DepthCase {
  /** Hidden layers of the shallow and of the deep network. */
  readonly shallow: number;
  readonly deep: number;
  readonly width: number;
  readonly seed: number;
}

/** The identity, with a look at the memory when its cotangent comes down. */
const watching = (width: number, look: () => void): AnyLayer =>
  layer({
    name: 'watching',
    input: [width],
    output: [width],
    init: () => ({}),
    forward: (_, input) =>
      customGrad((...args) => {
        const [t] = args;
        if (!(t instanceof Tensor)) throw new TypeError('a custom gradient gets tensors');
        return {
          value: t.clone(),
          gradFunc: (dy: Tensor) => {
            look();
            return dy.clone();
          },
        };
      })(input),
  });

const BATCH = 256;

/**
 * Law 35: the memory of a sweep does not grow with depth. The law compares the bytes alive when the
 * cotangent comes to the layer behind the first link, less those alive before the run and the
 * directions of the layers above, which are results. A deep network may hold a few scalars a layer
 * more than a shallow one, but not an activation.
 *
 * @param method the method under law
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example check(memoryOfSweep(backprop()), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const memoryOfSweep = (method: Method, runner: SweepRunner = runDirection): Law<DepthCase> => ({
  number: numberOf('memoryOfSweep'),
  name: `${method.name}: what is alive at link 1 does not grow with depth`,
  arbitrary: fc.record({
    shallow: fc.integer({ min: 1, max: 2 }),
    deep: fc.integer({ min: 4, max: 6 }),
    width: fc.integer({ min: 2, max: 6 }),
    seed: seeds,
  }),
  holds: ({ shallow, deep, width, seed }) => {
    const aliveAt = (depth: number): number => {
      let alive = Number.NaN;
      const above = Array.from({ length: depth }, (): AnyLayer[] => [linear(width, width), tanh(width)]);
      const watcher = watching(width, () => {
        alive = memory().numBytes;
      });
      const net = chainOfLayers([linear(width, width), watcher, ...above.flat()]);
      return scope(() => {
        const parameters = net.init(Key.key(seed));
        const input = Key.uniform(Key.fold(Key.key(seed), 1), [BATCH, width], -1, 1);
        const target = Key.uniform(Key.fold(Key.key(seed), 2), [BATCH, width], -1, 1);
        const energy = energyOf(net, squaredError, method.energy);
        const before = memory().numBytes;
        runner(energy, method.schedule(energy.links), parameters, { input, target });
        const directions = depth * (width + 1) * width * 4;
        return alive - before - directions;
      });
    };
    const [few, many] = [aliveAt(shallow), aliveAt(deep)];
    const activation = BATCH * width * 4;
    return atMost(
      'the growth of what is alive, in activations of one layer,',
      (many - few) / activation,
      0.5,
    );
  },
});
