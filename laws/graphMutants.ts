/** Sweeps and energies that are wrong on networks that branch, and right on chains: what chains cannot see. */
import {
  andThen,
  type Energy,
  energyOf,
  explicit,
  explicitParameters,
  jointly,
  type Link,
  type Method,
  runDirection,
  type Schedule,
  x,
} from '../src';
import { type MakeEnergy } from './graph';
import { type Runner } from './sweep';

/** A sweep whose activations move by the link that `mover` names among the readers. */
const sweepBy = (
  tau: number,
  frozen: boolean,
  mover: (readers: readonly number[]) => number | undefined,
): Method => {
  const schedule: Schedule = (links) =>
    andThen(
      ...[...links]
        .reverse()
        .map((link) =>
          jointly(
            explicitParameters(tau)(link),
            ...links
              .filter(({ readers }) => mover(readers) === link.number)
              .map(({ number }) => explicit(x(number), tau, { frozen })),
          ),
        ),
    );
  return { name: 'mutant', energy: { coupling: () => 1 / tau }, schedule };
};

/** Steps on activations that look at the present values: skip paths drop out. */
export const thawedSweep = (tau: number): Method => sweepBy(tau, false, ([first]) => first);

/** An activation that moves with its last reader, before the others have had their say. */
export const movesWithLastReader = (tau: number): Method => sweepBy(tau, true, (readers) => readers.at(-1));

const runOn =
  (change: (link: Link) => Link): Runner =>
  (energy, step, parameters, example, ...rest) =>
    runDirection({ ...energy, links: energy.links.map(change) }, step, parameters, example, ...rest);

/** Gradients by an activation from the last of its readers alone. */
export const lastReaderOnly: Runner = runOn((link) => ({ ...link, readers: link.readers.slice(-1) }));

/** The inputs of joins exchanged. */
const exchanged = (link: Link): Link => ({
  ...link,
  forward: (parameters, inputs) => link.forward(parameters, [...inputs].reverse()),
});

/** Links whose joins take their inputs in the wrong slots. */
export const wrongSlot: MakeEnergy = (net, loss, options) => {
  const energy: Energy = energyOf(net, loss, options);
  return { ...energy, links: energy.links.map(exchanged) };
};
