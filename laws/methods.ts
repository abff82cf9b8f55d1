/** Laws of the methods of auxiliary variables: 22 stands in `blocks.ts`, here are 23 to 26. */
import * as fc from 'fast-check';
import { mul, tensor, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import {
  advance,
  andThen,
  energyOf,
  everyLayer,
  explicit,
  forwardState,
  groupParameters,
  type Loss,
  type Method,
  softmaxCrossEntropy,
  squaredError,
  type State,
  theta,
  type Tree,
  x,
} from '../src';
import {
  activationAt,
  blockSteps,
  gradientOf,
  multiplierOf,
  norm,
  runDirection,
  showBlock,
  valueOf,
  parametersAt,
} from '../src/internal';
import {
  buildChain,
  buildNet,
  byLoss,
  type ChainCase,
  chains,
  chainsAndNets,
  logUniform,
  seeds,
} from './arbitrary';
import { type Advance } from './blocks';
import { length, plus, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { agree, gradientOfLoss, type SweepRunner, type TauCase } from './sweep';

/**
 * Law 23: predictive coding with fixed predictions gives exactly ∇J, whatever the precision ρ.
 * Tolerance: float32 rounding, once for each step of the inference.
 *
 * @param method the method, of a coupling ρ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const fixed = (coupling: number) => predictiveCoding({ fixedPrediction: true, coupling });
 * check(fixedPredictionEquivalence(fixed), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const fixedPredictionEquivalence = (
  method: (coupling: number) => Method,
  runner: SweepRunner = runDirection,
): Law<TauCase> => ({
  number: numberOf('fixedPrediction'),
  name: 'predictive coding with fixed predictions is backprop',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({ chain: chainsAndNets(), tau: logUniform(1e-2, 1e2) }),
  holds: ({ chain, tau }) => {
    const { net, parameters, example, loss } = buildNet(chain);
    const { energy: options, schedule } = method(tau);
    const energy = energyOf(net, loss, options);
    const { direction } = runner(energy, schedule(energy.links), parameters, example);
    const g = values(gradientOfLoss(net, loss, parameters, example));
    // Each step of the inference rounds every activation anew.
    return agree('Δθ', values(direction), g, 1, Math.max(1, energy.links.length - 1));
  },
});

/** A random chain with τ and the τ_θ of the W-step. */
export interface WStepCase extends TauCase {
  readonly tauTheta: number;
}

/**
 * Law 24: if only the activation behind an affine link has moved, the W-step of MAC on that link is
 * the step of ProxProp. In the norm `mean`, activations move by τ·N·∇J instead of τ·∇J, so the
 * direction is N times that of ProxProp, and τ_θ of a sum is N·τ·τ_θ of a mean. Tolerance: two
 * float32 solutions of one system.
 *
 * @param wStep MAC, of a coupling and a τ_θ
 * @param prox ProxProp, of τ and τ_θ
 *
 * @example
 * const law = wStepAgreement(
 *   (coupling, tauTheta) => mac({ coupling, tauTheta, parameters: exact() }),
 *   (tau, tauTheta) => proxprop({ tau, tauTheta }),
 * );
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const wStepAgreement = (
  wStep: (coupling: number, tauTheta: number) => Method,
  prox: (tau: number, tauTheta: number) => Method,
): Law<WStepCase> => ({
  number: numberOf('wStep'),
  name: 'the W-step of MAC is the parameter step of ProxProp',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({
    chain: chains({ depth: [2, 3] }),
    tau: logUniform(0.1, 10),
    tauTheta: logUniform(1e-2, 10),
  }),
  holds: ({ chain, tau, tauTheta }) => {
    const { net, parameters, example, loss } = buildChain(chain);
    const n = chain.batch;
    const { energy: options, schedule } = wStep(1 / tau, n * tau * tauTheta);
    const energy = energyOf(net, loss, { ...options, grouping: everyLayer });
    const proxMethod = prox(tau, tauTheta);
    const proxEnergy = energyOf(net, loss, proxMethod.energy);
    const expected = groupParameters(
      proxEnergy,
      runDirection(proxEnergy, proxMethod.schedule(proxEnergy.links), parameters, example).direction,
    );
    const start = forwardState(energy, groupParameters(energy, parameters), example.input);
    const steps = blockSteps(schedule(energy.links));
    return all(
      ...energy.links
        .filter(({ affine, last }) => affine && !last)
        .map(({ number }): Verdict => {
          const own = steps.find(({ block }) => showBlock(block) === showBlock(theta(number)));
          if (own === undefined) return `no step on ${showBlock(theta(number))}`;
          const down = energy.links
            .slice(number - 1, -1)
            .reverse()
            .map((link) => explicit(x(link.number), tau));
          const { state } = advance(energy, andThen(...down, own), start, example.target);
          const moved = parametersAt(state, number).decrement;
          const theirs = expected[number - 1];
          if (moved === undefined || theirs === undefined) return 'no displacement';
          const [a, b] = [values(moved), values(theirs).map((v) => n * v)];
          return atMost(
            `the distance at link ${number}`,
            length(plus(a, b, -1)),
            1e-4 * (length(b) + 1e-2 * tau),
          );
        }),
    );
  },
});

/** A random chain and its coupling β. */
export interface AdmmCase {
  readonly chain: ChainCase;
  readonly coupling: number;
}

const distance = (before: State, after: State): number => {
  const blocks = (s: State): Tree.Tree[] => [
    ...s.parameters.map((v) => valueOf(v)),
    ...s.activations.map((v): Tree.Tree => valueOf(v)),
  ];
  const [a, b] = [blocks(before).map(values), blocks(after).map(values)];
  return Math.hypot(...a.map((v, i) => length(plus(v, b[i] ?? v, -1))));
};

/**
 * Law 25: at a feasible fixed point of ADMM, the multiplier λ of the output variable is −∇loss(z_L)
 * for each example, so it is zero exactly where the loss is stationary:
 *
 * - (a) at a network that fits its targets, with λ = 0, a sweep moves nothing, and λ stays zero;
 * - (b) at any network, with λ = −N·∇_{z_L}loss, a sweep moves nothing either;
 * - (c) at a network that does not fit, with λ = 0, it does.
 *
 * Tolerance: rounding of values of size 1 through the solves of a sweep, and the residual of the
 * output's solve, 1e-4 of the gradient of the loss.
 *
 * @param method ADMM, of a coupling
 * @param run what runs a step from a state. Default: `advance`
 *
 * @example
 * const byAdmm = (rho: number) => admm({ coupling: rho, activationCoupling: 10 * rho });
 * const law = multiplierAtRest(byAdmm);
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const multiplierAtRest = (
  method: (coupling: number) => Method,
  run: Advance = advance,
): Law<AdmmCase> => ({
  number: numberOf('multipliers'),
  name: 'the multiplier of ADMM at a feasible fixed point is −∇loss, and zero where that is',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({ chain: chains({ depth: [2, 3] }), coupling: logUniform(0.3, 3) }),
  holds: ({ chain, coupling }) => {
    const built = buildChain({ ...chain, loss: 'squaredError' });
    const { net, parameters } = built;
    const { energy: options, schedule } = method(coupling);
    const at = (loss: Loss, target: Tensor, multiplier: Tensor | undefined) => {
      const energy = energyOf(net, loss, options);
      const start = forwardState(energy, groupParameters(energy, parameters), built.example.input);
      const last = energy.links.length - 1;
      const state: State = {
        ...start,
        multipliers: energy.links
          .slice(0, -1)
          .map(({ number }) => (number === last ? multiplier : undefined)),
      };
      const { state: after } = run(energy, schedule(energy.links), state, target);
      const lambda = multiplierOf(energy, after, last)?.value;
      const before = multiplier ?? zerosLike(activationAt(state, last).anchor);
      return {
        moved: distance(state, after),
        lambda: lambda === undefined ? Number.NaN : length(plus(values(lambda), values(before), -1)),
      };
    };
    const output = net.forward(parameters, built.example.input);
    const classes = tensor(
      Int32Array.from({ length: chain.batch }, (_, i) => (chain.seed + i) % (chain.widths.at(-1) ?? 1)),
      [chain.batch],
      'int32',
    );
    const gradient = gradientOf((z: Tensor) => softmaxCrossEntropy.value(z, classes), output).gradient;
    const slope = length(values(gradient)) * chain.batch;
    const fits = at(squaredError, output, undefined);
    const balanced = at(softmaxCrossEntropy, classes, mul(gradient, -chain.batch));
    const unfit = at(softmaxCrossEntropy, classes, undefined);
    const rounding = 2e-5 * (1 + norm(output));
    return all(
      atMost('what a sweep moves where the targets are met', fits.moved, rounding),
      atMost('the multiplier there', fits.lambda, 10 * rounding),
      atMost('what a sweep moves where λ = −∇loss', balanced.moved, rounding + 1e-3 * slope),
      atMost('the change of the multiplier there', balanced.lambda, 10 * (rounding + 1e-3 * slope)),
      slope < 1e-2 || unfit.moved > 1e-3 * slope ? true : `a sweep from λ = 0 moves only ${unfit.moved}`,
    );
  },
});

/** A random chain, and a seed. */
export interface LimitCase {
  readonly chain: ChainCase;
  readonly seed: number;
}

/**
 * Law 26: predictive coding whose inference has settled tends to backprop for strong predictions
 * (Whittington and Bogacz 2017). Activations move by O(1/ρ), and by as much the direction differs
 * from ∇J. The law compares two couplings: the difference is at most a few parts in ρ, and falls.
 *
 * @param method the method, of a coupling ρ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const law = strongPredictions((coupling) =>
 *   predictiveCoding({ coupling, stepSize: 0.3 / coupling, steps: 60 }),
 * );
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const strongPredictions = (
  method: (coupling: number) => Method,
  runner: SweepRunner = runDirection,
): Law<LimitCase> => ({
  number: numberOf('strongPredictions'),
  name: 'predictive coding tends to backprop for strong predictions',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({
    chain: chains({ activations: ['tanh', 'sigmoid', 'identity'], depth: [2, 3] }),
    seed: seeds,
  }),
  holds: ({ chain }) => {
    const { net, parameters, example, loss } = buildChain(chain);
    const g = values(gradientOfLoss(net, loss, parameters, example));
    if (length(g) < 1e-3) return true;
    const off = (coupling: number): number => {
      const { energy: options, schedule } = method(coupling);
      const energy = energyOf(net, loss, options);
      const { direction } = runner(energy, schedule(energy.links), parameters, example);
      return length(plus(values(direction), g, -1)) / length(g);
    };
    const [weak, strong] = [off(30), off(300)];
    return all(
      atMost('the relative distance at ρ = 300', strong, 0.05),
      atMost('the relative distance at ρ = 300, beside that at ρ = 30,', strong, 0.3 * weak + 1e-4),
    );
  },
});
