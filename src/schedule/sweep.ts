/** The backward sweep that backprop and ProxProp share. */
import { positive } from '../core';
import { theta, x, type Link } from '../energy';
import { andThen, explicit, forward, jointly, type Step } from '../step';
import { type Method, type Schedule } from './schedule';

/** The step on θ_l, given all links. */
export type ParameterStep = (link: Link, links: readonly Link[]) => Step;

/** Whether several links take θ_l: its step looks at the forward values, for the inputs of the later ones have moved. */
export const isShared = ({ sharers }: Link): boolean => sharers.length > 1;

/**
 * For l = L … 1, from the forward activations:
 *
 *     jointly( parameterStep(θ_l),  explicit(x[p], τ, frozen) for each p > 0 in reads(l) whose first reader is l )
 *
 * An activation moves with the first of its readers, when all later ones have had their say; in a chain that is the one link
 * above it. Its step looks at the forward values, for another input of a reader may have moved already: what a sum passes on
 * to one input must not miss what has moved in the other. Parameter steps see what the link reads as the forward pass left it
 * either way, unless several links share θ: then its step comes with the first of them, `Link.owner`, and has to be frozen too
 * (`isShared`).
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
 * A forward pass and a sweep, on the energy with every ρ_l = 1/τ and every layer its own link. A τ that is not positive and
 * finite is an error `options` at `METHOD.tau`, METHOD being the first word of the name, where the method is run.
 *
 * @example sweepMethod('first layer implicit', 1, (link) => (link.number === 1 ? implicit(theta(1), 0.05, exact()) : explicitParameters(1)(link)))
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
 * θ_l by an explicit step.
 *
 * @example sweepMethod('gradient', 0.1, explicitParameters(0.1))
 */
export const explicitParameters =
  (tau: number) =>
  (link: Link): Step =>
    explicit(theta(link.number), tau, { frozen: isShared(link) });
