/** What a training came to, as one number, and the best of several. */

/** The last training loss; infinite for one that diverged, or has none. */
export const finalLossOf = (
  epochs: readonly { readonly trainLoss: number | null }[],
  diverged: boolean,
): number => (diverged ? Infinity : (epochs.at(-1)?.trainLoss ?? Infinity));

/** The least by its loss: of equals, the first. */
export const bestOutcome = <A>(all: readonly A[], loss: (a: A) => number): A | undefined =>
  all.reduce<A | undefined>(
    (winner, one) => (winner === undefined || loss(one) < loss(winner) ? one : winner),
    undefined,
  );
