/**
 * The terms that couple an activation to its link: penalties and multipliers, and the norm of both.
 *
 *     c_l/2·‖f_l − x[l]‖² + s·⟨λ_l, x[l]⟩              a multiplier on the variable
 *     c_l/2·‖f_l − x[l]‖² + s·⟨λ_l, x[l] − f_l⟩        a multiplier on the constraint
 *
 * c_l = s·ρ_l·strength, with s = 1 for norms that are sums over the batch, and s = 1/N for means.
 * Multipliers have the shape of x[l], one for each example. Their unit is that of ρ·x, whatever s
 * is.
 */
import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { type Loss } from '../loss';
import { type Link } from './link';
import { activationAt, type State, type Variable } from './state';

/** Whether norms of activations are sums or means over the batch. */
export type Norm = 'sum' | 'mean';

/**
 * The term of a multiplier λ_l. `variable` is ⟨λ_l, x[l]⟩, which only x[l] sees (Taylor et al.
 * 2016). `constraint` is ⟨λ_l, x[l] − f_l⟩, the augmented Lagrangian.
 */
export type MultiplierTerm = 'variable' | 'constraint';

/**
 * The penalty energy as data; `energyOf` makes one, and `energyValue` evaluates it:
 *
 *     E(θ, x) = loss(f_L(θ_L, x[reads L]), y) + Σ_{l<L} ρ_l/2·‖f_l(θ_l, x[reads l]) − x[l]‖²
 */
export interface Energy {
  readonly loss: Loss;
  /** Links 1 … L: entry l − 1 is link l. */
  readonly links: readonly Link[];
  /** ρ_1 … ρ_{L−1}: entry l − 1 belongs to link l. */
  readonly couplings: readonly number[];
  /** Whether norms of activations are sums or means over the batch. */
  readonly norm: Norm;
  /** The terms of λ_1 … λ_{L−1}; `undefined` for links without a multiplier. */
  readonly multipliers: readonly (MultiplierTerm | undefined)[];
}

/** s: the factor from a sum over the batch to the energy's norm. */
export const measureOf = ({ norm }: Pick<Energy, 'norm'>, state: State): number =>
  norm === 'sum' ? 1 : 1 / activationAt(state, 0).anchor.shape[0];

/** ρ_l·strength: the scale of multipliers. */
export const stiffnessOf = ({ couplings }: Energy, state: State, link: number): number =>
  state.strength *
  (couplings[link - 1] ?? fail('schedule', `link ${link}`, 'a link with a penalty', 'none of that number'));

/** c_l = s·ρ_l·strength. */
export const couplingOf = (energy: Energy, state: State, link: number): number =>
  measureOf(energy, state) * stiffnessOf(energy, state, link);

/**
 * w of a link's term w/2·‖f_l − goal‖²: c_l, or for the last link the weight of a loss that is a
 * square. `undefined` for other losses.
 */
export const weightOf = (
  energy: Energy,
  state: State,
  target: Tensor,
  { last, number }: Link,
): number | undefined =>
  last ? energy.loss.quadraticWeight?.(target.shape[0]) : couplingOf(energy, state, number);

/** λ_l and the term in which it stands; `undefined` if it is zero. */
export const multiplierOf = (
  energy: Energy,
  state: State,
  link: number,
): { readonly value: Tensor; readonly term: MultiplierTerm } | undefined => {
  const [value, term] = [state.multipliers[link - 1], energy.multipliers[link - 1]];
  return value === undefined || term === undefined ? undefined : { value, term };
};

/**
 * f − x of a link, given f and the variable x. If x is anchored at this very f, the difference f −
 * anchor is exactly zero in floating point too, so the residual is the decrement of x at full
 * precision.
 */
export const residualOf = (f: Tensor, { anchor, decrement }: Variable<Tensor>): Tensor => {
  const difference = sub(f, anchor);
  return decrement === undefined ? difference : add(difference, decrement);
};

/**
 * λ_l/(ρ_l·strength), as far as it belongs to the residual that a block sees. c_l times that
 * residual is the gradient of the term by f_l (`inside`), and minus its gradient by x[l] (`own`).
 */
export const offsetOf = (
  energy: Energy,
  state: State,
  link: number,
  seenBy: 'inside' | 'own',
): Tensor | undefined => {
  const multiplier = multiplierOf(energy, state, link);
  return multiplier === undefined || (seenBy === 'inside' && multiplier.term === 'variable')
    ? undefined
    : mul(multiplier.value, 1 / stiffnessOf(energy, state, link));
};
