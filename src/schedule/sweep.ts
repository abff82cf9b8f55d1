/** The backward sweep that backprop and ProxProp share. */
import { positive } from '../core';
import { theta, x, type Link } from '../energy';
import { andThen, explicit, forward, jointly, type Step } from '../step';
import { type Method, type Schedule } from './schedule';

/**
 * For l = L … 1, from the forward activations: `jointly(explicit(x[l−1], τ), parameterStep(θ_l))`; for l = 1
 * only the parameter step. Both members see the updated x[l], and the forward values of x[l−1] and θ_l.
 */
export const backwardSweep =
  (tau: number, parameterStep: (link: Link) => Step): Schedule =>
  (links) =>
    andThen(
      ...[...links]
        .reverse()
        .map((link) =>
          link.number === 1
            ? parameterStep(link)
            : jointly(explicit(x(link.number - 1), tau), parameterStep(link)),
        ),
    );

/**
 * A forward pass and a sweep, on the energy with every ρ_l = 1/τ and every layer its own link. A τ that is not positive and
 * finite is an error `options` at `METHOD.tau`, METHOD being the first word of the name, where the method is run.
 */
export const sweepMethod = (name: string, tau: number, parameterStep: (link: Link) => Step): Method => {
  const checked = (): number => positive(`${name.split(' ')[0] ?? name}.tau`, tau);
  return {
    name,
    energy: { coupling: () => 1 / checked() },
    schedule: (links) => andThen(forward, backwardSweep(checked(), parameterStep)(links)),
  };
};

/** θ_l by an explicit step. */
export const explicitParameters =
  (tau: number) =>
  (link: Link): Step =>
    explicit(theta(link.number), tau);
