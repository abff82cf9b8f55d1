/**
 * Sweeps and energies that are wrong on networks that branch, and right on chains, so that chains
 * cannot show the fault.
 */
import { concat, slice, type Tensor } from '@tensorflow/tfjs-core';
import {
  andThen,
  backwardSweep,
  type Energy,
  energyOf,
  explicit,
  explicitParameters,
  jointly,
  type Link,
  type Method,
  proxprop,
  type Schedule,
  type Step,
  theta,
  x,
} from '../src';
import { runDirection } from '../src/internal';
import { type MakeEnergy } from './graph';
import { rewritten } from './progress';
import { type SweepRunner } from './sweep';

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

/**
 * A mutant for laws 2 and 28 on networks that branch: its steps on activations look at present
 * values, so skip paths drop out.
 *
 * @param tau τ
 *
 * @example const law = opaqueAgrees(GraphMutants.thawedSweep); // rejects it
 */
export const thawedSweep = (tau: number): Method => sweepBy(tau, false, ([first]) => first);

/**
 * A mutant for law 2 on networks that branch: an activation moves with its last reader, before the
 * other readers have seen it.
 *
 * @param tau τ
 *
 * @example const law = backpropEquivalence(GraphMutants.movesWithLastReader); // rejects it
 */
export const movesWithLastReader = (tau: number): Method => sweepBy(tau, true, (readers) => readers.at(-1));

const runOn =
  (change: (link: Link) => Link): SweepRunner =>
  (energy, step, parameters, example, ...rest) =>
    runDirection({ ...energy, links: energy.links.map(change) }, step, parameters, example, ...rest);

/**
 * A mutant for law 2 on networks that branch: gradients by an activation come from the last of its
 * readers alone.
 *
 * @example const law = backpropEquivalence((tau) => backprop({ tau }), GraphMutants.lastReaderOnly);
 */
export const lastReaderOnly: SweepRunner = runOn((link) => ({ ...link, readers: link.readers.slice(-1) }));

/**
 * A mutant for laws 2 and 5 on networks with shared parameters: gradients by a shared θ come from
 * the last of its links alone, and implicit steps use the design of that one. It runs with
 * diagnostics, so that nothing is freed that the other links still need.
 *
 * @example const law = backpropEquivalence((tau) => backprop({ tau }), GraphMutants.lastSharerOnly);
 */
export const lastSharerOnly: SweepRunner = (energy, step, parameters, example) => {
  const links = energy.links.map((link) => ({ ...link, sharers: link.sharers.slice(-1) }));
  return runDirection({ ...energy, links }, step, parameters, example, 'fast', true);
};

/**
 * A sweep whose step on a shared θ is `onTheta`, taken with the link that `mover` names among its
 * sharers.
 */
const sharedSweep = (
  tau: number,
  onTheta: (owner: number) => Step,
  mover: (sharers: readonly number[]) => number | undefined,
): Method => {
  const schedule: Schedule = (links) =>
    backwardSweep(tau, ({ number }) =>
      jointly(
        ...links
          .filter(({ sharers }) => mover(sharers) === number)
          .map(({ number: owner }) => onTheta(owner)),
      ),
    )(links);
  return { name: 'mutant', energy: { coupling: () => 1 / tau }, schedule };
};

/**
 * A mutant for law 2 on networks with shared parameters: its steps on a shared θ look at the
 * present inputs of its links, of which the later ones have moved.
 *
 * @param tau τ
 *
 * @example const law = backpropEquivalence(GraphMutants.thawedParameters); // rejects it
 */
export const thawedParameters = (tau: number): Method =>
  sharedSweep(
    tau,
    (owner) => explicit(theta(owner), tau),
    ([first]) => first,
  );

/**
 * A mutant for law 2 on networks with shared parameters: a shared θ moves with the last of its
 * links, before the outputs of the others have moved.
 *
 * @param tau τ
 *
 * @example const law = backpropEquivalence(GraphMutants.movesWithLastSharer); // rejects it
 */
export const movesWithLastSharer = (tau: number): Method =>
  sharedSweep(
    tau,
    (owner) => explicit(theta(owner), tau, { frozen: true }),
    (sharers) => sharers.at(-1),
  );

/**
 * A mutant for law 5 on networks with shared parameters: ProxProp whose implicit step on a shared θ
 * looks at the present inputs. It throws as `proxprop` does.
 *
 * @param tau τ
 * @param tauTheta τ_θ
 *
 * @example const law = methodOptimality(GraphMutants.thawedProxprop, [1e-2, 1e2]); // rejects it
 */
export const thawedProxprop = (tau: number, tauTheta: number): Method => {
  const method = proxprop({ tau, tauTheta });
  return {
    ...method,
    schedule: (links) =>
      rewritten((s) => (s.tag === 'implicit' ? { ...s, frozen: false } : s))(method.schedule(links)),
  };
};

/** The first features of a batch behind all others. */
const turned = (x: Tensor): Tensor => {
  const [n = 0, size = 0] = x.shape;
  return concat([slice(x, [0, 1], [n, size - 1]), slice(x, [0, 0], [n, 1])], 1);
};

/**
 * A mutant for law 2 on networks of several inputs: its links take the parts of the input one
 * feature late.
 *
 * @example const law = backpropEquivalence((tau) => backprop({ tau }), GraphMutants.otherFeatures);
 */
export const otherFeatures: SweepRunner = (energy, step, parameters, { input, target }, ...rest) =>
  runDirection(energy, step, parameters, { input: turned(input), target }, ...rest);

/**
 * A mutant for law 27 on networks of several inputs: its links take the parts of the input one
 * feature late.
 *
 * @example const law = linksCompose(GraphMutants.lateParts); // rejects it
 */
export const lateParts: MakeEnergy = (net, loss, options) => {
  const energy: Energy = energyOf(net, loss, options);
  const late = (link: Link): Link => ({
    ...link,
    forward: (parameters, inputs) =>
      link.forward(
        parameters,
        inputs.map((input, place) => (link.reads[place] === 0 ? turned(input) : input)),
      ),
  });
  return { ...energy, links: energy.links.map(late) };
};

/** The inputs of joins exchanged. */
const exchanged = (link: Link): Link => ({
  ...link,
  forward: (parameters, inputs) => link.forward(parameters, [...inputs].reverse()),
});

/**
 * A mutant for law 27: its joins take their inputs in the wrong slots.
 *
 * @example const law = linksCompose(GraphMutants.wrongSlot); // rejects it
 */
export const wrongSlot: MakeEnergy = (net, loss, options) => {
  const energy: Energy = energyOf(net, loss, options);
  return { ...energy, links: energy.links.map(exchanged) };
};
