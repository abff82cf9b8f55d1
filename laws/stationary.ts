/**
 * Law 13: a method does not move from a stationary point of J. Implicit steps on parameters keep
 * that property, since their direction is M⁻¹·∇J. An implicit step on an activation breaks it: it
 * passes down the gradient of an envelope of J.
 */
import * as fc from 'fast-check';
import { add, tensor } from '@tensorflow/tfjs-core';
import { chain, energyOf, Key, linear, squaredError, tanh, toHost, type Method } from '../src';
import { activationsOf, norm, runDirection } from '../src/internal';
import { logUniform, seeds } from './arbitrary';
import { inner, length, plus } from './compare';
import { atMost, type Law } from './law';
import { numberOf } from './numbers';
import { gradientOfLoss, type SweepRunner } from './sweep';

const [INPUTS, HIDDEN, OUTPUTS] = [2, 3, 2];
/**
 * More residuals than conditions on them, (HIDDEN + 1)·OUTPUTS + HIDDEN·(INPUTS + 1): some remain.
 */
const BATCH = 12;

/** A seed of parameters at a stationary point of J, with τ and τ_θ. */
export interface StationaryCase {
  readonly seed: number;
  readonly tau: number;
  readonly tauTheta: number;
}

/** What is left of a vector off the span of others, by Gram-Schmidt, twice over for rounding. */
const offSpan = (vector: Float64Array, spanning: readonly Float64Array[]): Float64Array => {
  const basis: Float64Array[] = [];
  const reduced = (v: Float64Array): Float64Array =>
    [...basis, ...basis].reduce((rest, b) => plus(rest, b, -inner(rest, b)), v);
  for (const v of spanning) {
    const rest = reduced(v);
    const size = length(rest);
    if (size > 1e-9 * length(v)) basis.push(rest.map((e) => e / size));
  }
  return reduced(vector);
};

/**
 * A network W_2·tanh(W_1·x + b_1) + b_2 and targets f(x) + r with r ≠ 0 such that ∇J = 0: r is
 * orthogonal to everything by which a parameter can move the outputs.
 */
const stationaryPoint = (seed: number) => {
  const net = chain(linear(INPUTS, HIDDEN), tanh(HIDDEN), linear(HIDDEN, OUTPUTS));
  const key = Key.key(seed);
  const parameters = net.init(Key.fold(key, 0));
  const input = Key.uniform(Key.fold(key, 1), [BATCH, INPUTS], -2, 2);
  const activations = activationsOf(net.layers, parameters, input);
  const [x, a] = [toHost(input), toHost(activations[2] ?? input)];
  const w = toHost(parameters[2].weights);
  const at = (m: Float64Array, i: number): number => m[i] ?? Number.NaN;
  /** ∂f_nu/∂θ for one parameter θ, as a function of n and u. */
  const column = (f: (n: number, u: number) => number): Float64Array =>
    Float64Array.from({ length: BATCH * OUTPUTS }, (_, i) => f(Math.floor(i / OUTPUTS), i % OUTPUTS));
  const indices = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);
  const withOne = (m: Float64Array, width: number, n: number, i: number): number =>
    i === width ? 1 : at(m, n * width + i);
  const columns = [
    ...indices(OUTPUTS).flatMap((v) =>
      indices(HIDDEN + 1).map((j) => column((n, u) => (u === v ? withOne(a, HIDDEN, n, j) : 0))),
    ),
    ...indices(HIDDEN).flatMap((j) =>
      indices(INPUTS + 1).map((i) =>
        column((n, u) => at(w, u * HIDDEN + j) * (1 - at(a, n * HIDDEN + j) ** 2) * withOne(x, INPUTS, n, i)),
      ),
    ),
  ];
  const random = toHost(Key.normal(Key.fold(key, 2), [BATCH * OUTPUTS]));
  const r = tensor(Float32Array.from(offSpan(random, columns)), [BATCH, OUTPUTS]);
  return { net, parameters, example: { input, target: add(net.forward(parameters, input), r) } };
};

/**
 * Law 13: at a stationary point of J a method stands still. Implicit steps on parameters keep that,
 * as their direction is M⁻¹·∇J; an implicit step on an activation breaks it. Tolerance: ∇J itself
 * is rounding, 6e-8 of sums of products of size 1, a hundred times over, times the step size.
 *
 * @param method the method, of τ and τ_θ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const law = standsStill((tau, tauTheta) => proxprop({ tau, tauTheta }));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const standsStill = (
  method: (tau: number, tauTheta: number) => Method,
  runner: SweepRunner = runDirection,
): Law<StationaryCase> => ({
  number: numberOf('stationaryPoints'),
  name: 'a stationary point of J is a fixed point',
  arbitrary: fc.record({ seed: seeds, tau: logUniform(0.3, 3), tauTheta: logUniform(1e-2, 1) }),
  holds: ({ seed, tau, tauTheta }) => {
    const { net, parameters, example } = stationaryPoint(seed);
    const gradient = gradientOfLoss(net, squaredError, parameters, example);
    if (norm([...gradient]) > 6e-6) return 'the point is not stationary';
    const m = method(tau, tauTheta);
    const energy = energyOf(net, squaredError, m.energy);
    const { direction } = runner(energy, m.schedule(energy.links), parameters, example);
    return atMost('‖Δθ‖', norm([...direction]), 6e-6 * tau * Math.max(1, tauTheta));
  },
});
