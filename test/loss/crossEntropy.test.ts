import { tensor, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  crossEntropy,
  type CrossEntropyOptions,
  jvp,
  scope,
  softmaxCrossEntropy,
  toHost,
  toNumber,
} from '../../src';
import { gradientOf, readsStall } from '../../src/internal';
import { hasKernel } from '../../src/ops';
import { casesOf, messageOf, right, started, testBackends } from '../support';

const SEED = 1;

/** Loss of a row and its gradient, in float64: v·(log Σ exp z − z) and Σv·softmax(z) − v. */
const oracle = (z: readonly number[], v: readonly number[]) => {
  const most = Math.max(...z);
  const powers = z.map((x) => Math.exp(x - most));
  const all = powers.reduce((a, b) => a + b);
  const total = v.reduce((a, b) => a + b);
  const whole = Math.log(all) + most;
  return {
    loss: z.reduce((sum, x, c) => sum + (v[c] ?? 0) * (whole - x), 0),
    gradient: powers.map((p, c) => (total * p) / all - (v[c] ?? 0)),
  };
};

/** w·((1 − ε)·q + ε/C) */
const factors = (q: readonly number[], { labelSmoothing = 0, classWeights }: CrossEntropyOptions) =>
  q.map((x, c) => (classWeights?.[c] ?? 1) * ((1 - labelSmoothing) * x + labelSmoothing / q.length));

const kinds = ['classes', 'soft', 'positions', 'soft positions'] as const;

