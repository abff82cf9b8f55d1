/**
 * The least and the greatest of any number of values; NaN where one of them is, and +∞ and −∞ of none, as by
 * `Math.min` and `Math.max`. Those take a value an argument, and more than some 100,000 exceed the stack.
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
