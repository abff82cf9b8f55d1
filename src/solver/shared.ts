/**
 * What solvers make of A alone, Gram matrices and inverses, kept for several designs of one A: those of layers that read one input, as
 * query, key and value do. Their right-hand sides differ, and nothing else.
 */
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { type ShiftedInverse } from './inverse';
import { type Design, type Shared } from './operator';

/** Keeps what is made of one design, and frees it at the end. */
export interface Keeper extends Shared {
  /** Free what is kept. */
  readonly release: () => void;
}

const once =
  <A>(kept: Map<string, A>, tensorOf: (value: A) => Tensor) =>
  (name: string, make: () => A): A => {
    const before = kept.get(name);
    if (before !== undefined) return before;
    const made = make();
    keep(tensorOf(made));
    kept.set(name, made);
    return made;
  };

/** Keeps what is made of one A, by its name, until it is released. */
export const keeper = (): Keeper => {
  const tensors = new Map<string, Tensor>();
  const inverses = new Map<string, ShiftedInverse>();
  return {
    tensor: once(tensors, (t) => t),
    inverse: once(inverses, ({ inverse }) => inverse),
    release: () => {
      for (const t of [...tensors.values(), ...[...inverses.values()].map(({ inverse }) => inverse)])
        t.dispose();
      tensors.clear();
      inverses.clear();
    },
  };
};

/** The same design, whose products of A with itself are formed once for all that share them. */
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
