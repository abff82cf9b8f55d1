/** Dual ascent on a multiplier. */
import { add, mul, neg, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import {
  activationAt,
  type Energy,
  linkAt,
  multiplierOf,
  residualOf,
  type State,
  stiffnessOf,
} from '../energy';

/**
 * λ_l + ρ_l·strength·(x[l] − f), given f = f_l. Throws a `Fault` with tag `schedule` if the energy
 * has no such multiplier.
 */
export const ascended = (energy: Energy, state: State, link: number, f: Tensor): Tensor => {
  if (energy.multipliers[link - 1] === undefined)
    fail(
      'schedule',
      `link ${link} (${linkAt(energy, link).name})`,
      'a link with a multiplier',
      'one without',
    );
  const by = mul(neg(residualOf(f, activationAt(state, link))), stiffnessOf(energy, state, link));
  const before = multiplierOf(energy, state, link);
  return before === undefined ? by : add(before.value, by);
};
