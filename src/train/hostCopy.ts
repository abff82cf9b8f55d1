/** Parameters that outlive the device they are computed on. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { Tree } from '../core';
import { deviceLost } from '../backend';

/**
 * Copy the numbers of a tree to the host, without stopping the device; what is given makes tensors of them, which
 * are the caller's. They can be read even where the device is lost, as they have not been there yet. When it is lost
 * already, the copy made before stays the last.
 */
export const hostCopy = async <P extends Tree.Tree>(
  tree: P,
  before: (() => P) | undefined,
): Promise<(() => P) | undefined> => {
  try {
    const values = new Map<Tensor, Float32Array>();
    for (const leaf of Tree.leaves(tree)) values.set(leaf, (await leaf.data<'float32'>()).slice());
    // What a lost device gives may be zeros.
    if (deviceLost() !== undefined) return before;
    const held = Tree.leaves(tree).map((leaf) => ({ shape: leaf.shape, values: values.get(leaf) }));
    return () => {
      let next = 0;
      return Tree.map(() => {
        const { shape = [], values: numbers = new Float32Array(0) } = held[next++] ?? {};
        return tensor(numbers, shape);
      })(tree);
    };
  } catch {
    return before;
  }
};
