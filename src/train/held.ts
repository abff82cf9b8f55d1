/**
 * The tensors that a training holds while it runs. They are freed at its end, except those that its
 * last event returns.
 */
import { dispose, Fault, Tree } from '../core';
import { deviceLost } from '../backend';
import { type Memory } from '../energy';
import { type AnyLayer } from '../layer';
import { momentsOf, type OptimizerState } from '../optimizer';
import { hostCopy, inItsLayer, notFinite, stateNotFinite } from './hostCopy';
import { pendingOf, type Submitted } from './submitted';

/** The tensors of a training. Its fields change with each step. */
export interface Held<P extends Tree.Tree> {
  /** The parameters from which the next step starts. */
  parameters: P;
  /**
   * The last parameters that gave a finite loss, which a failure returns. From a forward pass to
   * the end of its step these are the parameters themselves, so there are never three copies; if
   * losses are read one batch later, there are up to four.
   */
  lastFinite: P;
  state: OptimizerState<P>;
  /** The memory of the method from batch to batch. */
  memory: Memory;
  /**
   * Steps whose losses have not been read yet. If reads stall, this is one step while the next is
   * computed; otherwise there are none.
   */
  readonly unread: Submitted<P>[];
  /**
   * Makes tensors of the parameters from the start of the epoch, which are finite. The host keeps
   * them, so a lost device does not affect them.
   */
  restore: (() => P) | undefined;
  /** Whether everything has been freed. */
  released: boolean;
}

/** The initial state: only the parameters, which the training owns. */
export const holding = <P extends Tree.Tree>(parameters: P): Held<P> => ({
  parameters,
  lastFinite: parameters,
  state: [],
  memory: {},
  unread: [],
  restore: undefined,
  released: false,
});

/** Records parameters that gave a finite loss, and frees those recorded before. */
export const acceptAsFinite = <P extends Tree.Tree>(held: Held<P>, parameters: P): void => {
  if (held.lastFinite !== parameters) dispose(held.lastFinite);
  held.lastFinite = parameters;
};

/**
 * Takes the result of a step. The previous parameters stay: they are the last finite ones, or their
 * loss has not been read.
 */
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

/**
 * Copies the parameters to the host. Throws a `Fault` that names the tensor if the parameters, or
 * anything else that the next step needs, are not finite.
 */
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

/** Frees everything once, except parameters that are returned. */
export const release = <P extends Tree.Tree>(held: Held<P>, kept?: P): void => {
  if (held.released) return;
  held.released = true;
  const { parameters, lastFinite, unread, state, memory } = held;
  const trees = new Set([parameters, lastFinite, ...unread.map(({ before }) => before)]);
  if (kept !== undefined) trees.delete(kept);
  dispose(...trees, ...momentsOf(state), memory, ...unread.map(pendingOf));
};

/** Waits for pending reads: a tensor that is being read must not be freed. */
export const readsEnded = async <P extends Tree.Tree>({ unread }: Held<P>): Promise<void> => {
  await Promise.all(unread.map(({ numbers }) => numbers));
};
