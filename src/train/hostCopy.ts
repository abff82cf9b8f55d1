/**
 * Copies of parameters on the host, which survive a lost device, and checks that numbers are
 * finite.
 */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { error, type ErrorTag, placesAt, type ProxpropError, Tree, within } from '../core';
import { deviceLost, tensor64 } from '../backend';
import { type AnyLayer, isJoin, nodesOf, placeOfNode } from '../layer';
import { type OptimizerState } from '../optimizer';

type Numbers = Float32Array | Float64Array | Int32Array;

/**
 * The place of the first number that is not finite. A loop, since `findIndex` takes ten times as
 * long.
 */
const firstNonFiniteOf = (values: Numbers): number | undefined => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return undefined;
};

/** A failure if some number of a tensor is not finite. */
export const notFiniteIn = (tag: ErrorTag, path: string, values: Numbers): ProxpropError | undefined => {
  const bad = firstNonFiniteOf(values);
  return bad === undefined
    ? undefined
    : error(tag, path, 'finite numbers', `${values[bad] ?? ''} at ${bad} of ${values.length}`);
};

const read = async (leaf: Tensor): Promise<Numbers> => {
  const values: Numbers = await leaf.data<'float32' | 'int32'>();
  return values;
};

/**
 * A failure at the first tensor of a tree, under `path`, that holds a number that is not finite.
 * All tensors are read without stopping the device.
 */
export const notFinite = async (
  tag: ErrorTag,
  path: string,
  tree: Tree.Tree,
): Promise<ProxpropError | undefined> => {
  for (const [name, leaf] of Tree.leavesWithPath(tree, path)) {
    const found = notFiniteIn(tag, name, await read(leaf));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Adds the layer of a parameter to the path of its failure. */
export const inItsLayer = (net: AnyLayer, e: ProxpropError): ProxpropError => {
  const node = nodesOf(net).find(
    ({ part, at }) =>
      !isJoin(part) &&
      at.length > 0 &&
      placesAt(at).some((place) => `${e.path}.`.startsWith(`parameters.${place}.`)),
  );
  return node === undefined ? e : within(placeOfNode(node), e);
};

/** Like `notFinite`, for the moments of an optimizer, named as in a checkpoint. */
export const stateNotFinite = async (
  tag: ErrorTag,
  path: string,
  state: OptimizerState<Tree.Tree>,
): Promise<ProxpropError | undefined> => {
  for (const [i, { moments }] of state.entries())
    for (const [j, moment] of moments.entries()) {
      const found = await notFinite(tag, `${path}.${i}.${j}`, moment);
      if (found !== undefined) return found;
    }
  return undefined;
};

/** Whether all numbers are finite; false if they cannot be read. */
export const everyFinite = async (tree: Tree.Tree): Promise<boolean> => {
  try {
    return (await notFinite('loss', '', tree)) === undefined;
  } catch {
    return false;
  }
};

/** The numbers of a tree on the host. */
interface HostCopy<P extends Tree.Tree> {
  /**
   * Makes new tensors of the numbers, which the caller owns. They never were on the device, so they
   * can be read even if it is lost.
   */
  readonly restore: () => P;
  /** A failure if some number is not finite. */
  readonly bad: ProxpropError | undefined;
}

const restored = ({ shape, dtype }: Tensor, values: Numbers): Tensor => {
  if (values instanceof Float64Array) return tensor64(values, shape);
  return tensor(values, shape, dtype);
};

/**
 * Copies the numbers of a tree to the host without stopping the device. Returns `undefined` if the
 * device is lost, since its numbers may then be zeros.
 */
export const hostCopy = async <P extends Tree.Tree>(
  tag: ErrorTag,
  path: string,
  tree: P,
): Promise<HostCopy<P> | undefined> => {
  const held: (readonly [Tensor, Numbers])[] = [];
  let bad: ProxpropError | undefined;
  try {
    for (const [name, leaf] of Tree.leavesWithPath(tree, path)) {
      const values = (await read(leaf)).slice();
      bad ??= notFiniteIn(tag, name, values);
      held.push([leaf, values]);
    }
  } catch (thrown) {
    if (deviceLost() === undefined) throw thrown;
  }
  if (deviceLost() !== undefined) return undefined;
  return {
    restore: () =>
      Tree.fromLeaves(
        tree,
        held.map(([leaf, values]) => restored(leaf, values)),
      ),
    bad,
  };
};
