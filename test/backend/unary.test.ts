/** Functions of single numbers of the WASM backend beside float64. */
import { abs, erf, exp, neg, sigmoid, sqrt, square, tanh, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { scope } from '../../src';
import { started } from '../support';

beforeAll(() => started('wasm'));

/** Numbers of every size and both signs, dense about 0 and to the ends of the exponential, and the odd ones. */
const numbers = Float32Array.from([
  ...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 300),
  ...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 18),
  ...Array.from({ length: 1001 }, (_, i) => (i - 500) * 1e-4),
  ...Array.from({ length: 77 }, (_, i) => 10 ** (i - 38)),
  ...Array.from({ length: 77 }, (_, i) => -(10 ** (i - 38))),
  ...[0, -0, 88.72283, 88.7229, -87.33655, -103.97, -104, 1e-45, -1e-45, 3.4e38, -3.4e38],
]);
const odd = new Float32Array(new Uint32Array([0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000]).buffer);

/** The distance to a right value in units of its last place as a float32. */
const unitsApart = (found: number, right: number): number => {
  const near = Math.fround(right);
  if (Object.is(found, near) || (Number.isNaN(found) && Number.isNaN(near))) return 0;
  if (!Number.isFinite(near) || !Number.isFinite(found)) return Infinity;
  const unit = 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(near) || 2 ** -149))) - 23);
  return Math.abs(found - right) / unit;
};

/** erf x by its series, and by the continued fraction of 1 − erf x where that is small (Abramowitz and Stegun 7.1.5, 7.1.14). */
const erfOf = (x: number): number => {
  const t = Math.abs(x);
  if (Number.isNaN(x) || t > 6) return Number.isNaN(x) ? x : Math.sign(x);
  if (t < 2.5) {
    let [term, total] = [x, x];
    for (let n = 1; n < 100; n++) {
      term *= -(x * x) / n;
      total += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * total;
  }
  let tail = t;
  for (let n = 200; n >= 1; n--) tail = t + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / tail);
};

const functions: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number, number])[] = [
  ['abs', abs, Math.abs, 0],
  ['neg', neg, (x) => -x, 0],
  ['square', square, (x) => x * x, 0.5],
  ['sqrt', sqrt, Math.sqrt, 0.5],
  // Polynomials, and the roundings of float32 around them.
  ['exp', exp, Math.exp, 2],
  ['tanh', tanh, Math.tanh, 2],
  ['sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x)), 3],
  ['erf', erf, erfOf, 3],
];

describe('functions of single numbers', () => {
  it.each(functions)('%s is right to the last places', (_, of, right, units) => {
    const found = scope(() => of(tensor(numbers)).dataSync());
    const worst = Math.max(...numbers.map((x, i) => unitsApart(found[i] ?? Number.NaN, right(x))));
    expect(worst).toBeLessThanOrEqual(units);
  });

  it.each(functions)('%s of NaN is NaN, of infinities what it tends to', (_, of, right) => {
    // At each place of four, and behind the last four.
    for (let at = 0; at < 7; at++)
      for (const x of odd) {
        const given = new Float32Array(7).fill(0.5);
        given[at] = x;
        const found = scope(() => of(tensor(given)).dataSync());
        given.forEach((v, i) => {
          expect(unitsApart(found[i] ?? Number.NaN, right(v))).toBeLessThanOrEqual(2);
        });
      }
  });

  it.each(functions)('%s of many numbers is the same, number by number', (_, of) => {
    const many = Float32Array.from({ length: 70_003 }, (__, i) => numbers[i % numbers.length] ?? 0);
    const [all, few] = [many, numbers].map((x) => scope(() => of(tensor(x)).dataSync()));
    expect(all?.every((v, i) => Object.is(v, few?.[i % numbers.length]))).toBe(true);
  });
});
