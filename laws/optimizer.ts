/**
 * Law 16: optimizers follow their published formulas, are pure functions of their state, and are a
 * monoid.
 */
import * as fc from 'fast-check';
import * as E from 'fp-ts/Either';
import { add, reshape, tensor1d, zerosLike } from '@tensorflow/tfjs-core';
import { attempt, describe, liveTensors, Optimizer, scope, Tree } from '../src';
import { ofEachNumber, type OptimizerReference, type OptimizerTreeReference } from '../src/registry';
import { logUniform } from './arbitrary';
import { length, plus, relativeDistance, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { drawnTree, hostTensors, type OptimizerCase, optimizerCases, trajectoryOf } from './optimizerCases';

export { ofEachNumber };

/** A published update for one number in float64, with a small state of its own; t counts from 1. */
export type Reference = OptimizerReference;

/** A published update of trees in float64: the updates of all tensors at update t, from 1. */
export type TreeReference = OptimizerTreeReference;

/**
 * Computes the largest error of the parameters over the steps of a case, relative to their largest
 * norm so far; NaN if a number is. Parameters that come near 0 keep the rounding of where they
 * were.
 *
 * @param optimizer the optimizer under law
 * @param reference the published formula, of trees
 * @param c the case
 *
 * @example trajectoryError(sgd(0.1), ofEachNumber(() => (d) => 0.1 * d), anOptimizer) < 1e-6 // true
 */
export const trajectoryError = (
  optimizer: Optimizer.Optimizer,
  reference: TreeReference,
  c: OptimizerCase,
): number => {
  const { parameters, directions } = drawnTree(c);
  const rule = reference();
  let p = hostTensors(parameters);
  const found = trajectoryOf(optimizer, parameters, directions);
  let largest = length(values(parameters));
  return directions.reduce((worst, direction, i) => {
    const updates = rule(hostTensors(direction), p, i + 1);
    p = p.map((of, l) => ({ ...of, numbers: of.numbers.map((v, k) => v - (updates[l]?.[k] ?? Number.NaN)) }));
    const expected = Float64Array.from(p.flatMap(({ numbers }) => [...numbers]));
    largest = Math.max(largest, length(expected));
    const error = length(plus(expected, found[i] ?? new Float64Array(0), -1)) / largest;
    return error <= worst ? worst : error;
  }, 0);
};

/**
 * Law 16: the parameters after each of 20 steps are those of the published formula in float64,
 * within 2e-6: float32 rounding of 20 steps of a few operations each. The worst of 200 cases of
 * each optimizer of the library is 4.6e-7.
 *
 * @param optimizer the optimizer under law
 * @param reference the published formula, of trees
 *
 * @example
 * const formula = ofEachNumber(() => (d) => 0.1 * d);
 * check(treeTrajectory(sgd(0.1), formula), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const treeTrajectory = (
  optimizer: Optimizer.Optimizer,
  reference: TreeReference,
): Law<OptimizerCase> => ({
  number: numberOf('optimizers'),
  name: `${optimizer.name}: the published trajectory`,
  arbitrary: optimizerCases,
  holds: (c) => atMost('the largest error of a step', trajectoryError(optimizer, reference, c), 2e-6),
});

/**
 * Law 16 of an optimizer of each number for itself: as `treeTrajectory`, with the formula of one
 * number.
 *
 * @param optimizer the optimizer under law
 * @param reference the published formula, of one number
 *
 * @example check(trajectory(sgd(0.1), () => (d) => 0.1 * d), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const trajectory = (optimizer: Optimizer.Optimizer, reference: Reference): Law<OptimizerCase> =>
  treeTrajectory(optimizer, ofEachNumber(reference));

const shapesOf = (state: Optimizer.OptimizerState<Tree.Tree>): string =>
  Optimizer.momentsOf(state)
    .flatMap((moment) => Tree.leaves(moment))
    .map(({ shape }) => `[${shape.join()}]`)
    .join();

/**
 * Law 16: an update neither changes nor frees anything that it was given, gives equal results for
 * equal calls in tensors of their own, and leaks nothing. `stepOptimizer` gives the same bytes.
 *
 * @param optimizer the optimizer under law
 *
 * @example check(optimizerPurity(adam()), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const optimizerPurity = (optimizer: Optimizer.Optimizer): Law<OptimizerCase> => ({
  number: numberOf('optimizers'),
  name: `${optimizer.name}: pure, with a state of stable shapes`,
  arbitrary: optimizerCases,
  holds: (c) => {
    const { parameters, directions } = drawnTree(c, 2);
    const [first, second] = directions;
    if (first === undefined || second === undefined) return 'no directions';
    const start = Optimizer.initOptimizer(optimizer, parameters);
    const one = Optimizer.updateOptimizer(optimizer, first, start, parameters);
    const given = [parameters, first, second, ...Optimizer.momentsOf(one.state)];
    const theirs = new Set(given.flatMap((tree) => Tree.leaves(tree)));
    const before = values(given);
    const alive = liveTensors();
    let shared = 0;
    const [a = new Float64Array(0), b = new Float64Array(1)] = scope(() =>
      [0, 1].map(() => {
        const { update, state } = Optimizer.updateOptimizer(optimizer, second, one.state, parameters);
        const made = [update, ...Optimizer.momentsOf(state)].flatMap((tree) => Tree.leaves(tree));
        shared += made.filter((leaf) => theirs.has(leaf)).length;
        return values([Optimizer.applyUpdate(parameters, update), ...Optimizer.momentsOf(state)]);
      }),
    );
    const leaked = liveTensors() - alive;
    const pure = all(
      leaked === 0 ? true : `${leaked} tensors were left behind`,
      shared === 0 ? true : `${shared} tensors of the results are tensors given`,
      Tree.leaves(given).some((t) => t.isDisposed) ? 'an input was freed' : true,
      atMost('the change of the inputs', relativeDistance(values(given), before), 0),
      atMost('the difference of two equal calls', relativeDistance(a, b), 0),
      shapesOf(one.state) === shapesOf(start) ? true : `the state's shapes became ${shapesOf(one.state)}`,
    );
    if (pure !== true) return pure;
    const count = Optimizer.momentsOf(one.state).flatMap((moment) => Tree.leaves(moment)).length;
    const stepped = Optimizer.stepOptimizer(optimizer, second, one.state, parameters);
    const more = liveTensors() - alive - Tree.leaves(parameters).length + Tree.leaves(second).length;
    return all(
      Tree.leaves(parameters).some((t) => t.isDisposed) ? 'stepOptimizer freed the parameters' : true,
      more === 0 ? true : `stepOptimizer left ${more} tensors behind, beside ${count} of its state`,
      atMost(
        'the difference of a step from update and subtraction',
        relativeDistance(values([stepped.parameters, ...Optimizer.momentsOf(stepped.state)]), a),
        0,
      ),
    );
  },
});

/** Numbers that are no direction. */
const BAD = [Number.NaN, Infinity, -Infinity] as const;

/** A trajectory in which one number of one direction is not finite. */
export interface BadCase extends OptimizerCase {
  readonly bad: (typeof BAD)[number];
  /** Which number is bad, counted over all tensors. */
  readonly at: number;
  /** The number of steps with finite directions that come first. */
  readonly step: number;
}

/**
 * Law 16: a direction that is not finite shows in the parameters by the end of the step: the
 * optimizer neither clips it nor divides it away.
 *
 * @param optimizer the optimizer under law
 *
 * @example check(badDirectionShows(adam()), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const badDirectionShows = (optimizer: Optimizer.Optimizer): Law<BadCase> => ({
  number: numberOf('optimizers'),
  name: `${optimizer.name}: a direction that is not finite shows`,
  arbitrary: fc
    .tuple(optimizerCases, fc.constantFrom(...BAD), fc.nat(1000), fc.integer({ min: 0, max: 4 }))
    .map(([c, bad, at, step]) => ({ ...c, bad, at, step })),
  holds: ({ bad, at, step, ...c }) => {
    const { parameters, directions } = drawnTree(c, step + 1);
    const size = values(parameters).length;
    let from = 0;
    const spoilt = Tree.map((leaf) => {
      const k = (at % size) - from;
      from += leaf.size;
      if (k < 0 || k >= leaf.size) return leaf;
      const zerosAndBad = Float32Array.from({ length: leaf.size }, (_, i) => (i === k ? bad : 0));
      return add(leaf, reshape(tensor1d(zerosAndBad), leaf.shape));
    });
    const spoiltOnes = directions.map((d, i) => (i === step ? spoilt(d) : d));
    const last = trajectoryOf(optimizer, parameters, spoiltOnes).at(-1) ?? new Float64Array(0);
    return last.every(Number.isFinite) ? `${bad} left the parameters finite` : true;
  },
});

/** A trajectory with a random ε. */
export interface EpsilonCase extends OptimizerCase {
  readonly epsilon: number;
}

/**
 * Law 16: an ε that is added to a root of squares is refused, or keeps the update finite, even if
 * the direction is zero. An ε that underflows would make 0/0. The law draws ε from 1e-60, which no
 * float32 holds, up to 1.
 *
 * @param optimizerOf the optimizer of an ε
 *
 * @example
 * const ofEpsilon = (epsilon: number) => adam(1e-3, { epsilon });
 * check(epsilonHeld(ofEpsilon), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const epsilonHeld = (optimizerOf: (epsilon: number) => Optimizer.Optimizer): Law<EpsilonCase> => ({
  number: numberOf('optimizers'),
  name: `${optimizerOf(1).name}: an ε that underflows makes no NaN`,
  arbitrary: fc.tuple(optimizerCases, logUniform(1e-60, 1)).map(([c, epsilon]) => ({ ...c, epsilon })),
  holds: ({ epsilon, ...c }) => {
    const { parameters, directions } = drawnTree(c, 1);
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

/** The function under law that joins optimizers. */
export type OptimizerChain = typeof Optimizer.chain;

/**
 * Law 16: `chain` of optimizers is associative, with `unchanged` as its unit, to the bit.
 *
 * @param join joins optimizers, such as `Optimizer.chain`
 * @param parts three optimizers
 *
 * @example
 * const parts = [Optimizer.trace(0.9), Optimizer.scaleByAdam(), sgd(0.1)] as const;
 * check(optimizerMonoid(Optimizer.chain, parts), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const optimizerMonoid = (
  join: OptimizerChain,
  parts: readonly [Optimizer.Optimizer, Optimizer.Optimizer, Optimizer.Optimizer],
): Law<OptimizerCase> => ({
  number: numberOf('optimizers'),
  name: 'optimizers: chain is a monoid',
  arbitrary: optimizerCases,
  holds: (c) => {
    const [a, b, d] = parts;
    const { parameters, directions } = drawnTree(c);
    const end = (o: Optimizer.Optimizer): Float64Array =>
      trajectoryOf(o, parameters, directions).at(-1) ?? new Float64Array(0);
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
