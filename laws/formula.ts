/**
 * Law 30: E anywhere is its formula. The formula is computed here on the host, from the layers of
 * the chain alone: its links, couplings, norms and multipliers by their definitions, in float64
 * sums.
 */
import * as fc from 'fast-check';
import { type Tensor } from '@tensorflow/tfjs-core';
import {
  affineWithNonlinearity,
  chainOfLayers,
  type Energy,
  energyOf,
  energyTerms,
  type EnergyOptions,
  energyValue,
  everyLayer,
  type Grouping,
  type MultiplierTerm,
  type Norm,
  type State,
  toHost,
  toNumber,
  Tree,
} from '../src';
import { valueOf } from '../src/internal';
import {
  buildChain,
  type BuiltChain,
  type BuiltNet,
  type ChainCase,
  chains,
  logUniform,
  byLoss,
} from './arbitrary';
import { anywhere } from './blocks';
import { inner, plus } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** The options of an energy as data. */
export interface EnergyCase {
  readonly grouping: 'every layer' | 'affine with nonlinearity' | 'every third';
  readonly norm: Norm;
  readonly output: boolean;
  /** The couplings ρ_l: entry (l − 1) mod length. */
  readonly couplings: readonly number[];
  /** The place of each multiplier λ_l, or none: entry (l − 1) mod length. */
  readonly multipliers: readonly (MultiplierTerm | 'none')[];
  /** The factor by which the couplings have grown. */
  readonly strength: number;
}

/**
 * Energies of any grouping, norm and output variable, with couplings, multipliers and strengths.
 */
export const energyCases: fc.Arbitrary<EnergyCase> = fc.record({
  grouping: fc.constantFrom('every layer', 'affine with nonlinearity', 'every third'),
  norm: fc.constantFrom('sum', 'mean'),
  output: fc.boolean(),
  couplings: fc.array(logUniform(0.3, 3), { minLength: 1, maxLength: 4 }),
  multipliers: fc.array(fc.constantFrom('none', 'variable', 'constraint'), { minLength: 1, maxLength: 4 }),
  strength: logUniform(1, 3),
});

const groupings: Readonly<Record<EnergyCase['grouping'], Grouping>> = {
  'every layer': everyLayer,
  'affine with nonlinearity': affineWithNonlinearity,
  'every third': (_, index) => index % 3 === 0,
};

const cyclic = <A>(list: readonly A[], i: number): A | undefined => list[i % list.length];

/**
 * Makes the options of `energyOf` for a random case.
 *
 * @param c the case
 *
 * @example sample(energyCases, 1).map(optionsOf)
 */
export const optionsOf = (c: EnergyCase): EnergyOptions => ({
  grouping: groupings[c.grouping],
  norm: c.norm,
  output: c.output,
  coupling: ({ number }) => cyclic(c.couplings, number - 1) ?? 1,
  multiplier: ({ number }) => {
    const term = cyclic(c.multipliers, number - 1);
    return term === 'none' ? undefined : term;
  },
});

/**
 * The places where links begin, and the end behind the last layer. An output that is a variable
 * adds an empty link.
 */
const cuts = ({ net: { layers } }: BuiltChain, c: EnergyCase): readonly number[] => {
  const begins = layers.flatMap((l, i) => (i === 0 || groupings[c.grouping](l, i, layers) ? [i] : []));
  return [...begins, layers.length, ...(c.output ? [layers.length] : [])];
};

const valueOnHost = (variable: { readonly anchor: Tensor; readonly decrement?: Tensor }): Float64Array =>
  variable.decrement === undefined
    ? toHost(variable.anchor)
    : plus(toHost(variable.anchor), toHost(variable.decrement), -1);

/**
 * Computes the terms of E at a state on the host, from the layers of the chain and the definition
 * of the energy alone, with the output f_l of each link. It throws for a state of another chain,
 * and as the layers do.
 *
 * @param built the chain, its parameters and its batch
 * @param c the options of the energy
 * @param state the state
 *
 * @example
 * sample(anywhereCases, 1).map((c) => {
 *   const at = buildAnywhere(c);
 *   return termsByFormula(at, c.energy, at.state).length === at.energy.links.length;
 * }) // [true]
 */
