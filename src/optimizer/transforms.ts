/**
 * The transforms, and the optimizers made of them. Bad hyperparameters are a `Fault` `options` when the state is
 * made or the first update asked for, so that they reach the user as a value of the training.
 */
import { engine, zerosLike } from '@tensorflow/tfjs-core';
import { atLeast, fail, Formula, fraction, held, positive, Tree } from '../core';
import { type LearningRate, toLearningRate } from './learningRate';
import { chain, type NumberTransform, type Optimizer } from './optimizer';

const { add, affine, div, mul, sqrt } = Formula;

const single = (transform: NumberTransform): Optimizer => ({ name: transform.name, transforms: [transform] });

const zeros = <P extends Tree.Tree>(parameters: P): P => Tree.map((p) => zerosLike(p))(parameters);

/**
 * The smallest ε of Adam in float32: the root of a moment whose squares underflow, below 1e-19, is lost beside it. A smaller ε
 * would make steps of 1e5 where Adam's formula makes steps of 1.
 */
const LEAST_EPSILON = 1e-16;

const checkEpsilon = (epsilon: number): void => {
  held('epsilon', positive('epsilon', epsilon));
  if (engine().backendName !== 'float64' && epsilon < LEAST_EPSILON)
    fail('options', 'epsilon', `a number of at least ${LEAST_EPSILON} in float32`, `${epsilon}`);
};

/** A moment of a rule; there are as many as `init` made. */
const moment = (moments: readonly Formula.Formula[], i: number): Formula.Formula =>
  moments[i] ?? fail('schedule', 'optimizer', `a moment ${i} in its state`, 'none');

/** update = η(step)·direction. */
export const scale = (rate: number | LearningRate): Optimizer => {
  const at = toLearningRate(rate);
  return single({
    name: 'scale',
    init: () => {
      at(0);
      return { step: 0, moments: [] };
    },
    rule: (d, _moments, _parameter, step) => ({ direction: affine(d, at(step)), moments: [] }),
    rate: at,
  });
};

/** m ← μ·m + d; update = m, or d + μ·m for Nesterov (Sutskever et al. 2013, as PyTorch states it). */
export const trace = (momentumRate: number, nesterovForm = false): Optimizer => {
  return single({
    name: 'trace',
    init: (parameters) => {
      fraction('momentum', momentumRate);
      return { step: 0, moments: [zeros(parameters)] };
    },
    rule: (d, moments) => {
      const m = add(affine(moment(moments, 0), momentumRate), d);
      return { direction: nesterovForm ? add(d, affine(m, momentumRate)) : m, moments: [m] };
    },
  });
};

export interface AdamOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root; in float32 at least 1e-16. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * m ← β₁m + (1 − β₁)d, v ← β₂v + (1 − β₂)d²; update = m̂ / (√v̂ + ε), with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
 * (Kingma and Ba 2015). Directions of up to 1e19 in float32: where a square overflows, the update is NaN.
 */
export const scaleByAdam = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Optimizer => {
  return single({
    name: 'adam',
    init: (parameters) => {
      fraction('beta1', beta1);
      fraction('beta2', beta2);
      checkEpsilon(epsilon);
      return { step: 0, moments: [zeros(parameters), zeros(parameters)] };
    },
    rule: (d, moments, _parameter, step) => {
      const t = step + 1;
      const m = add(affine(moment(moments, 0), beta1), affine(d, 1 - beta1));
      const v = add(affine(moment(moments, 1), beta2), affine(mul(d, d), 1 - beta2));
      const root = affine(sqrt(affine(v, 1 / (1 - beta2 ** t))), 1, epsilon);
      // A square that overflows would make every later update 0 without a word: 0·v makes NaN of it.
      const update = add(div(affine(m, 1 / (1 - beta1 ** t)), root), affine(v, 0));
      return { direction: update, moments: [m, v] };
    },
  });
};

/**
 * update = d + λ·θ: weight decay. Before `scaleByAdam` it is an L2 penalty, after it decoupled (AdamW,
 * Loshchilov and Hutter 2019).
 */
export const weightDecay = (lambda: number): Optimizer => {
  return single({
    name: 'weightDecay',
    init: () => {
      held('weight decay', atLeast('weight decay', lambda, 0));
      return { step: 0, moments: [] };
    },
    rule: (d, _moments, parameter) => ({ direction: add(d, affine(parameter, lambda)), moments: [] }),
  });
};

const named = (name: string, optimizer: Optimizer): Optimizer => ({ ...optimizer, name });

/** θ ← θ − η·d. */
export const sgd = (rate: number | LearningRate): Optimizer => named('sgd', scale(rate));

/** m ← μ·m + d, θ ← θ − η·m (Polyak's heavy ball). */
export const momentum = (rate: number | LearningRate, mu = 0.9): Optimizer =>
  named('momentum', chain(trace(mu), scale(rate)));

/** m ← μ·m + d, θ ← θ − η·(d + μ·m). */
export const nesterov = (rate: number | LearningRate, mu = 0.95): Optimizer =>
  named('nesterov', chain(trace(mu, true), scale(rate)));

/** Adam with learning rate η; see `scaleByAdam`. */
export const adam = (rate: number | LearningRate = 1e-3, options: AdamOptions = {}): Optimizer =>
  named('adam', chain(scaleByAdam(options), scale(rate)));
