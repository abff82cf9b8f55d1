/**
 * The transforms of single numbers that the optimizers are made of. Bad hyperparameters are a `Fault` `options` when the state is
 * made or the first update asked for, so that they reach the user as a value of the training.
 */
import { atLeast, fraction, asFloat32 } from '../core';
import { Formula } from '../ops';
import { type LearningRate, toLearningRate } from './learningRate';
import { maskedFor } from './masked';
import { checkEpsilon, moment, zeros } from './moments';
import { named, type Optimizer, single } from './optimizer';
import { type Selection } from './selection';

const { add, affine, div, mul, sign, sqrt } = Formula;

/** β·m + (1 − β)·x */
const decayed = (m: Formula.Formula, beta: number, x: Formula.Formula): Formula.Formula =>
  add(affine(m, beta), affine(x, 1 - beta));

/** NaN where a sum of squares has overflowed: dividing by its root would make every later update 0 without a word. */
const unlessInfinite = (update: Formula.Formula, squares: Formula.Formula): Formula.Formula =>
  add(update, affine(squares, 0));

/**
 * update = η(step)·direction.
 *
 * @example chain(scaleByAdam(), scale(1e-3))
 */
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

/**
 * m ← μ·m + d; update = m, or d + μ·m for Nesterov (Sutskever et al. 2013, as PyTorch states it).
 *
 * @example chain(trace(0.9, true), scale(0.1))
 */
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

/** Options of Adam: β₁, β₂ and ε. */
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
 * (Kingma and Ba 2015); in the form of Nesterov m̂ = β₁m/(1 − β₁ᵗ⁺¹) + (1 − β₁)d/(1 − β₁ᵗ) (Dozat 2016).
 * Directions of up to 1e19 in float32: where a square overflows, the update is NaN.
 *
 * @example chain(scaleByAdam({ beta2: 0.99 }), scale(1e-3))
 */
export const scaleByAdam = (
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {},
  nesterovForm = false,
): Optimizer => {
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
      const m = decayed(moment(moments, 0), beta1, d);
      const v = decayed(moment(moments, 1), beta2, mul(d, d));
      const root = affine(sqrt(affine(v, 1 / (1 - beta2 ** t))), 1, epsilon);
      const first = nesterovForm
        ? add(affine(m, beta1 / (1 - beta1 ** (t + 1))), affine(d, (1 - beta1) / (1 - beta1 ** t)))
        : affine(m, 1 / (1 - beta1 ** t));
      return { direction: unlessInfinite(div(first, root), v), moments: [m, v] };
    },
  });
};

/** Options of RMSProp: its decay and ε. */
export interface RmsOptions {
  /** β. Default 0.9. */
  readonly decay?: number;
  /** Added to the root; in float32 at least 1e-16. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * v ← βv + (1 − β)d²; update = d / (√v + ε) (Tieleman and Hinton 2012).
 *
 * @example chain(scaleByRms(), scale(1e-3))
 */
export const scaleByRms = ({ decay = 0.9, epsilon = 1e-8 }: RmsOptions = {}): Optimizer =>
  single({
    name: 'rms',
    init: (parameters) => {
      fraction('decay', decay);
      checkEpsilon(epsilon);
      return { step: 0, moments: [zeros(parameters)] };
    },
    rule: (d, moments) => {
      const v = decayed(moment(moments, 0), decay, mul(d, d));
      return { direction: unlessInfinite(div(d, affine(sqrt(v), 1, epsilon)), v), moments: [v] };
    },
  });

/**
 * s ← s + d²; update = d / (√s + ε) (Duchi, Hazan and Singer 2011).
 *
 * @example chain(scaleByAdagrad(), scale(0.1))
 */
export const scaleByAdagrad = (epsilon = 1e-10): Optimizer =>
  single({
    name: 'adagrad',
    init: (parameters) => {
      checkEpsilon(epsilon);
      return { step: 0, moments: [zeros(parameters)] };
    },
    rule: (d, moments) => {
      const s = add(moment(moments, 0), mul(d, d));
      return { direction: unlessInfinite(div(d, affine(sqrt(s), 1, epsilon)), s), moments: [s] };
    },
  });

/**
 * v ← ρv + (1 − ρ)d²; u = d·√(w + ε)/√(v + ε); w ← ρw + (1 − ρ)u²; update = u (Zeiler 2012).
 *
 * @example chain(scaleByAdadelta(), scale(1))
 */
export const scaleByAdadelta = (decay = 0.9, epsilon = 1e-6): Optimizer =>
  single({
    name: 'adadelta',
    init: (parameters) => {
      fraction('decay', decay);
      checkEpsilon(epsilon);
      return { step: 0, moments: [zeros(parameters), zeros(parameters)] };
    },
    rule: (d, moments) => {
      const w = moment(moments, 1);
      const v = decayed(moment(moments, 0), decay, mul(d, d));
      const ratio = div(sqrt(affine(w, 1, epsilon)), sqrt(affine(v, 1, epsilon)));
      const u = unlessInfinite(mul(d, ratio), v);
      return { direction: u, moments: [v, decayed(w, decay, mul(u, u))] };
    },
  });

/** Options of Lion: β₁ and β₂. */
export interface LionOptions {
  /** β₁, of the update. Default 0.9. */
  readonly beta1?: number;
  /** β₂, of what is remembered. Default 0.99. */
  readonly beta2?: number;
}

/**
 * update = sign(β₁m + (1 − β₁)d); m ← β₂m + (1 − β₂)d (Chen et al. 2023).
 *
 * @example chain(scaleByLion(), scale(1e-4))
 */
export const scaleByLion = ({ beta1 = 0.9, beta2 = 0.99 }: LionOptions = {}): Optimizer =>
  single({
    name: 'lion',
    init: (parameters) => {
      fraction('beta1', beta1);
      fraction('beta2', beta2);
      return { step: 0, moments: [zeros(parameters)] };
    },
    rule: (d, moments) => {
      const m = moment(moments, 0);
      // An infinite number has a sign; 0 times it has none.
      const direction = add(sign(decayed(m, beta1, d)), affine(d, 0));
      return { direction, moments: [decayed(m, beta2, d)] };
    },
  });

/**
 * update = d + λ·θ: weight decay, on a part of the parameters where one is given. Before `scaleByAdam` it is an L2 penalty, after it
 * decoupled (AdamW, Loshchilov and Hutter 2019).
 *
 * @example weightDecay(0.01, (path) => !path.endsWith('bias'))
 */
export const weightDecay = (lambda: number, of?: Selection): Optimizer => {
  const everywhere = single({
    name: 'weightDecay',
    init: () => {
      asFloat32('weight decay', atLeast('weight decay', lambda, 0));
      return { step: 0, moments: [] };
    },
    rule: (d, _moments, parameter) => ({ direction: add(d, affine(parameter, lambda)), moments: [] }),
  });
  return of === undefined ? everywhere : named('weightDecay', maskedFor('weightDecay.of', everywhere, of));
};
