/**
 * A cache of what solvers compute from A alone, Gram matrices and inverses, for several designs
 * with one A. Layers that read one input, such as query, key and value, differ in nothing but their
 * right-hand sides.
 */
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { dispose, type Tree } from '../core';
import { type ShiftedInverse } from './inverse';
import { type Design, type Shared } from './operator';

/** A cache of what is computed from one A, with a function that frees it. */
export interface Keeper extends Shared {
  /** Frees everything in the cache. */
  readonly release: () => void;
}

const once =
  <A>(kept: Map<string, A>, tensorsOf: (value: A) => readonly Tensor[]) =>
  (name: string, make: () => A): A => {
    const before = kept.get(name);
    if (before !== undefined) return before;
    const made = make();
    for (const t of tensorsOf(made)) keep(t);
    kept.set(name, made);
    return made;
  };

/**
 * A cache of tensors and inverses by name. It makes each on the first call, and owns them until
 * `release`.
 *
 * @example
 * const kept = keeper();
 * const gram = kept.tensor('AᵀA', () => eye(2)); // later calls return the same tensor
 * kept.release();
 */
export const keeper = (): Keeper => {
  const tensors = new Map<string, Tensor>();
  const lists = new Map<string, readonly Tensor[]>();
  const inverses = new Map<string, ShiftedInverse>();
  return {
    tensor: once(tensors, (t) => [t]),
    tensors: once(lists, (all) => all),
    inverse: once(inverses, ({ inverse }) => [inverse]),
    release: () => {
      dispose(
        [...tensors.values()],
        [...lists.values()],
        [...inverses.values()].map(({ inverse }) => inverse),
      );
      tensors.clear();
      lists.clear();
      inverses.clear();
    },
  };
};

/**
 * The design with its Gram matrices cached in `shared`: they are computed once for all designs that
 * share the cache. The keeper owns these tensors.
 *
 * @example
 * const kept = keeper();
 * const cached = withShared(design, kept);
 * const isSame = cached.dualGram() === cached.dualGram();
 * kept.release();
 * isSame // true
 */
export const withShared = <P extends Tree.Tree>(design: Design<P>, shared: Shared): Design<P> => {
  const { grams, dualGram, dualGramOfInputs, blocks } = design;
  return {
    ...design,
    shared,
    grams: grams.map((way) => ({ ...way, form: () => shared.tensor(`AᵀA by ${way.name}`, way.form) })),
    dualGram: () => shared.tensor('AAᵀ', dualGram),
    ...(dualGramOfInputs === undefined
      ? {}
      : { dualGramOfInputs: () => shared.tensor('xxᵀ', dualGramOfInputs) }),
    ...(blocks === undefined
      ? {}
      : { blocks: { ...blocks, form: () => shared.tensor('blocks of AᵀA', blocks.form) } }),
  };
};
