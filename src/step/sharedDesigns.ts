/**
 * Gram matrices and factors of one A. They are kept for all links that read its variable, as long
 * as one of these is still to come.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { type Energy, type Link } from '../energy';
import { type Design, keeper, type Keeper, withShared } from '../solver';

interface SharedDesigns {
  /**
   * The design of a link at its inputs. If another link may have the same A, the design shares what
   * is computed from A.
   */
  readonly of: (link: Link, inputs: readonly Tensor[], design: Design<Tree.Tree>) => Design<Tree.Tree>;
  /**
   * Announces that solves will repeat at the same inputs. From then on, what is computed from A is
   * kept for a single reader too.
   */
  readonly again: () => void;
  /** What is kept for no link that is still used: its names, and what frees everything of these names. */
  readonly unread: (looksAt: (link: number) => boolean) => {
    readonly names: readonly string[];
    readonly free: () => void;
  };
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
  const freeOf = (name: string): void => {
    kept.get(name)?.keeper.release();
    kept.delete(name);
  };
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
    unread: (looksAt) => {
      const isRead = (read: number): boolean =>
        energy.links.some(({ number, reads }) => reads.includes(read) && looksAt(number));
      const names = [...kept].flatMap(([name, { read }]) => (isRead(read) ? [] : [name]));
      const free = (): void => {
        names.forEach(freeOf);
      };
      return { names, free };
    },
    release: () => {
      for (const own of kept.values()) own.keeper.release();
      kept.clear();
      comesAgain = false;
    },
  };
};