export const termsByFormula = (
  built: BuiltChain,
  c: EnergyCase,
  state: State,
): readonly { readonly term: number; readonly output: Tensor }[] => {
  const at = cuts(built, c);
  const { input, target } = built.example;
  const s = c.norm === 'sum' ? 1 : 1 / input.shape[0];
  return at.slice(1).map((to, i) => {
    const theta = state.parameters[i];
    const x = state.activations[i];
    if (theta === undefined || x === undefined) throw new TypeError(`a state with θ_${i + 1} and x[${i}]`);
    const parameters = valueOf(theta);
    const part = chainOfLayers(built.net.layers.slice(at[i], to));
    const output = part.forward(Tree.isTuple(parameters) ? parameters : [], valueOf(x));
    if (i === at.length - 2) return { term: toNumber(built.loss.value(output, target)), output };
    const variable = state.activations[i + 1];
    if (variable === undefined) throw new TypeError(`a state with x[${i + 1}]`);
    const [f, v] = [toHost(output), valueOnHost(variable)];
    const apart = plus(v, f, -1);
    const lambda = state.multipliers[i];
    const term = cyclic(c.multipliers, i);
    const pull =
      lambda === undefined || term === 'none' ? 0 : inner(toHost(lambda), term === 'variable' ? v : apart);
    const rho = (cyclic(c.couplings, i) ?? Number.NaN) * state.strength;
    return { term: s * ((rho / 2) * inner(apart, apart) + pull), output };
  });
};

/** A random chain and a random energy on it. */
export interface AnywhereCase {
  readonly chain: ChainCase;
  readonly energy: EnergyCase;
}

/**
 * Chains of up to five dense layers, energies of all kinds, and a state with everything displaced.
 */
export const anywhereCases: fc.Arbitrary<AnywhereCase> = fc.record({
  chain: chains({ depth: [1, 5] }),
  energy: energyCases,
});

/** An energy and a state whose variables have been displaced from a forward pass. */
export interface Displaced {
  readonly energy: Energy;
  readonly state: State;
}

/** A random chain with an energy and a state that is not feasible. */
export type Anywhere = BuiltChain & Displaced;

/**
 * Makes a network with the energy of a case, and a state with everything displaced. It throws as
 * `build` and `energyOf` do.
 *
 * @param c the case
 * @param build makes the network of a chain, such as `buildNet`
 *
 * @example sample(anywhereCases, 1).map((c) => displaced(c, buildNet).energy.links.length > 0) // [true]
 */
export const displaced = <B extends BuiltNet>(
  { chain, energy: c }: AnywhereCase,
  build: (chain: ChainCase) => B,
): B & Displaced => {
  const built = build(chain);
  const energy = energyOf(built.net, built.loss, optionsOf(c));
  return { ...built, energy, state: { ...anywhere(energy, built, chain.seed), strength: c.strength } };
};

/**
 * Makes the tensors of a case: a chain, an energy, and a state with everything displaced. It throws
 * as `build` and `energyOf` do.
 *
 * @param c the case
 * @param build makes the chain. Default: `buildChain`
 *
 * @example sample(anywhereCases, 1).map((c) => buildAnywhere(c).energy.links.length > 0) // [true]
 */
export const buildAnywhere = (c: AnywhereCase, build = buildChain): Anywhere => displaced(c, build);

/** The functions under law that give E at a state, and its terms. */
export interface Valuation {
  /** E at a state. */
  readonly value: typeof energyValue;
  /** Its terms, link by link. */
  readonly terms: typeof energyTerms;
}

/**
 * Law 30: every term of E, and their sum, are those of the formula, at any state. Tolerance:
 * float32 rounding of sums of a few dozen squares.
 *
 * @param valuation E at a state (`value`), and its terms (`terms`). Default: those of the library
 * @param build makes the chain of a case. Default: `buildChain`
 *
 * @example check(energyAsDefined(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const energyAsDefined = (
  { value, terms }: Valuation = { value: energyValue, terms: energyTerms },
  build = buildChain,
): Law<AnywhereCase> => ({
  number: numberOf('energy'),
  name: 'E anywhere is its formula, term by term',
  strata: byLoss((c) => c.chain),
  arbitrary: anywhereCases,
  holds: (c): Verdict => {
    const at = buildAnywhere(c, build);
    const expected = termsByFormula(at, c.energy, at.state).map(({ term }) => term);
    const found = terms(at.energy, at.state, at.example.target).map(toNumber);
    const size = 1 + expected.reduce((total, e) => total + Math.abs(e), 0);
    const total = expected.reduce((a, b) => a + b, 0);
    if (found.length !== expected.length) return `${found.length} terms, not ${expected.length}`;
    return all(
      ...expected.map((e, i) =>
        atMost(`the error of term ${i + 1}`, Math.abs((found[i] ?? Number.NaN) - e), 1e-5 * size),
      ),
      atMost(
        'the error of E',
        Math.abs(toNumber(value(at.energy, at.state, at.example.target)) - total),
        1e-5 * size,
      ),
    );
  },
});
