/** Law 16: optimizers follow their published formulas in float64, keep the shapes of their state, and are a monoid. */
import * as fc from 'fast-check';
import * as E from 'fp-ts/Either';
import { zerosLike } from '@tensorflow/tfjs-core';
import { attempt, describe, Key, liveTensors, Optimizer, scope, Tree } from '../src';
import { logUniform, seeds } from './arbitrary';
import { relativeDistance, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';

/** A published update for one number, as a transcription in float64: its own small state, t from 1. */
export type Reference = () => (direction: number, parameter: number, t: number) => number;

export interface OptimizerCase {
  readonly seed: number;
  readonly size: number;
}

const cases: fc.Arbitrary<OptimizerCase> = fc.record({
  seed: seeds,
  size: fc.integer({ min: 1, max: 4 }),
});

const STEPS = 20;

/** Parameters of a small tree, and the directions of each step. */
const drawn = ({ seed, size }: OptimizerCase) => {
  const tree = (i: number) => ({
    weights: Key.uniform(Key.fold(Key.key(seed), 2 * i), [size, 2], -1, 1),
    bias: [Key.uniform(Key.fold(Key.key(seed), 2 * i + 1), [size], -1, 1)] as const,
  });
  return { parameters: tree(0), directions: Array.from({ length: STEPS }, (_, i) => tree(i + 1)) };
};

/** The updates of 20 steps along given directions, and the parameters they lead to. */
const run = (optimizer: Optimizer.Optimizer, c: OptimizerCase): Float64Array[] => {
  const { parameters, directions } = drawn(c);
  let p = parameters;
  let state = Optimizer.initOptimizer(optimizer, p);
  return directions.map((direction) => {
    const { update, state: next } = Optimizer.updateOptimizer(optimizer, direction, state, p);
    state = next;
    p = Optimizer.applyUpdate(p, update);
    return values(p);
  });
};

/**
 * The parameters after each of 20 steps are those of the published formula in float64, within 1e-5: float32
 * rounding of 20 steps of a few operations each, where Adam divides by a small root.
 */
export const trajectory = (optimizer: Optimizer.Optimizer, reference: Reference): Law<OptimizerCase> => ({
  number: 16,
  name: `${optimizer.name}: the published trajectory`,
  arbitrary: cases,
  holds: (c) => {
    const { parameters, directions } = drawn(c);
    let p = values(parameters);
    const rules = Array.from(p, () => reference());
    const found = run(optimizer, c);
    return all(
      ...directions.map((direction, i): Verdict => {
        const d = values(direction);
        p = p.map((v, k) => v - (rules[k]?.(d[k] ?? Number.NaN, v, i + 1) ?? Number.NaN));
        return atMost(
          `the error at step ${i + 1}`,
          relativeDistance(found[i] ?? new Float64Array(0), p),
          1e-5,
        );
      }),
    );
  },
});

/** An update changes and frees nothing that it was given, gives equal results for equal calls, and leaks nothing. */
export const optimizerPurity = (optimizer: Optimizer.Optimizer): Law<OptimizerCase> => ({
  number: 16,
  name: `${optimizer.name}: pure, with a state of stable shapes`,
  arbitrary: cases,
  holds: (c) => {
    const { parameters, directions } = drawn(c);
    const [first, second] = directions;
    if (first === undefined || second === undefined) return 'no directions';
    const start = Optimizer.initOptimizer(optimizer, parameters);
    const one = Optimizer.updateOptimizer(optimizer, first, start, parameters);
    const given = [parameters, first, second, ...Optimizer.momentsOf(one.state)];
    const before = values(given);
    const alive = liveTensors();
    const twice = scope(() =>
      [0, 1].map(() => values(Optimizer.updateOptimizer(optimizer, second, one.state, parameters).update)),
    );
    const leaked = liveTensors() - alive;
    const shapes = (state: Optimizer.OptimizerState<typeof parameters>): string =>
      Optimizer.momentsOf(state)
        .flatMap(Tree.leaves)
        .map(({ shape }) => `[${shape.join()}]`)
        .join();
    const [a, b] = twice;
    return all(
      leaked === 0 ? true : `${leaked} tensors were left behind`,
      Tree.leaves(given).some((t) => t.isDisposed) ? 'an input was freed' : true,
      atMost('the change of the inputs', relativeDistance(values(given), before), 0),
      atMost(
        'the difference of two equal calls',
        relativeDistance(a ?? new Float64Array(0), b ?? new Float64Array(1)),
        0,
      ),
      shapes(one.state) === shapes(start) ? true : `the state's shapes became ${shapes(one.state)}`,
    );
  },
});

export interface EpsilonCase extends OptimizerCase {
  readonly epsilon: number;
}

/**
 * An ε that is added to a root of squares is refused, or keeps the update finite, also where the direction is zero: 0/0 is
 * what an ε makes of it that underflows. Drawn from what no float32 holds, below 1e-45, up to 1.
 */
export const epsilonHeld = (optimizerOf: (epsilon: number) => Optimizer.Optimizer): Law<EpsilonCase> => ({
  number: 16,
  name: `${optimizerOf(1).name}: an ε that underflows makes no NaN`,
  arbitrary: fc.record({ seed: seeds, size: fc.integer({ min: 1, max: 4 }), epsilon: logUniform(1e-60, 1) }),
  holds: ({ epsilon, ...c }) => {
    const { parameters, directions } = drawn(c);
    const update = attempt(() => {
      const optimizer = optimizerOf(epsilon);
      const zero = Tree.map((p) => zerosLike(p))(parameters);
      const ofZero = Optimizer.initOptimizer(optimizer, parameters);
      return [zero, directions[0] ?? zero].map((direction) =>
        values(Optimizer.updateOptimizer(optimizer, direction, ofZero, parameters).update),
      );
    });
    if (E.isLeft(update))
      return update.left._tag === 'options' && update.left.path.startsWith('epsilon')
        ? true
        : `another failure: ${describe(update.left)}`;
    return update.right.every((numbers) => numbers.every(Number.isFinite))
      ? true
      : `an update that is not finite, with ε = ${epsilon}`;
  },
});

export type Join = typeof Optimizer.chain;

/** `chain` is associative, with `unchanged` as its unit: the same numbers exactly. */
export const optimizerMonoid = (
  join: Join,
  parts: readonly [Optimizer.Optimizer, Optimizer.Optimizer, Optimizer.Optimizer],
): Law<OptimizerCase> => ({
  number: 16,
  name: 'optimizers: chain is a monoid',
  arbitrary: cases,
  holds: (c) => {
    const [a, b, d] = parts;
    const end = (o: Optimizer.Optimizer): Float64Array => run(o, c).at(-1) ?? new Float64Array(0);
    const whole = end(join(a, b, d));
    const same = (what: string, o: Optimizer.Optimizer, expected: Float64Array): Verdict =>
      atMost(what, relativeDistance(end(o), expected), 0);
    return all(
      same('(a b) c', join(join(a, b), d), whole),
      same('a (b c)', join(a, join(b, d)), whole),
      same('unit on the left', join(Optimizer.unchanged, a), end(a)),
      same('unit on the right', join(a, Optimizer.unchanged), end(a)),
    );
  },
});
