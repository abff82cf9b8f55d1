/**
 * The transforms of single numbers from which the optimizers are made. Invalid hyperparameters
 * throw an `options` `Fault` when the state is made or the first update is asked for, so a training
 * returns it as a value.
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

/**
 * Gives NaN if a sum of squares has overflowed. A division by its root would silently make every
 * later update 0.
 */
const unlessInfinite = (update: Formula.Formula, squares: Formula.Formula): Formula.Formula =>
  add(update, affine(squares, 0));

/**
 * Multiplies the direction d by the learning rate: `u = η(t)·d`, t the updates made before.
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite; an
 * update fails if a rate that is a function gives no finite number of at least 0.
 *
 * @param rate η, a number or a function of t
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
 * The momentum of an optimizer. m starts at 0, and μ is `momentumRate`:
 *
 *     m ← μ·m + d
 *     u = m,   or u = d + μ·m in the form of Nesterov (Sutskever et al. 2013, as PyTorch states it)
 *
 * Making the state fails with a `Fault` (`options`) if μ lies outside of [0, 1).
 *
 * @param momentumRate μ
 * @param nesterovForm whether u is that of Nesterov. Default false
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
  /** β₁, the decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** β₂, the decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root; in float32 at least 1e-16. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * The transform of `adam` before its learning rate (Kingma and Ba 2015). m and v start at 0:
 *
 *     m ← β₁m + (1 − β₁)d,   v ← β₂v + (1 − β₂)d²
 *     u = m̂/(√v̂ + ε),   m̂ = m/(1 − β₁ᵗ),   v̂ = v/(1 − β₂ᵗ)
 *
 * In the form of Nesterov, m̂ = β₁m/(1 − β₁ᵗ⁺¹) + (1 − β₁)d/(1 − β₁ᵗ) (Dozat 2016). In float32, the
 * square of a direction beyond 1e19 overflows, and the update is NaN. Making the state fails as for
 * `adam`.
 *
 * @param options β₁, β₂ and ε. Default 0.9, 0.999 and 1e-8
 * @param nesterovForm whether m̂ is that of Nesterov. Default false
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
 * The transform of `rmsprop` before its momentum and its learning rate (Tieleman and Hinton 2012).
 * v starts at 0:
 *
 *     v ← βv + (1 − β)d²
 *     u = d/(√v + ε)
 *
 * Making the state fails with a `Fault` (`options`) if β lies outside of [0, 1), or ε is below
 * 1e-16 in float32.
 *
 * @param options β (`decay`) and ε. Default 0.9 and 1e-8
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
 * The transform of `adagrad` before its learning rate (Duchi, Hazan and Singer 2011). s starts at
 * 0:
 *
 *     s ← s + d²
 *     u = d/(√s + ε)
 *
 * Making the state fails with a `Fault` (`options`) if ε is below 1e-16 in float32.
 *
 * @param epsilon ε. Default 1e-10
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
 * The transform of `adadelta` before its learning rate (Zeiler 2012). v and w start at 0:
 *
 *     v ← ρv + (1 − ρ)d²
 *     u = d·√(w + ε)/√(v + ε)
 *     w ← ρw + (1 − ρ)u²
 *
 * Making the state fails with a `Fault` (`options`) if ρ lies outside of [0, 1), or ε is below
 * 1e-16 in float32.
 *
 * @param decay ρ. Default 0.9
 * @param epsilon ε. Default 1e-6
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
 * The transform of `lion` before its decay and its learning rate (Chen et al. 2023). m starts at 0:
 *
 *     u = sign(β₁m + (1 − β₁)d)
 *     m ← β₂m + (1 − β₂)d
 *
 * Making the state fails with a `Fault` (`options`) if β₁ or β₂ lies outside of [0, 1).
 *
 * @param options β₁ and β₂. Default 0.9 and 0.99
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
 * Weight decay: `u = d + λ·θ`. Before `scaleByAdam` it is an L2 penalty; after it, the decay is
 * decoupled, as in AdamW (Loshchilov and Hutter 2019).
 *
 * Making the state fails with a `Fault` (`options`) if λ is negative or not finite, or if `of`
 * names a path without parameters.
 *
 * @param lambda λ
 * @param of the parameters that decay. Default: all
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
