/** The backward sweep that backprop and ProxProp share. */
import { positive } from '../core';
import { theta, x, type Link } from '../energy';
import { andThen, explicit, forward, jointly, type Step } from '../step';
import { type Method, type Schedule } from './schedule';

/** A function from a link, and all links, to the step on θ_l. */
export type ParameterStep = (link: Link, links: readonly Link[]) => Step;

/**
 * Whether several links use θ_l. Its step then has to use the inputs of the forward pass, since
 * those of the later links have moved.
 */
export const isShared = ({ sharers }: Link): boolean => sharers.length > 1;

/**
 * The backward sweep that backprop and ProxProp share. For l = L … 1, from the forward activations:
 *
 *     jointly( parameterStep(θ_l),  explicit(x[p], τ, frozen) for each p > 0 in reads(l) whose first reader is l )
 *
 * An activation moves with the first of its readers, after all later readers have moved. In a
 * chain, this is the one link above it. The step on an activation uses the forward values
 * (`frozen`), since another input of a reader may have moved already: otherwise the gradient
 * through a sum would miss one of its branches.
 *
 * Parameter steps see the inputs of the forward pass in any case, unless several links share θ. A
 * shared θ moves with the first of its links, `Link.owner`, and its step has to be frozen too.
 *
 * @example backwardSweep(1, explicitParameters(1))
 */
export const backwardSweep =
  (tau: number, parameterStep: ParameterStep): Schedule =>
  (links) =>
    andThen(
      ...[...links].reverse().map((link) => {
        const first = links.filter(({ readers }) => readers[0] === link.number);
        const down = first.map(({ number }) => explicit(x(number), tau, { frozen: true }));
        return down.length === 0 ? parameterStep(link, links) : jointly(parameterStep(link, links), ...down);
      }),
    );

/**
 * A method of your own that differs from backprop in its parameter steps: a forward pass and a
 * backward sweep, on the energy with every ρ_l = 1/τ and every layer its own link. If τ is not
 * positive and finite, every run of the method fails with tag `options` at `METHOD.tau`, where
 * METHOD is the first word of the name.
 *
 * `parameterStep` gives the step on the parameters of a link.
 *
 * @example
 * sweepMethod('first layer implicit', 1, (link) =>
 *   link.number === 1 ? implicit(theta(1), 0.05, exact()) : explicitParameters(1)(link),
 * )
 */
export const sweepMethod = (name: string, tau: number, parameterStep: ParameterStep): Method => {
  const checked = (): number => positive(`${name.split(' ')[0] ?? name}.tau`, tau);
  return {
    name,
    energy: { coupling: () => 1 / checked() },
    schedule: (links) => andThen(forward, backwardSweep(checked(), parameterStep)(links)),
  };
};

/**
 * The parameter step of backprop: θ_l ← θ_l − τ·∇_{θ_l}E. Pass it to `backwardSweep` or
 * `sweepMethod`. The step is frozen if several links share θ_l.
 *
 * @example sweepMethod('gradient', 0.1, explicitParameters(0.1))
 */
export const explicitParameters =
  (tau: number) =>
  (link: Link): Step =>
    explicit(theta(link.number), tau, { frozen: isShared(link) });
