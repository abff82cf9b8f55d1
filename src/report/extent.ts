/**
 * Finds the least and the greatest of any number of values. As for `Math.min` and `Math.max`, both
 * are NaN if a value is, and +∞ and −∞ if there is none; those two functions exceed the stack at
 * about 100,000 values.
 *
 * @param values the numbers
 *
 * @example extent([3, 1, 2]) // { low: 1, high: 3 }
 */
export const extent = (values: readonly number[]): { readonly low: number; readonly high: number } => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
};
