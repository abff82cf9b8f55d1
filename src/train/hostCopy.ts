/** Parameters on the host: out of reach of a device that may be lost, and known to be finite. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { error, type ErrorTag, placesAt, type ProxpropError, Tree, within } from '../core';
import { deviceLost, tensor64 } from '../backend';
import { type AnyLayer, isJoin, nodesOf, placeOfNode } from '../layer';
import { type OptimizerState } from '../optimizer';

type Numbers = Float32Array | Float64Array | Int32Array;

/** The first number that is not finite. A loop: `findIndex` takes ten times as long. */
const firstNonFiniteOf = (values: Numbers): number | undefined => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return undefined;
};

/** A failure where not all numbers of a tensor are finite. */
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
 * The first tensor of a tree that holds a number that is not finite, as a failure at its place under `path`. All are read
 * without stopping the device.
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

/** A failure of a tensor of the parameters, with the layer that it belongs to. */
export const inItsLayer = (net: AnyLayer, e: ProxpropError): ProxpropError => {
  const node = nodesOf(net).find(
    ({ part, at }) =>
      !isJoin(part) &&
      at.length > 0 &&
      placesAt(at).some((place) => `${e.path}.`.startsWith(`parameters.${place}.`)),
  );
  return node === undefined ? e : within(placeOfNode(node), e);
};

/** The same of the moments of an optimizer, by the names that they have in a checkpoint. */
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

/** Whether all numbers are finite; not where they cannot be read. */
export const everyFinite = async (tree: Tree.Tree): Promise<boolean> => {
  try {
    return (await notFinite('loss', '', tree)) === undefined;
  } catch {
    return false;
  }
};

/** The numbers of a tree on the host. */
interface HostCopy<P extends Tree.Tree> {
  /** Tensors of the numbers, which are the caller's. They can be read even where the device is lost, as they have not been there. */
  readonly restore: () => P;
  /** Where they are not finite. */
  readonly bad: ProxpropError | undefined;
}

const restored = ({ shape, dtype }: Tensor, values: Numbers): Tensor => {
  if (values instanceof Float64Array) return tensor64(values, shape);
  return tensor(values, shape, dtype);
};

/**
 * Copy the numbers of a tree to the host, without stopping the device. Nothing where the device is lost: what it gives may
 * be zeros.
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