for (const backend of testBackends)
  describe(`cross-entropy on ${backend}`, () => {
    beforeAll(() => started(backend));

    const numbers = fc.float({ min: -5, max: 5, noNaN: true });
    const cases = fc
      .record({
        kind: fc.constantFrom(...kinds),
        n: fc.integer({ min: 1, max: 4 }),
        t: fc.integer({ min: 1, max: 3 }),
        classes: fc.integer({ min: 1, max: 5 }),
        smoothing: fc.option(fc.double({ min: 0.001, max: 0.9, noNaN: true }), { nil: undefined }),
        weighted: fc.boolean(),
      })
      .chain((c) => {
        const rows = c.n * (c.kind.includes('positions') ? c.t : 1);
        return fc.record({
          c: fc.constant(c),
          z: fc.array(numbers, { minLength: rows * c.classes, maxLength: rows * c.classes }),
          labels: fc.array(fc.nat(c.classes - 1), { minLength: rows, maxLength: rows }),
          mix: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
            minLength: rows * c.classes,
            maxLength: rows * c.classes,
          }),
          weights: fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), {
            minLength: c.classes,
            maxLength: c.classes,
          }),
        });
      });

    it('is its formula, and so is its gradient, for every kind of target', () => {
      const runs = casesOf(300);
      console.log(`cross-entropy: ${runs} cases, seed ${SEED}`);
      fc.assert(
        fc.property(cases, ({ c, z, labels, mix, weights }) => {
          const { kind, n, t, classes } = c;
          const positions = kind.includes('positions') ? [t] : [];
          const per = positions.reduce((a, b) => a * b, 1);
          const row = <A>(of: readonly A[], r: number): readonly A[] =>
            of.slice(r * classes, (r + 1) * classes);
          const soft = (r: number): readonly number[] => {
            const raw = row(mix, r);
            const total = raw.reduce((a, b) => a + b);
            return raw.map((x) => x / total);
          };
          const q = (r: number): readonly number[] =>
            kind.startsWith('soft')
              ? soft(r)
              : Array.from({ length: classes }, (_, k) => (labels[r] === k ? 1 : 0));
          const options: CrossEntropyOptions = {
            ...(c.smoothing === undefined ? {} : { labelSmoothing: c.smoothing }),
            ...(c.weighted ? { classWeights: weights } : {}),
          };
          const rows = labels.map((_, r) => oracle(row(z, r), factors(q(r), options)));
          const each = Array.from({ length: n }, (_, i) =>
            rows.slice(i * per, (i + 1) * per).reduce((sum, { loss }) => sum + loss / per, 0),
          );
          scope(() => {
            const loss = crossEntropy(options);
            const output = tensor([...z], [n, ...positions, classes]);
            const target = kind.startsWith('soft')
              ? tensor(
                  labels.flatMap((_, r) => soft(r)),
                  [n, ...positions, classes],
                )
              : tensor([...labels], [n, ...positions], 'int32');
            const { value, gradient } = gradientOf((y: Tensor) => loss.value(y, target), output);
            const found = toHost(loss.each(output, target));
            // A dozen float32 roundings of numbers of size 30 at most: logits differ by 10, weights are 3.
            const close = (a: number, b: number): void => {
              expect(Math.abs(a - b)).toBeLessThan(3e-5);
            };
            expect(found).toHaveLength(n);
            each.forEach((expected, i) => {
              close(found[i] ?? Number.NaN, expected);
            });
            close(toNumber(value), each.reduce((a, b) => a + b) / n);
            const flat = rows.flatMap((r) => r.gradient.map((g) => g / (n * per)));
            toHost(gradient).forEach((g, i) => {
              close(g, flat[i] ?? Number.NaN);
            });
          });
        }),
        { seed: SEED, numRuns: runs },
      );
    });

    it('keeps the digits of a row that is nearly certain, where its kernel sums in float64', () => {
      if (!hasKernel('ClassLosses')) return;
      scope(() => {
        const z = [20, 3, 0, -1, 2, 1];
        const target = tensor1d([0], 'int32');
        const { loss } = oracle(
          z,
          z.map((_, c) => (c === 0 ? 1 : 0)),
        );
        const found = gradientOf((y: Tensor) => softmaxCrossEntropy.value(y, target), tensor(z, [1, 6]));
        // Exponentials are known to a few units of float32, 6e-8; the sum of all but the largest is 4e-8.
        expect(Math.abs(toNumber(found.value) / loss - 1)).toBeLessThan(1e-6);
        const own = 1 - 1 / z.reduce((total, x) => total + Math.exp(x - 20), 0);
        expect(Math.abs((toHost(found.gradient)[0] ?? 0) / -own - 1)).toBeLessThan(1e-6);
      });
    });

    it('is the same for classes and for one-hot rows, of either type', () => {
      scope(() => {
        const z = tensor2d([
          [1, 2, 3],
          [0, -1, 4],
        ]);
        const hot = [0, 0, 1, 1, 0, 0];
        const byClass = toHost(softmaxCrossEntropy.each(z, tensor1d([2, 0], 'int32')));
        for (const type of ['float32', 'int32'] as const)
          toHost(softmaxCrossEntropy.each(z, tensor(hot, [2, 3], type))).forEach((l, i) => {
            expect(l).toBeCloseTo(byClass[i] ?? Number.NaN, 6);
          });
      });
    });

    it('has the second derivative of its formula', () => {
      scope(() => {
        const loss = crossEntropy({ labelSmoothing: 0.2, classWeights: [1, 2, 0.5] });
        const z = [0.3, -1, 0.5];
        const q = [0.1, 0.6, 0.3];
        const v = [0.7, -0.2, 0.4];
        const at = { z: tensor2d([z]) };
        const f = (p: { readonly z: Tensor }): Tensor => loss.value(p.z, tensor2d([q]));
        const along = right(
          jvp((p: { readonly z: Tensor }) => gradientOf(f, p).gradient.z)(at, { z: tensor2d([v]) }),
        );
        const h = 1e-5;
        const shifted = (by: number) =>
          oracle(
            z.map((x, c) => x + by * (v[c] ?? 0)),
            factors(q, { labelSmoothing: 0.2, classWeights: [1, 2, 0.5] }),
          ).gradient;
        const [up, down] = [shifted(h), shifted(-h)];
        // Central differences in float64 err by h², float32 by its rounding.
        toHost(along.tangent).forEach((d, c) => {
          expect(d).toBeCloseTo(((up[c] ?? 0) - (down[c] ?? 0)) / (2 * h), 5);
        });
      });
    });

    it('takes huge logits, masks and NaN for soft targets as for classes', () => {
      const found = (z: readonly number[], q: readonly number[], options: CrossEntropyOptions = {}): number =>
        scope(() => toNumber(crossEntropy(options).value(tensor2d([[...z]]), tensor2d([[...q]]))));
      expect(found([1e6, 1e6, 1e6 - 1], [0.5, 0.5, 0])).toBeCloseTo(Math.log(2 + Math.exp(-1)), 5);
      expect(found([1e4, -1e4], [0.5, 0.5])).toBe(1e4);
      // A masked class without a part in the target does not count; with one the loss is ∞.
      expect(found([0, 0, -Infinity], [0.5, 0.5, 0])).toBeCloseTo(Math.LN2, 6);
      expect(found([0, 0, -Infinity], [0.5, 0.25, 0.25])).toBe(Infinity);
      expect(found([0, 0, -Infinity], [1, 0, 0], { labelSmoothing: 0.1 })).toBe(Infinity);
      expect(found([0, Number.NaN], [1, 0])).toBeNaN();
      // The gradient beside a mask stays finite.
      scope(() => {
        const { gradient } = gradientOf(
          (y: Tensor) => softmaxCrossEntropy.value(y, tensor2d([[0.5, 0.5, 0]])),
          tensor2d([[0, 1, -Infinity]]),
        );
        expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
      });
    });

    const line = (f: () => unknown): string => scope(() => messageOf(attempt(f)));
    const z23 = () => tensor2d([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
    const refused: readonly (readonly [string, () => unknown, string])[] = [
      [
        'floats for classes',
        () => softmaxCrossEntropy.each(z23(), tensor1d([0, 1])),
        'shape error at softmaxCrossEntropy: expected outputs [N, classes] and int32 targets [N], found outputs [2, 3] and float32 targets [2]',
      ],
      [
        'soft targets of other classes',
        () => softmaxCrossEntropy.value(z23(), tensor2d([[1], [1]])),
        'shape error at softmaxCrossEntropy: expected outputs [N, classes] and int32 targets [N], found outputs [2, 3] and float32 targets [2, 1]',
      ],
      [
        'a smoothing of 1',
        () => crossEntropy({ labelSmoothing: 1 }),
        'options error at softmaxCrossEntropy.labelSmoothing: expected a number in [0, 1), found 1',
      ],
      [
        'a negative class weight',
        () => crossEntropy({ classWeights: [1, -1] }),
        'options error at softmaxCrossEntropy.classWeights[1]: expected a finite number of at least 0, found -1',
      ],
      [
        'no class weight above 0',
        () => crossEntropy({ classWeights: [0, 0] }),
        'options error at softmaxCrossEntropy.classWeights: expected a weight above 0, found none',
      ],
      [
        'class weights of other classes',
        () => crossEntropy({ classWeights: [1, 2] }).value(z23(), tensor1d([0, 1], 'int32')),
        'shape error at softmaxCrossEntropy.classWeights: expected 3 weights, one a class, found 2',
      ],
    ];
    for (const [name, f, expected] of refused)
      it(`refuses ${name}`, () => {
        expect(line(f)).toBe(expected);
      });

    it('refuses rows that are no distributions, and classes that are none at a position', () => {
      const none = [
        () => softmaxCrossEntropy.value(z23(), tensor2d([[0.5, 0.5, 0], [1, 1, 0]])), // prettier-ignore
        () => softmaxCrossEntropy.value(z23(), tensor2d([[1.5, -0.5, 0], [1, 0, 0]])), // prettier-ignore
        () => softmaxCrossEntropy.value(tensor([1, 2, 3, 4], [1, 2, 2]), tensor([0, 2], [1, 2], 'int32')),
      ];
      // Where reads stall rows are not looked at, and what is no class makes NaN.
      if (readsStall()) expect(scope(() => toNumber(none[2]?.() ?? tensor1d([0])))).toBeNaN();
      else
        expect(none.map(line)).toEqual([
          'data error at softmaxCrossEntropy.target[1]: expected probabilities of at least 0 that sum to 1, found a sum of 2',
          'data error at softmaxCrossEntropy.target[0]: expected probabilities of at least 0 that sum to 1, found a negative one',
          'data error at softmaxCrossEntropy.target[1]: expected a class in 0 … 1, found 2',
        ]);
    });

    it('names itself by its options', () => {
      expect([crossEntropy().name, crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 2] }).name]).toEqual(
        ['softmaxCrossEntropy', 'softmaxCrossEntropy (label smoothing 0.1, class weights)'],
      );
    });
  });
