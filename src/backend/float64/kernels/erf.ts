/** The error function to the last digits of float64, which JavaScript's Math lacks. */

/**
 * erf x = 2x e^(−x²) / √π · Σ (2x²)ⁿ / (1 · 3 · … · (2n + 1)). Every term is positive, so nothing
 * cancels. But e^(−x²) loses digits in proportion to x², so the series serves small x only.
 */
const series = (x: number): number => {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

/**
 * 1 − erf x by its continued fraction, for x ≥ 2, for which this depth gives far more digits than
 * are needed.
 */
const complement = (x: number): number => {
  let tail = x;
  for (let k = 100; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
};

export const errorFunction = (x: number): number => {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  return size < 2 ? series(x) : Math.sign(x) * (1 - complement(size));
};
