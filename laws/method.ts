/** Laws of whole methods on networks: 5 and 8 for every layer's direction, 7 for fixed points. */
import * as fc from 'fast-check';
import { add, matMul, mul, type Tensor } from '@tensorflow/tfjs-core';
import {
  energyOf,
  type Energy,
  forwardState,
  groupParameters,
  type Link,
  type Method,
  type State,
  toHost,
  type Tree,
} from '../src';
import {
  inputsOf,
  linearise,
  linkAt,
  norm,
  parametersOf,
  runDirection,
  valueOf,
  innerProduct,
} from '../src/internal';
import { type BuiltNet, buildNet, byLoss, type ChainCase, chainsAndNets, logUniform } from './arbitrary';
import { length, plus, relativeDistance, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { agree, gradientOfLoss, type SweepRunner } from './sweep';

/** A random chain with τ and τ_θ. */
export interface ProxCase {
  readonly chain: ChainCase;
  readonly tau: number;
  readonly tauTheta: number;
}

const proxCases = (tauTheta: readonly [number, number]): fc.Arbitrary<ProxCase> =>
  fc.record({
    chain: chainsAndNets({ depth: [2, 3] }),
    tau: logUniform(0.1, 10),
    tauTheta: logUniform(tauTheta[0], tauTheta[1]),
  });

/** A method, as a function of its step size τ and its metric τ_θ. */
export type ProxMethod = (tau: number, tauTheta: number) => Method;

const run = (method: Method, { net, loss, parameters, example }: BuiltNet, runner: SweepRunner) => {
  const energy = energyOf(net, loss, method.energy);
  return { energy, ...runner(energy, method.schedule(energy.links), parameters, example) };
};

/** M·V = (AᵀA + I/τ_θ)·V and ‖M‖ for one affine link, by the matrix of its design. */
const system = (energy: Energy, link: number, inputs: readonly Tensor[], v: Tree.Tree, beta: number) => {
  const design = linkAt(energy, link).design?.(inputs);
  if (design === undefined) throw new TypeError('an affine link has a design');
  const a = design.matrix();
  const packed = design.pack(v);
  const image = add(matMul(matMul(packed, a, false, true), a), mul(packed, beta));
  return { image: toHost(image), norm: beta + toHost(a).reduce((s, e) => s + e * e, 0) };
};

/**
 * The same product for a θ of several links: (Σ A_lᵀA_l + I/τ_θ)·V by Jacobian products, as a row
 * of numbers, with a bound of its norm.
 */
const sharedSystem = (energy: Energy, state: State, owner: Link, v: Tree.Tree, beta: number) => {
  const theta = valueOf(parametersOf(state, owner));
  const links = owner.sharers.map((number) => linkAt(energy, number));
  return links.reduce<{ readonly image: Float64Array; readonly norm: number }>(
    ({ image, norm: size }, link) => {
      const inputs = inputsOf(state, link);
      const { jvp, vjp, release } = linearise((p: Tree.Tree) => link.forward(p, inputs), theta);
      const own = values(vjp(jvp(v)));
      release();
      const rows = inputs.reduce((s, x) => s + norm(x) ** 2 + x.shape[0], 0);
      return { image: plus(image, own), norm: size + rows };
    },
    { image: values(v).map((e) => beta * e), norm: beta },
  );
};

/**
 * Law 5 on whole networks: the direction V_l = θ_l − θ_l⁺ of each affine link below the last solves
 *
 *     (AᵀA + I/τ_θ)·V_l = τ·g_l,   g_l = ∇J by θ_l
 *
 * AᵀA is the sum over all links that share θ_l. Elsewhere V_l = τ·g_l. g comes from autodiff on the
 * network. Tolerance: ten times the backward error of a float32 solution, for a gradient that
 * arrives through up to five layers.
 *
 * @param method the method, of τ and τ_θ
 * @param tauTheta the least and the greatest τ_θ. Default 1e-4 and 1e4
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const prox: ProxMethod = (tau, tauTheta) => proxprop({ tau, tauTheta });
 * check(methodOptimality(prox), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const methodOptimality = (
  method: ProxMethod,
  tauTheta: readonly [number, number] = [1e-4, 1e4],
  runner: SweepRunner = runDirection,
): Law<ProxCase> => ({
  number: numberOf('optimality'),
  name: 'optimality of a method: (AᵀA + I/τ_θ)·Δθ = τ∇J',
  strata: byLoss((c) => c.chain),
  arbitrary: proxCases(tauTheta),
  holds: ({ chain, tau, tauTheta: metric }) => {
    const c = buildNet(chain);
    const { energy, direction } = run(method(tau, metric), c, runner);
    const g = groupParameters(energy, gradientOfLoss(c.net, c.loss, c.parameters, c.example));
    const d = groupParameters(energy, direction);
    const state = forwardState(energy, groupParameters(energy, c.parameters), c.example.input);
    return all(
      ...energy.links.map((link, i): Verdict => {
        const [v, gradient, inputs] = [d[i], g[i], inputsOf(state, link)];
        if (v === undefined || gradient === undefined) return 'a link without values';
        const target = values(gradient).map((e) => tau * e);
        if (link.sharers.length > 1) {
          const { image, norm: size } = sharedSystem(energy, state, link, v, 1 / metric);
          return atMost(
            `the residual of the links ${link.sharers.join(', ')}`,
            length(plus(image, target, -1)),
            6e-5 * (size * norm(v) + length(target) + 1e-2 * tau),
          );
        }
        if (values(v).length === 0) return true;
        if (!link.affine || link.last) return agree(`Δθ_${link.number}`, values(v), target, tau);
        const design = link.design?.(inputs);
        if (design === undefined) return 'an affine link without design';
        const { image, norm: size } = system(energy, link.number, inputs, v, 1 / metric);
        const rhs = toHost(design.pack(gradient)).map((e) => tau * e);
        const residual = length(image.map((e, k) => e - (rhs[k] ?? Number.NaN)));
        return atMost(
          `the residual of link ${link.number}`,
          residual,
          6e-5 * (size * norm(v) + length(rhs) + 1e-2 * tau),
        );
      }),
    );
  },
});

/**
 * Law 8 on whole networks: the direction V_l of every link makes an acute angle with the
 * gradient, ⟨V_l, ∇J⟩ > 0.
 *
 * @param method the method, of τ and τ_θ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const prox: ProxMethod = (tau, tauTheta) => proxprop({ tau, tauTheta });
 * check(methodDescent(prox), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const methodDescent = (method: ProxMethod, runner: SweepRunner = runDirection): Law<ProxCase> => ({
  number: numberOf('descent'),
  name: 'descent of a method: ⟨Δθ, ∇J⟩ > 0 in every link',
  strata: byLoss((c) => c.chain),
  arbitrary: proxCases([1e-4, 1e4]),
  holds: ({ chain, tau, tauTheta }) => {
    const c = buildNet(chain);
    const { energy, direction } = run(method(tau, tauTheta), c, runner);
    const g = groupParameters(energy, gradientOfLoss(c.net, c.loss, c.parameters, c.example));
    const d = groupParameters(energy, direction);
    return all(
      ...g.map((gradient, i): Verdict => {
        const v = d[i];
        if (v === undefined) return `no direction for link ${i + 1}`;
        // A gradient of the size of its own rounding has no direction.
        if (norm(gradient) < 1e-5) return true;
        const product = innerProduct<Tree.Tree>(v, gradient);
        return product > 0 ? true : `⟨Δθ, ∇J⟩ = ${product} in link ${i + 1}`;
      }),
    );
  },
});

/**
 * Law 7: fixed points of a method are stationary points of J, for any τ, τ_θ > 0. If J is
 * stationary (the squared error of a network's own outputs), the direction is zero. Elsewhere
 * ‖Δθ_l‖ ≥ τ·‖g_l‖ / (1/τ_θ + λ), so a zero direction means a zero gradient.
 *
 * @param method the method, of τ and τ_θ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const prox: ProxMethod = (tau, tauTheta) => proxprop({ tau, tauTheta });
 * check(fixedPoints(prox), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const fixedPoints = (method: ProxMethod, runner: SweepRunner = runDirection): Law<ProxCase> => ({
  number: numberOf('fixedPoints'),
  name: 'fixed points are stationary points of J',
  strata: byLoss((c) => c.chain),
  arbitrary: proxCases([1e-3, 1e3]),
  holds: ({ chain, tau, tauTheta }) => {
    const c = buildNet({ ...chain, loss: 'squaredError' });
    const stationary: BuiltNet = {
      ...c,
      example: { input: c.example.input, target: c.net.forward(c.parameters, c.example.input) },
    };
    const atRest = run(method(tau, tauTheta), stationary, runner).direction;
    const { energy, direction } = run(method(tau, tauTheta), c, runner);
    const g = groupParameters(energy, gradientOfLoss(c.net, c.loss, c.parameters, c.example));
    const d = groupParameters(energy, direction);
    const state = forwardState(energy, groupParameters(energy, c.parameters), c.example.input);
    return all(
      atMost('the direction at a stationary point', norm(atRest), 1e-6 * tau),
      ...energy.links.map((link, i): Verdict => {
        const [v, gradient] = [d[i], g[i]];
        if (v === undefined || gradient === undefined) return 'a link without values';
        const lambda = link.sharers
          .flatMap((sharer) => inputsOf(state, linkAt(energy, sharer)))
          .reduce((s, input) => s + norm(input) ** 2 + input.shape[0], 0);
        const metric = link.affine && !link.last ? 1 / tauTheta + lambda : 1;
        const least = (tau * norm(gradient)) / Math.max(metric, 1);
        // Gradients below 1e-5 are rounding.
        return norm(gradient) < 1e-5 || norm(v) >= least * (1 - 1e-3)
          ? true
          : `‖Δθ_${link.number}‖ = ${norm(v)}, below ${least}`;
      }),
    );
  },
});

/**
 * Law 2 of interpreters: two of them, or two machines for the same steps, agree on a method.
 *
 * @param method the method, of τ and τ_θ
 * @param first one interpreter
 * @param second the other one
 * @param tolerance the largest relative distance of the directions
 * @param tauTheta the least and the greatest τ_θ. Default 1e-2 and 10
 *
 * @example
 * const law = interpretersAgree((tau) => backprop({ tau }), plainRunner, runDirection, 1e-5);
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const interpretersAgree = (
  method: ProxMethod,
  first: SweepRunner,
  second: SweepRunner,
  tolerance: number,
  tauTheta: readonly [number, number] = [1e-2, 10],
): Law<ProxCase> => ({
  number: numberOf('backprop'),
  name: 'plain and fast interpreter agree',
  strata: byLoss((c) => c.chain),
  arbitrary: proxCases(tauTheta),
  holds: ({ chain, tau, tauTheta: metric }) => {
    const c = buildNet(chain);
    const a = values(run(method(tau, metric), c, first).direction);
    const b = values(run(method(tau, metric), c, second).direction);
    // A direction of the size of its own rounding (6e-8·τ, times the metric) has no relative error.
    return length(b) < 1e-4 * tau ? true : atMost('the relative distance', relativeDistance(a, b), tolerance);
  },
});
