/**
 * Laws of the block steps that methods are made of, for every method × kind of block:
 *
 * 19  an implicit step never raises E + 1/(2τ)·‖u‖², and so never E
 * 20  it ends where the gradient of that vanishes
 * 21  for τ → 0 it is the explicit step
 *
 * A case is a network, couplings, and a state anywhere: parameters, activations and multipliers all
 * displaced at random.
 */
import * as fc from 'fast-check';
import { mul, sub } from '@tensorflow/tfjs-core';
import {
  advance,
  type Block,
  type BlockStep,
  type Energy,
  energyOf,
  energyTerms,
  explicit,
  fail,
  forwardState,
  groupParameters,
  implicit,
  Key,
  type Method,
  scope,
  type State,
  toNumber,
  Tree,
  readNow,
} from '../src';
import {
  blockAt,
  blockSteps,
  blockValue,
  blocksOf,
  linkAt,
  measureOf,
  ofActivations,
  showBlock,
  variablesOf,
  withDecrement,
} from '../src/internal';
import {
  type ActivationName,
  buildNet,
  type BuiltNet,
  type ChainCase,
  chainsAndNets,
  logUniform,
  byLoss,
} from './arbitrary';
import { length, plus, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/**
 * The kinds of blocks: parameters or activations, by the links that they belong to and the links
 * that read them.
 */
export const blockKinds = [
  'θ, affine link',
  'θ, composed link',
  'θ, under the loss',
  'θ, of several links',
  'x, under an affine link',
  'x, under an elementwise link',
  'x, under a composed link',
  'x, under several links',
  'x, under the loss',
  'x, all together',
] as const;
/** A kind of block: parameters or activations, by the link that they belong to. */
export type BlockKind = (typeof blockKinds)[number];

/**
 * Finds the kind of a block: parameters or activations, by the link that they belong to.
 *
 * @param energy the energy
 * @param block one of its blocks. One that it lacks throws a `Fault`
 *
 * @example kindOf(energyOf(net, loss, { grouping: everyLayer }), theta(1)) // 'θ, affine link'
 */
export const kindOf = (energy: Energy, block: Block): BlockKind => {
  if (block.kind === 'together') return 'x, all together';
  if (block.kind === 'parameters') {
    const { last, affine, sharers } = linkAt(energy, block.link);
    if (sharers.length > 1) return 'θ, of several links';
    return last ? 'θ, under the loss' : affine ? 'θ, affine link' : 'θ, composed link';
  }
  const [first = 0, ...others] = linkAt(energy, block.link).readers;
  if (others.length > 0) return 'x, under several links';
  const above = linkAt(energy, first);
  if (above.last) return 'x, under the loss';
  if (above.elementwise !== undefined) return 'x, under an elementwise link';
  return above.inputDesign === undefined ? 'x, under a composed link' : 'x, under an affine link';
};

/** A random chain, its coupling, a step size τ, and one block of the kind that is judged. */
export interface BlockCase {
  readonly chain: ChainCase;
  readonly coupling: number;
  readonly tauTheta: number;
  /** Selects one of the blocks of the kind, by its remainder. */
  readonly which: number;
}

/** A method, as a function of a coupling and a τ_θ. */
export type BlockMethod = (coupling: number, tauTheta: number) => Method;

const cases = (activations: readonly ActivationName[]): fc.Arbitrary<BlockCase> =>
  fc.record({
    chain: chainsAndNets({ depth: [2, 3], activations, most: 3 }),
    coupling: logUniform(0.1, 10),
    tauTheta: logUniform(0.1, 100),
    which: fc.nat(1000),
  });

/**
 * Makes a state with every variable moved at random from a forward pass, and a multiplier wherever
 * there can be one. It throws a `Fault` if the network does not fit the energy.
 *
 * @param energy the energy
 * @param built its network, parameters and batch
 * @param seed the seed of the displacements
 *
 * @example
 * const built = buildNet(aChain);
 * const state = anywhere(energyOf(built.net, built.loss), built, 1);
 */
export const anywhere = (energy: Energy, built: BuiltNet, seed: number): State => {
  const key = Key.fold(Key.key(seed), 7);
  const start = forwardState(energy, groupParameters(energy, built.parameters), built.example.input);
  const moved = blocksOf(start).reduce((state, block, i) => {
    const by = Tree.map((leaf, path) =>
      Key.uniform(Key.fold(Key.fold(key, i), path.length), leaf.shape, -0.5, 0.5),
    )(blockAt(state, block).anchor);
    return withDecrement(state, block, by);
  }, start);
  return {
    ...moved,
    multipliers: energy.multipliers.map((term, i) => {
      const shape = moved.activations[i + 1]?.anchor.shape;
      return term === undefined || shape === undefined
        ? undefined
        : Key.uniform(Key.fold(key, 1000 + i), shape, -0.5, 0.5);
    }),
  };
};

type Implicit = Extract<BlockStep, { readonly tag: 'implicit' }>;

interface Setting extends BuiltNet {
  readonly energy: Energy;
  readonly state: State;
  readonly step: Implicit;
}

/** The case's step of the kind; nothing where the method has none on this chain. */
const settingOf = (method: BlockMethod, kind: BlockKind, c: BlockCase): Setting | undefined => {
  const built = buildNet(c.chain);
  const { energy: options, schedule } = method(c.coupling, c.tauTheta);
  const energy = energyOf(built.net, built.loss, options);
  const state = anywhere(energy, built, c.chain.seed);
  const steps = blockSteps(schedule(energy.links)).filter(
    (s): s is Implicit =>
      s.tag === 'implicit' &&
      kindOf(energy, s.block) === kind &&
      Tree.leaves(blockValue(state, s.block)).length > 0,
  );
  const step = steps[c.which % Math.max(1, steps.length)];
  return step === undefined ? undefined : { ...built, energy, state, step };
};

/**
 * Whether a method minimises over blocks of a kind: on two dense layers with a ReLU between them,
 * on such a network with a sum, or on one with a shared layer. It throws a `Fault` if the method
 * cannot be run.
 *
 * @param method the method, of a coupling and a τ_θ
 * @param kind the kind of block
 *
 * @example hasKind(bcd, 'θ, affine link') // true
 */
export const hasKind = (method: BlockMethod, kind: BlockKind): boolean => {
  const chain: ChainCase = {
    widths: [2, 2, 2],
    activation: 'relu',
    batch: 1,
    loss: 'squaredError',
    seed: 1,
  };
  const wires: ChainCase['wires'] = [
    { kind: 'activation', from: [0, 0] },
    { kind: 'add', from: [0, 1] },
  ];
  const twice: ChainCase['wires'] = [
    { kind: 'dense', from: [0, 0] },
    { kind: 'shared', from: [1, 0] },
  ];
  return [chain, { ...chain, wires }, { ...chain, wires: twice }].some((net) =>
    scope(() => settingOf(method, kind, { chain: net, coupling: 1, tauTheta: 1, which: 0 }) !== undefined),
  );
};

/** Runs a step from a state: `advance`, or a mutant of it. */
export type Advance = typeof advance;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** E, and the sum of the sizes of its terms, which is what its rounding is relative to. */
const energyOfState = (energy: Energy, state: State, { example }: BuiltNet) => {
  const terms = energyTerms(energy, state, example.target).map(toNumber);
  return { value: sum(terms), size: sum(terms.map(Math.abs)) };
};

const displacement = (before: State, after: State, block: Block): Float64Array =>
  plus(values(blockValue(after, block)), values(blockValue(before, block)), -1);

/** 1/(2τ)·‖u‖² in the energy's norm. */
const proximity = ({ energy, state, step }: Setting, u: Float64Array): number =>
  ((ofActivations(step.block) ? measureOf(energy, state) : 1) / (2 * step.tau)) * length(u) ** 2;

/** Float32 rounding of a few hundred terms. */
const ROUNDING = 1e-5;

/**
 * Law 19: an implicit step u on a block never raises E, and pays for its proximal term:
 *
 *     E(after) + ‖u‖²/(2τ) ≤ E(before)
 *
 * ‖u‖ is in the norm of the energy. Tolerance: float32 rounding of a few hundred terms.
 *
 * @param name the method, in the name of the law
 * @param method the method, of a coupling and a τ_θ
 * @param kind the kind of block
 * @param run what runs a step from a state. Default: `advance`
 *
 * @example check(blockDescent('mine', bcd, 'θ, affine link'), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const blockDescent = (
  name: string,
  method: BlockMethod,
  kind: BlockKind,
  run: Advance = advance,
): Law<BlockCase> => ({
  number: numberOf('blockDescent'),
  name: `${name}: a step on ${kind} does not raise E`,
  strata: byLoss((c) => c.chain),
  arbitrary: cases(['relu', 'tanh', 'sigmoid', 'identity']),
  holds: (c) => {
    const setting = settingOf(method, kind, c);
    if (setting === undefined) return true;
    const { energy, state, step, example } = setting;
    const { state: after } = run(energy, step, state, example.target);
    const [from, to] = [energyOfState(energy, state, setting), energyOfState(energy, after, setting)];
    const paid = proximity(setting, displacement(state, after, step.block));
    return atMost(
      `E + ‖u‖²/2τ after ${showBlock(step.block)}, less E before,`,
      to.value + paid - from.value,
      ROUNDING * (from.size + 1e-2),
    );
  },
});

/**
 * The gradient ∇E by a block, in the energy's norm, from a tiny explicit step of known size, by
 * autodiff in the plain interpreter.
 */
const gradientAt = ({ energy, example }: Setting, state: State, block: Block): Float64Array => {
  const fresh: State = {
    ...state,
    activations: state.activations.map((v) => ({
      anchor: v.anchor,
      ...(v.decrement === undefined ? {} : { decrement: v.decrement }),
    })),
  };
  const moved = advance(energy, explicit(block, 1), fresh, example.target, 'plain').state;
  const backOf = (s: State): Float64Array =>
    variablesOf(block).reduce<Float64Array>((total, b) => {
      const { anchor, decrement } = blockAt(s, b);
      const own = decrement === undefined ? new Float64Array(values(anchor).length) : values(decrement);
      return Float64Array.from([...total, ...own]);
    }, new Float64Array(0));
  return plus(backOf(moved), backOf(fresh), -1);
};

/**
 * Law 20: an implicit step ends where the gradient of E + ‖u‖²/(2τ) vanishes, or as far off as its
 * report says. Cases have no ReLU, whose minimisers lie at kinks.
 *
 * Tolerance: that of a converged solve, 1e-4, relative to the gradient before, and rounding of
 * gradients, of the size of the terms that cancel in them.
 *
 * @param name the method, in the name of the law
 * @param method the method, of a coupling and a τ_θ
 * @param kind the kind of block
 * @param run what runs a step from a state. Default: `advance`
 *
 * @example check(blockOptimality('mine', bcd, 'θ, affine link'), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const blockOptimality = (
  name: string,
  method: BlockMethod,
  kind: BlockKind,
  run: Advance = advance,
): Law<BlockCase> => ({
  number: numberOf('blockOptimality'),
  name: `${name}: a step on ${kind} ends at a stationary point`,
  strata: byLoss((c) => c.chain),
  arbitrary: cases(['tanh', 'sigmoid', 'identity']),
  holds: (c) => {
    const setting = settingOf(method, kind, c);
    if (setting === undefined) return true;
    const { energy, state, step, example } = setting;
    const { state: after, solves } = run(energy, step, state, example.target);
    if (solves[0] === undefined) return 'no report';
    const report = readNow(solves[0]);
    const u = displacement(state, after, step.block);
    const [before, end] = [gradientAt(setting, state, step.block), gradientAt(setting, after, step.block)];
    const left = report.converged ? 0 : report.residual;
    return atMost(
      `‖∇E + u/τ‖ after ${showBlock(step.block)}`,
      length(plus(end, u, 1 / step.tau)),
      (1.1 * left + 2e-4) * length(before) + 2e-5 * (1 + c.coupling) * (1 + length(u)),
    );
  },
});

/**
 * Law 21: for τ → 0 an implicit step u is the explicit one, −τ∇E. Their distance is at most
 * τ·λ·‖τ∇E‖ for the curvature λ of E along the way, λ ≤ 1e3 in these cases for each link that takes
 * the block, beside the rounding of u.
 *
 * @param name the method, in the name of the law
 * @param method the method, of a coupling and a τ_θ
 * @param kind the kind of block
 * @param run what runs a step from a state. Default: `advance`
 *
 * @example check(smallSteps('mine', bcd, 'θ, affine link'), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const smallSteps = (
  name: string,
  method: BlockMethod,
  kind: BlockKind,
  run: Advance = advance,
): Law<BlockCase> => ({
  number: numberOf('smallSteps'),
  name: `${name}: a small step on ${kind} is an explicit one`,
  strata: byLoss((c) => c.chain),
  arbitrary: cases(['tanh', 'sigmoid', 'identity']),
  holds: (c): Verdict => {
    const setting = settingOf(method, kind, c);
    if (setting === undefined) return true;
    const { energy, state, step, example } = setting;
    // From 1e-6 to 1e-4.
    const tau = 10 ** (-4 - (c.which % 100) / 50);
    const small = implicit(step.block, tau, step.solver);
    const { state: after } = run(energy, small, state, example.target);
    const u = displacement(state, after, step.block);
    const g = gradientAt(setting, state, step.block);
    const size = length(values(blockValue(state, step.block))) + 1;
    const readers = variablesOf(step.block).reduce((most, { kind, link }) => {
      const { readers: above, sharers } = linkAt(energy, link);
      return Math.max(most, (kind === 'activation' ? above : sharers).length);
    }, 1);
    const bound = 1e3 * tau * readers * tau * length(g) + 2e-7 * size;
    return atMost('‖u + τ∇E‖', length(plus(u, g, tau)), bound);
  },
});

/**
 * Law 22: at a fixed coupling, a sweep of exact minimisers does not raise E, and neither does the
 * next one. Tolerance: float32 rounding of a few hundred terms.
 *
 * @param name the method, in the name of the law
 * @param method the method, of a coupling and a τ_θ
 * @param run what runs a step from a state. Default: `advance`
 *
 * @example check(monotone('mine', bcd), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const monotone = (name: string, method: BlockMethod, run: Advance = advance): Law<BlockCase> => ({
  number: numberOf('monotone'),
  name: `${name}: sweeps do not raise E`,
  strata: byLoss((c) => c.chain),
  arbitrary: cases(['relu', 'tanh', 'sigmoid', 'identity']),
  holds: (c) => {
    const built = buildNet(c.chain);
    const { energy: options, schedule } = method(c.coupling, c.tauTheta);
    const energy = energyOf(built.net, built.loss, options);
    const sweep = schedule(energy.links);
    const first = forwardState(energy, groupParameters(energy, built.parameters), built.example.input);
    const second = run(energy, sweep, first, built.example.target).state;
    const third = run(energy, sweep, second, built.example.target).state;
    const [a, b, d] = [first, second, third].map((s) => energyOfState(energy, s, built));
    if (a === undefined || b === undefined || d === undefined)
      return fail('schedule', 'law 22', 'three states', 'none');
    return all(
      atMost('E after a sweep, less E before,', b.value - a.value, ROUNDING * (a.size + 1e-2)),
      atMost('E after two sweeps, less E after one,', d.value - b.value, ROUNDING * (b.size + 1e-2)),
    );
  },
});

/**
 * A mutant for laws 19 and 20: it takes every displacement several times as far. It fails as
 * `advance` does.
 *
 * @param by how many times
 *
 * @example const law = blockDescent('too far', bcd, 'θ, affine link', overshooting(3)); // rejects it
 */
export const overshooting =
  (by: number): Advance =>
  (energy, step, state, target, interpreter) => {
    const outcome = advance(energy, step, state, target, interpreter);
    const far = blocksOf(state).reduce((moved, block) => {
      const old = blockAt(state, block);
      const now = blockAt(outcome.state, block);
      if (now === old || Tree.leaves(now.anchor).length === 0) return moved;
      const u = Tree.zip((a, b) => mul(sub(a, b), by - 1))(
        blockValue(outcome.state, block),
        blockValue(state, block),
      );
      return withDecrement(moved, block, u);
    }, outcome.state);
    return { ...outcome, state: far };
  };

/**
 * A mutant for law 20: its steps see an energy of other couplings than the law does. It fails as
 * `advance` does.
 *
 * @param by what the couplings are multiplied by
 *
 * @example const law = blockOptimality('others', bcd, 'x, under an affine link', otherCouplings(2));
 */
export const otherCouplings =
  (by: number): Advance =>
  (energy, step, state, target, interpreter) =>
    advance(
      { ...energy, couplings: energy.couplings.map((rho) => rho * by) },
      step,
      state,
      target,
      interpreter,
    );
