/** Laws 2, 3, 4: the sweep of explicit steps is backprop. */
import * as fc from 'fast-check';
import { type Tensor } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  type Energy,
  energyOf,
  type Example,
  type Loss,
  runStep,
  type Schedule,
  type State,
  type Step,
  toHost,
  type Tree,
  type Method,
} from '../src';
import { activationAt, gradientOf, runDirection } from '../src/internal';
import { buildChain, buildNet, byLoss, type ChainCase, chains, chainsAndNets, logUniform } from './arbitrary';
import { length, plus, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** Runs a step on a batch: `runDirection` with one of its interpreters. */
export type SweepRunner = typeof runDirection;

/**
 * The plain interpreter, as the laws take it: `runDirection` by autodiff on E. It fails as
 * `runDirection` does.
 *
 * @example
 * const law = backpropEquivalence((tau) => backprop({ tau }), plainRunner);
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const plainRunner: SweepRunner = (energy, step, parameters, example) =>
  runDirection(energy, step, parameters, example, 'plain');

/**
 * The relative tolerance: float32 rounding through up to five layers. Below a floor a gradient is
 * itself rounding: the softmax of a certain class cancels to 1e-7.
 */
export const RELATIVE = 1e-5;
/**
 * The floor: an error is compared with the norm of its quantity, and at least with this share of
 * the scale of that.
 */
export const FLOOR = 1e-2;

/**
 * The verdict of a comparison with float32 rounding: ‖a − b‖ ≤ times·1e-5·(‖b‖ + scale/100). Below
 * the floor a gradient is itself rounding: the softmax of a certain class cancels to 1e-7.
 *
 * @param what the numbers, in words
 * @param a the numbers that are judged
 * @param b the numbers that they should be
 * @param scale their size, for the floor. Default 1
 * @param times how often the rounding of a pass through the layers comes in. Default 1
 *
 * @example agree('Δθ', Float64Array.of(1), Float64Array.of(1)) // true
 */
export const agree = (what: string, a: Float64Array, b: Float64Array, scale = 1, times = 1): Verdict =>
  a.length === b.length
    ? atMost(`the error of ${what}`, length(plus(a, b, -1)), times * RELATIVE * (length(b) + FLOOR * scale))
    : `${what} has ${a.length} values, not ${b.length}`;

/**
 * Computes ∇J by the parameters, straight from autodiff on the network: no energy, no links. It
 * throws as `gradientOf` does, such as a `Fault` of a layer.
 *
 * @param net the network
 * @param loss the loss
 * @param parameters the parameters
 * @param example a batch, with `input` and `target`
 *
 * @example Tree.leaves(gradientOfLoss(net, loss, parameters, batch)).length // 4
 */
export const gradientOfLoss = <P extends Tree.Tree>(
  net: AnyLayer,
  loss: Loss,
  parameters: P,
  { input, target }: Example,
): P => gradientOf((p: P) => loss.value(net.forward(p, input), target), parameters).gradient;

const scaled = (a: Float64Array, by: number): Float64Array => a.map((v) => v * by);

/** A random chain with τ. */
export interface TauCase {
  readonly chain: ChainCase;
  readonly tau: number;
}

/**
 * Law 2: for any network and any τ, the sweep of explicit steps with ρ = 1/τ gives θ⁺ = θ − τ∇J,
 * within float32 rounding.
 *
 * @param method the method, of τ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const law = backpropEquivalence((tau) => backprop({ tau }));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const backpropEquivalence = (
  method: (tau: number) => Method,
  runner: SweepRunner = runDirection,
): Law<TauCase> => ({
  number: numberOf('backprop'),
  name: 'backprop equivalence: the explicit sweep is τ∇J',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({ chain: chainsAndNets(), tau: logUniform(1e-3, 30) }),
  holds: ({ chain, tau }) => {
    const { net, parameters, example, loss } = buildNet(chain);
    const { energy: options, schedule } = method(tau);
    const energy = energyOf(net, loss, options);
    const { direction } = runner(energy, schedule(energy.links), parameters, example);
    const g = values(gradientOfLoss(net, loss, parameters, example));
    return agree('Δθ', values(direction), scaled(g, tau), tau);
  },
});

/** A random chain with τ and any couplings. */
export interface CouplingCase extends TauCase {
  /** The couplings: ρ_l = couplings[(l − 1) mod length]. */
  readonly couplings: readonly number[];
}

/**
 * Law 3: with other couplings ρ_j, the sweep gives
 *
 *     Δθ_l = −τ·∏_{j=l}^{L−1}(τρ_j)·∇J by θ_l
 *
 * Only these products matter.
 *
 * @param sweep the schedule, of τ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const law = couplings((tau) => backwardSweep(tau, explicitParameters(tau)));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const couplings = (
  sweep: (tau: number) => Schedule,
  runner: SweepRunner = runDirection,
): Law<CouplingCase> => ({
  number: numberOf('couplings'),
  name: 'couplings: Δθ_l = −τ·∏(τρ_j)·g',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({
    chain: chains(),
    tau: logUniform(0.1, 3),
    couplings: fc.array(logUniform(0.3, 3), { minLength: 1, maxLength: 5 }),
  }),
  holds: ({ chain, tau, couplings: rhos }) => {
    const { net, parameters, example, loss } = buildChain(chain);
    const rho = (link: number): number => rhos[(link - 1) % rhos.length] ?? 1;
    const energy = energyOf(net, loss, { coupling: ({ number }) => rho(number) });
    const { direction } = runner(energy, sweep(tau)(energy.links), parameters, example);
    const g = gradientOfLoss(net, loss, parameters, example);
    return all(
      ...g.map((gradient, i) => {
        let factor = tau;
        for (let l = i + 1; l < energy.links.length; l++) factor *= tau * rho(l);
        const mine = direction[i];
        return mine === undefined
          ? `no direction for layer ${i}`
          : agree(`Δθ_${i + 1}`, values(mine), scaled(values(gradient), factor), factor);
      }),
    );
  },
});

/** ∇J by the output of link l: the links above as a function of it. */
const gradientByActivation = (
  { links, loss }: Energy,
  { parameters, activations }: State,
  link: number,
  target: Tensor,
): Float64Array => {
  const above = (z: Tensor): Tensor =>
    links.reduce<readonly Tensor[]>(
      (outputs, { number, owner, reads, forward }) => {
        const taken = reads.map((read) => outputs[read] ?? z);
        const output = () => forward(parametersOf(owner), taken);
        return [...outputs, number < link ? valueAt(number) : number === link ? z : output()];
      },
      [valueAt(0)],
    )[links.length] ?? z;
  const parametersOf = (number: number): Tree.Tree => parameters[number - 1]?.anchor ?? [];
  const valueAt = (number: number): Tensor => activations[number]?.anchor ?? target;
  return toHost(gradientOf((z: Tensor) => loss.value(above(z), target), valueAt(link)).gradient);
};

/**
 * Law 4: after the sweep, x[l]⁺ − x[l] = −τ·∇J by x[l], for every activation: targets are gradient
 * steps.
 *
 * @param method the method, of τ
 *
 * @example check(targets((tau) => backprop({ tau })), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const targets = (method: (tau: number) => Method): Law<TauCase> => ({
  number: numberOf('targets'),
  name: 'targets: x[l]⁺ − x[l] = −τ∇_{x[l]}J',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({ chain: chainsAndNets({ depth: [2, 3] }), tau: logUniform(1e-3, 30) }),
  holds: ({ chain, tau }) => {
    const { net, parameters, example, loss } = buildNet(chain);
    const { energy: options, schedule } = method(tau);
    const energy = energyOf(net, loss, options);
    const step: Step = schedule(energy.links);
    return runStep(energy, step, parameters, example, 'fast', ({ state }, start) =>
      all(
        ...start.activations.slice(1).map((before, i) => {
          const { anchor, decrement } = activationAt(state, i + 1);
          if (anchor !== before.anchor || decrement === undefined)
            return `x[${i + 1}] was not moved from its anchor`;
          const g = gradientByActivation(energy, start, i + 1, example.target);
          return agree(`x[${i + 1}]`, toHost(decrement), scaled(g, tau), tau);
        }),
      ),
    );
  },
});
