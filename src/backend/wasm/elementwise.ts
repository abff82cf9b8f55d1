/** Programs of operations on single numbers, run by the team (`kernels/assembly/elementwise.ts`). */
import { type Team } from './team';

/** Words of an operation: its code, its result, three operands, factor and addend. */
export const WORDS = 7;

/**
 * Runs a program, as words, on tensors of `size` numbers whose addresses are given. From `worth`
 * numbers on it pays to wake other threads.
 */
export const runElementwise = (
  team: Team,
  addresses: readonly number[],
  words: readonly number[],
  size: number,
  worth: number,
): void => {
  team.withWords([...addresses, ...words], (address) => {
    const args = [address, addresses.length, address + 4 * addresses.length, words.length / WORDS, size];
    team.share('elementwise', args, team.call('elementwiseItems', size), 16, size >= worth);
  });
};
