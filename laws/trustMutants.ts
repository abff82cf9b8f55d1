/**
 * Deliberately wrong ways to trust a step, and to move activations. Laws 46 and 13 have to reject
 * them.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import {
  andThen,
  explicit,
  exact,
  type Interpreter,
  Key,
  type Method,
  proxprop,
  proxpropSafe,
  theta,
  trusted,
} from '../src';
import { runDirection } from '../src/internal';
import { type SweepRunner } from './sweep';

/**
 * A mutant for law 46: the same steps without trust. It throws as `proxprop` does.
 *
 * @param tau τ
 * @param tauTheta τ_θ
 *
 * @example const law = neverRises(TrustMutants.withoutTrust); // rejects it
 */
export const withoutTrust = (tau: number, tauTheta: number): Method =>
  proxprop({ tau, tauTheta, solver: exact(), last: { tauTheta: 1 } });

/**
 * A mutant for law 46: it makes a step that was tried, and then another one that was not. It throws
 * as `proxpropSafe` does.
 *
 * @param tau τ
 * @param tauTheta τ_θ
 *
 * @example const law = neverRises(TrustMutants.trustedAndMore); // rejects it
 */
export const trustedAndMore = (tau: number, tauTheta: number): Method => {
  const method = proxpropSafe({ tau, tauTheta, search: false });
  return {
    ...method,
    schedule: (links) =>
      andThen(method.schedule(links), ...links.map(({ number }) => explicit(theta(number), tau))),
  };
};

/**
 * A mutant for law 46: J never rises, because nothing moves. It throws as `proxprop` does.
 *
 * @param tau τ
 *
 * @example const law = neverRises(TrustMutants.trustedNothing); // rejects it
 */
export const trustedNothing = (tau: number): Method => ({
  ...proxprop({ tau: 1 }),
  name: 'nothing',
  schedule: (links) =>
    trusted(andThen(...links.slice(0, -1).map(({ number }) => explicit(theta(number), 1))), { first: tau }),
});

/**
 * A mutant for law 13: the length of its activation step differs from example to example, as that
 * of an implicit step does: r_n = κ_n·c_n, with c_n the gradient by the activations of example n.
 *
 * @example const law = standsStill((tau) => backprop({ tau }), TrustMutants.lengthOfEachExample);
 */
export const lengthOfEachExample: SweepRunner = (
  energy,
  step,
  parameters,
  example,
  interpreter?: Interpreter,
) => {
  const weights: Tensor = Key.uniform(Key.key(5), [example.input.shape[0]], 0.2, 1);
  return runDirection(energy, step, parameters, { ...example, weights }, interpreter);
};
