/**
 * Successive halving: of n settings that were trained for r epochs, the best ⌊n/η⌋ are trained for
 * η·r epochs, and so on. The rule of ASHA, asked once all settings of a rung have ended, so that
 * who goes on follows from the results alone, whoever was first.
 *
 * Sources: Jamieson & Talwalkar, AISTATS 2016; Li et al., A System for Massively Parallel
 * Hyperparameter Tuning, MLSys 2020.
 */

/** Options of successive halving. */
export interface Halving {
  /** Epochs of the first rung. */
  readonly from: number;
  /** η: each rung has η times the epochs of the one before, and one in η settings goes on. */
  readonly factor: number;
}

/**
 * Lists the epochs of each rung of successive halving: from, from·factor, from·factor², …, and at
 * last all epochs.
 *
 * @param epochs the epochs of the last rung
 * @param halving `from` and `factor`; without it there is one rung
 *
 * @example rungsOf(20, { from: 2, factor: 3 }) // [2, 6, 18, 20]
 */
export const rungsOf = (epochs: number, halving: Halving | undefined): readonly number[] => {
  if (halving === undefined) return [epochs];
  const rungs: number[] = [];
  for (let rung = halving.from; rung < epochs; rung *= halving.factor) rungs.push(rung);
  return [...rungs, epochs];
};

/**
 * Takes the ⌊n/factor⌋ best of n settings, at least one, in the order in which they stand: those
 * with the lowest losses; of equals the first.
 *
 * @param all the settings of a rung
 * @param loss the loss of a setting
 * @param factor one in how many goes on
 *
 * @example promoted([0.3, 0.1, 0.2, Infinity], (loss) => loss, 2) // [0.1, 0.2]
 */
export const promoted = <A>(all: readonly A[], loss: (a: A) => number, factor: number): readonly A[] => {
  const ranked = all
    .map((one, place) => ({ place, value: loss(one) }))
    // ∞ − ∞ is no number.
    .sort((a, b) => (a.value === b.value ? a.place - b.place : a.value < b.value ? -1 : 1));
  const places = new Set(
    ranked.slice(0, Math.max(1, Math.floor(all.length / factor))).map(({ place }) => place),
  );
  return all.filter((_, place) => places.has(place));
};
