/** How lines of one colour are told apart, where a method stands there more than once. */
import { type MethodState } from '../model/state';

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]] as const;

/** The dash of a method among all of them; empty for a line that is drawn through. */
export const dashOf = (methods: readonly MethodState[], index: number): readonly number[] =>
  DASHES[methods.slice(0, index).filter(({ id }) => id === methods[index]?.id).length] ?? [];
