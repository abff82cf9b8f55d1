/** Deliberately wrong ways to trust a step, and to move activations: what laws 46 and 13 have to reject. */
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
import { type Runner } from './sweep';

/** Law 46: the same steps without trust. */
export const withoutTrust = (tau: number, tauTheta: number): Method =>
  proxprop({ tau, tauTheta, solver: exact(), last: { tauTheta: 1 } });

/** Law 46: a step that was tried, and then another one, which was not. */
export const trustedAndMore = (tau: number, tauTheta: number): Method => {
  const method = proxpropSafe({ tau, tauTheta, search: false });
  return {
    ...method,
    schedule: (links) =>
      andThen(method.schedule(links), ...links.map(({ number }) => explicit(theta(number), tau))),
  };
};

/** Law 46: J never rises, for nothing is moved. */
export const trustedNothing = (tau: number): Method => ({
  ...proxprop({ tau: 1 }),
  name: 'nothing',
  schedule: (links) =>
    trusted(andThen(...links.slice(0, -1).map(({ number }) => explicit(theta(number), 1))), { first: tau }),
});

/**
 * Law 13: an activation step whose length differs from example to example, as that of an implicit step does: r_n = κ_n·c_n, with
 * c_n the gradient by the activations of example n.
 */
export const lengthOfEachExample: Runner = (energy, step, parameters, example, interpreter?: Interpreter) => {
  const weights: Tensor = Key.uniform(Key.key(5), [example.input.shape[0]], 0.2, 1);
  return runDirection(energy, step, parameters, { ...example, weights }, interpreter);
};
