/** Gram matrices and factors of one A, kept for all links that read its variable, for as long as one of them is still to come. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { type Energy, type Link } from '../energy';
import { type Design, keeper, type Keeper, withShared } from '../solver';

interface SharedDesigns {
  /** The design of a link at its inputs, with what is kept of its A where another link may have the same. */
  readonly of: (link: Link, inputs: readonly Tensor[], design: Design<Tree.Tree>) => Design<Tree.Tree>;
  /** From now on what is made of an A is kept for one reader too: its solves come again, with the same input. */
  readonly again: () => void;
  /** Free what no link reads that is still looked at. */
  readonly forget: (looksAt: (link: number) => boolean) => void;
  readonly release: () => void;
}

interface Kept {
  readonly input: Tensor;
  readonly read: number;
  readonly keeper: Keeper;
}

export const sharedDesigns = (energy: Energy): SharedDesigns => {
  const kept = new Map<string, Kept>();
  let comesAgain = false;
  const solvedFrom = (read: number): number =>
    energy.links.filter(({ design, reads }) => design !== undefined && reads.includes(read)).length;
  return {
    of: (link, inputs, design) => {
      const { source } = design;
      const read = link.reads[inputs.findIndex((value) => value === source?.input)];
      if (source === undefined || read === undefined || (!comesAgain && solvedFrom(read) < 2)) return design;
      const { input, matrix } = source;
      const name = `${read} ${matrix}`;
      const before = kept.get(name);
      if (before?.input === input) return withShared(design, before.keeper);
      before?.keeper.release();
      const made = keeper();
      kept.set(name, { input, read, keeper: made });
      return withShared(design, made);
    },
    again: () => {
      comesAgain = true;
    },
    forget: (looksAt) => {
      const isRead = (read: number): boolean =>
        energy.links.some(({ number, reads }) => reads.includes(read) && looksAt(number));
      for (const [name, own] of kept)
        if (!isRead(own.read)) {
          own.keeper.release();
          kept.delete(name);
        }
    },
    release: () => {
      for (const own of kept.values()) own.keeper.release();
      kept.clear();
    },
  };
};
