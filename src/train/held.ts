/** What a training holds while it runs: freed at its end, but for what its last event hands over. */
import { dispose, Fault, Tree } from '../core';
import { deviceLost } from '../backend';
import { type Memory } from '../energy';
import { type AnyLayer } from '../layer';
import { momentsOf, type OptimizerState } from '../optimizer';
import { hostCopy, inItsLayer, notFinite, stateNotFinite } from './hostCopy';
import { pendingOf, type Submitted } from './submitted';

/** The tensors of a training; its fields move with each step. */
export interface Held<P extends Tree.Tree> {
  /** Those that the next step starts from. */
  parameters: P;
  /**
   * The last that gave a finite loss, which a failure hands back. From a forward pass to the end of its step these are the
   * parameters themselves, so that at no time there are three copies; where losses are read one batch behind there are four.
   */
  lastFinite: P;
  state: OptimizerState<P>;
  /** What the method remembers from batch to batch. */
  memory: Memory;
  /** Steps whose losses have not been read yet: one, while the next is computed, where reading stalls; else none. */
  readonly unread: Submitted<P>[];
  /** The parameters at the start of the epoch, on the host: finite, and out of the reach of a device that may be lost. */
  restore: (() => P) | undefined;
  /** Whether all has been freed. */
  released: boolean;
}

/** At the start: the parameters alone, which are the training's own. */
export const holding = <P extends Tree.Tree>(parameters: P): Held<P> => ({
  parameters,
  lastFinite: parameters,
  state: [],
  memory: {},
  unread: [],
  restore: undefined,
  released: false,
});

/** The parameters gave a finite loss: those that did so before are freed. */
export const acceptAsFinite = <P extends Tree.Tree>(held: Held<P>, parameters: P): void => {
  if (held.lastFinite !== parameters) dispose(held.lastFinite);
  held.lastFinite = parameters;
};

/** Take what a step gave. The parameters before it stay: they are the last finite ones, or their loss has not been read. */
export const moveTo = <P extends Tree.Tree>(
  held: Held<P>,
  next: Pick<Held<P>, 'parameters' | 'state' | 'memory'>,
): void => {
  const remembered = new Set(Tree.leaves(next.memory));
  dispose(Tree.leaves(held.memory).filter((leaf) => !remembered.has(leaf)));
  held.parameters = next.parameters;
  held.state = next.state;
  held.memory = next.memory;
};

/** Copy the parameters to the host. They and all that the next step needs are finite, or a `Fault` names the tensor. */
export const secure = async <P extends Tree.Tree>(
  net: AnyLayer,
  held: Held<P>,
  tag: 'data' | 'loss',
): Promise<void> => {
  const copy = await hostCopy(tag, 'parameters', held.parameters);
  if (copy === undefined) return;
  const bad =
    copy.bad ??
    (await stateNotFinite(tag, 'optimizer', held.state)) ??
    (await notFinite(tag, 'method', held.memory));
  if (bad !== undefined && deviceLost() === undefined) throw new Fault(inItsLayer(net, bad));
  held.restore = copy.restore;
};

/** Free all once, but for parameters that are handed over. */
export const release = <P extends Tree.Tree>(held: Held<P>, kept?: P): void => {
  if (held.released) return;
  held.released = true;
  const { parameters, lastFinite, unread, state, memory } = held;
  const trees = new Set([parameters, lastFinite, ...unread.map(({ before }) => before)]);
  if (kept !== undefined) trees.delete(kept);
  dispose(...trees, ...momentsOf(state), memory, ...unread.map(pendingOf));
};

/** Wait for numbers that are being read: what they are read from is not freed before. */
export const readsEnded = async <P extends Tree.Tree>({ unread }: Held<P>): Promise<void> => {
  await Promise.all(unread.map(({ numbers }) => numbers));
};
