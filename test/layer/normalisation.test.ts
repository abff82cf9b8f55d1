/** Normalisation of rows that float32 has few digits for, against doubles. */
import { beforeAll, describe, expect, it } from 'vitest';
import { mul, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type Backend, groupNorm, Key, layerNorm, scope } from '../../src';
import { gradientOf } from '../../src/internal';
import { started, testBackends } from '../support';

const N = 49;
const EPSILON = 1e-5;

const wave = (i: number): number => Math.sin(1 + 5 * i);
const rows: readonly (readonly [string, (i: number) => number])[] = [
  ['usual', wave],
  ['constant', () => 10000.3],
  ['constant and large', () => 1e20],
  ['constant and as large as there is', () => 3.4e38],
  ['zero', () => 0],
  ['of 1e20', (i) => 1e20 * wave(i)],
  ['of 3e38 and both signs', (i) => 3e38 * wave(i)],
  ['of 1e-25', (i) => 1e-25 * wave(i)],
  ['of 1e-3', (i) => 1e-3 * wave(i)],
  ['of a large mean', (i) => 10000 + wave(i)],
  ['of a mean of 1e20', (i) => 1e20 * (1 + 1e-3 * wave(i))],
  ['but one number equal', (i) => (i === 20 ? 3 : 2)],
  ['first far from the rest', (i) => (i === 0 ? 1e6 : wave(i))],
];

/** y and Jᵀu in doubles; squares of what is beyond 1e154 do not arise. */
const exact = (x: readonly number[], u: readonly number[]) => {
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b / v.length, 0);
  // Equal numbers are 0 exactly: their mean as such would be rounded.
  const moved = x.map((v) => v - (x[0] ?? 0));
  const centre = mean(moved);
  const c = moved.map((v) => v - centre);
  const deviation = Math.sqrt(mean(c.map((v) => v * v)) + EPSILON);
  const y = c.map((v) => v / deviation);
  const [meanU, meanUY] = [mean(u), mean(u.map((v, i) => v * (y[i] ?? 0)))];
  return { y, gradient: u.map((v, i) => (v - meanU - (y[i] ?? 0) * meanUY) / deviation), deviation };
};

/** Errors of y that pass: a dozen float32 roundings, of numbers of size y and, where one is far off, of the greatest. */
const toleranceOf = (y: readonly number[]): number => 2e-6 * Math.max(1e-30, ...y.map(Math.abs));

/** Numbers below it are rounded to 0: those without a normal float32, where GPUs do not keep them. */
const least = (backend: Backend): number => (backend.startsWith('webg') ? 2 ** -126 : 1e-44);

describe('the tolerance', () => {
  it('rejects a variance of one pass, E[x²] − E[x]²', () => {
    const { fround } = Math;
    const x = Array.from({ length: N }, (_, i) => fround(10000 + wave(i)));
    const meanOf = (v: readonly number[]): number => fround(v.reduce((a, b) => fround(a + b), 0) / N);
    const mean = meanOf(x);
    const variance = fround(meanOf(x.map((v) => fround(v * v))) - fround(mean * mean));
    const want = exact(x, x);
    const found = x.map((v) => fround((v - mean) / Math.sqrt(Math.max(0, variance) + EPSILON)));
    expect(found.some((y, i) => !(Math.abs(y - (want.y[i] ?? 0)) <= toleranceOf(want.y)))).toBe(true);
  });
});

for (const backend of testBackends)
  describe(`normalisation on ${backend}`, () => {
    beforeAll(() => started(backend));

    it.each(rows)('of rows that are %s', (_name, number) => {
      const x = Array.from({ length: N }, (_, i) => Math.fround(number(i)));
      const u = Array.from({ length: N }, (_, i) => Math.fround(Math.cos(2 * i)));
      const want = exact(x, u);
      const layers = [
        { layer: layerNorm(N, EPSILON), shape: [1, N] },
        { layer: groupNorm([7, 7, 1], 1, EPSILON), shape: [1, 7, 7, 1] },
      ];
      for (const { layer, shape } of layers)
        scope(() => {
          const parameters = layer.init(Key.key(1));
          const f = (p: { readonly x: Tensor }): Tensor => layer.forward(parameters, p.x);
          const at = tensor(Float32Array.from(x), shape);
          const y = f({ x: at }).dataSync();
          const { gradient } = gradientOf((p: { readonly x: Tensor }) => sum(mul(f(p), tensor(u, shape))), {
            x: at,
          });
          want.y.forEach((v, i) => {
            expect(Math.abs((y[i] ?? Number.NaN) - v)).toBeLessThanOrEqual(toleranceOf(want.y));
          });
          const size = Math.max(...u.map(Math.abs)) / want.deviation;
          const found = gradient.x.dataSync();
          want.gradient.forEach((g, i) => {
            expect(Math.abs((found[i] ?? Number.NaN) - g)).toBeLessThanOrEqual(1e-5 * size + least(backend));
          });
        });
    });

    it('keeps a NaN and an infinity as NaN, each in its row', () => {
      scope(() => {
        const layer = layerNorm(3);
        const x = tensor([1, 2, Number.NaN, 1, Infinity, 2, 1, 2, 3], [3, 3]);
        const y = [...layer.forward(layer.init(Key.key(1)), x).dataSync()];
        expect(y.map(Number.isNaN).slice(0, 3)).toEqual([true, true, true]);
        expect(y.slice(3, 6).some(Number.isNaN)).toBe(true);
        expect(y.slice(6).every(Number.isFinite)).toBe(true);
      });
    });
  });
