import { concat, engine, gather, tensor1d, tensor2d, type Tensor } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  admm,
  attempt,
  backprop,
  chain,
  crossEntropy,
  direction,
  energyOf,
  exact,
  type Example,
  features,
  Key,
  linear,
  type Loss,
  mac,
  nothing,
  onOutputs,
  proxprop,
  relu,
  runStep,
  scope,
  softmaxCrossEntropy,
  squaredError,
  toHost,
  toNumber,
  Tree,
  weighted,
} from '../../src';
import { gradientOf } from '../../src/internal';
import { readsStall, readsStallOn } from '../../src/core/stall';
import { casesOf, messageOf, right, started, testBackends } from '../support';

const SEED = 1;

/** The examples of a batch, each as often as its weight says. */
const repeated = (t: Tensor, weights: readonly number[]): Tensor =>
  gather(
    t,
    tensor1d(
      weights.flatMap((w, i) => Array<number>(w).fill(i)),
      'int32',
    ),
  );

const distance = (a: Tree.Tree, b: Tree.Tree): number =>
  Math.max(
    ...Tree.leaves(a).map((leaf, i) => {
      const other = toHost(Tree.leaves(b)[i] ?? leaf);
      return Math.max(...toHost(leaf).map((v, j) => Math.abs(v - (other[j] ?? Number.NaN))));
    }),
  );

const losses: Readonly<Record<string, { readonly loss: Loss; readonly classifies: boolean }>> = {
  squaredError: { loss: squaredError, classifies: false },
  softmaxCrossEntropy: { loss: softmaxCrossEntropy, classifies: true },
  smoothed: { loss: crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 2, 3] }), classifies: true },
};

for (const backend of testBackends)
  describe(`weights of examples on ${backend}`, () => {
    beforeAll(() => started(backend));

    const batch = (seed: number, n: number, classifies: boolean): Example => {
      const key = Key.key(seed);
      return {
        input: Key.normal(Key.fold(key, 0), [n, 4]),
        target: classifies
          ? tensor1d(
              Array.from(Key.bits(Key.fold(key, 1), n), (w) => w % 3),
              'int32',
            )
          : Key.normal(Key.fold(key, 1), [n, 3]),
      };
    };
    const counts = fc
      .array(fc.nat(3), { minLength: 1, maxLength: 6 })
      .filter((weights) => weights.some((w) => w > 0));

    for (const [name, { loss, classifies }] of Object.entries(losses)) {
      it(`${name}: a whole weight is the example so many times, and the value the mean of each`, () => {
        const runs = casesOf(100);
        console.log(`weights: ${runs} cases, seed ${SEED}`);
        fc.assert(
          fc.property(counts, fc.nat(1000), (weights, seed) => {
            scope(() => {
              const n = weights.length;
              const { target } = batch(seed, n, classifies);
              const y = Key.normal(Key.key(seed + 1), [n, 3]);
              const own = weighted(loss, tensor1d(weights));
              const found = gradientOf((z: Tensor) => own.value(z, target), y);
              const expected = gradientOf(
                (z: Tensor) => loss.value(repeated(z, weights), repeated(target, weights)),
                y,
              );
              const value = toNumber(found.value);
              // Float32 rounding of sums of at most eighteen numbers of size 10.
              expect(Math.abs(value - toNumber(expected.value))).toBeLessThan(1e-5 * (1 + Math.abs(value)));
              expect(distance(found.gradient, expected.gradient)).toBeLessThan(1e-5);
              const each = toHost(own.each(y, target));
              expect(each).toHaveLength(n);
              expect(Math.abs(each.reduce((a, b) => a + b) / n - value)).toBeLessThan(
                1e-5 * (1 + Math.abs(value)),
              );
            });
          }),
          { seed: SEED, numRuns: runs },
        );
      });

      const methods = {
        backprop: backprop(),
        proxprop: proxprop({ solver: exact() }),
        mac: mac(),
        admm: admm(),
      };
      for (const [methodName, method] of Object.entries(methods))
        it(`${name}: ${methodName} takes them so by both interpreters`, () => {
          scope(() => {
            const net = chain(linear(4, 3), relu(3), linear(3, 3));
            const parameters = net.init(Key.key(3));
            const { input, target } = batch(7, 4, classifies);
            const weights = tensor1d([2, 1, 0, 1]);
            const twice: Example = {
              input: concat([input, input]),
              target: concat([target, target]),
              weights: concat([weights, weights]),
            };
            const run = (example: Example, interpreter: 'plain' | 'fast') =>
              right(direction(net, loss, method, interpreter)(parameters, example));
            const [fast, plain] = [
              run({ input, target, weights }, 'fast'),
              run({ input, target, weights }, 'plain'),
            ];
            expect(Math.abs(toNumber(fast.loss) - toNumber(plain.loss))).toBeLessThan(1e-5);
            // Of steps of size 1; a solve on the last link stops at 10⁻⁶ of its gradient.
            expect(distance(fast.direction, plain.direction)).toBeLessThan(2e-4);
            // Twice each example changes no mean.
            expect(Math.abs(toNumber(run(twice, 'fast').loss) - toNumber(fast.loss))).toBeLessThan(1e-5);
            // And it is not what it is without weights.
            expect(distance(fast.direction, run({ input, target }, 'fast').direction)).toBeGreaterThan(1e-3);
          });
        });
    }

    it('masks what is not finite, and is 0 where all are masked', () => {
      scope(() => {
        const own = weighted(squaredError, tensor1d([0, 1]));
        const y = tensor2d([[Infinity], [2]]);
        const t = tensor2d([[0], [0]]);
        expect(toNumber(own.value(y, t))).toBe(2);
        const none = weighted(squaredError, tensor1d([0, 0]));
        const { value, gradient } = gradientOf((z: Tensor) => none.value(z, t), tensor2d([[1], [2]]));
        expect([toNumber(value), ...gradient.dataSync()]).toEqual([0, 0, 0]);
      });
    });

    it('reaches the losses of several outputs', () => {
      scope(() => {
        const outputs = features({ kind: [3], price: [2] });
        const loss = onOutputs(outputs, { kind: softmaxCrossEntropy, price: squaredError }, { price: 0.5 });
        const [y, price] = [Key.normal(Key.key(1), [2, 5]), Key.normal(Key.key(2), [2, 2])];
        const kind = tensor1d([2, 0], 'int32');
        const target = loss.targets.pack({ kind, price });
        const parts = outputs.unpack(y);
        const [a, b] = [
          toHost(softmaxCrossEntropy.each(parts.kind, kind)),
          toHost(squaredError.each(parts.price, price)),
        ];
        const each = [0, 1].map((i) => (a[i] ?? 0) + 0.5 * (b[i] ?? 0));
        const found = toNumber(weighted(loss, tensor1d([3, 1])).value(y, target));
        expect(found).toBeCloseTo((3 * (each[0] ?? 0) + (each[1] ?? 0)) / 4, 5);
      });
    });

    it('weighs the loss of a step that is run by itself', () => {
      scope(() => {
        const net = chain(linear(4, 3));
        const parameters = net.init(Key.key(1));
        const { input, target } = batch(1, 3, false);
        const weights = tensor1d([1, 0, 3]);
        const own = weighted(squaredError, weights).value(net.forward(parameters, input), target);
        for (const interpreter of ['plain', 'fast'] as const) {
          const found = runStep(
            energyOf(net, squaredError),
            nothing,
            parameters,
            { input, target, weights },
            interpreter,
            (_, __, j) => toNumber(j),
          );
          expect(found).toBeCloseTo(toNumber(own), 6);
        }
      });
    });

    it('refuses weights that are none, by their places', () => {
      const line = (weights: unknown): string =>
        // Programs without types give anything.
        scope(() => messageOf(attempt(() => weighted(squaredError, weights as Tensor))));
      // On a GPU they make NaN: below.
      for (const w of readsStall() ? [] : [-1, Number.NaN, Infinity, -Infinity])
        expect(line(tensor1d([0, 2, w, -3]))).toBe(
          `data error at weights[2] of loss squaredError: expected a finite weight of at least 0, found ${w}`,
        );
      expect(line([1, 2])).toBe(
        'data error at weights of loss squaredError: expected a tensor [N], one weight an example, found object',
      );
      if (readsStall()) return;
      scope(() => {
        const net = chain(linear(4, 3));
        const run = direction(net, squaredError, backprop());
        const example = { ...batch(1, 2, false), weights: tensor1d([1, -2]) };
        expect(messageOf(run(net.init(Key.key(1)), example))).toBe(
          'data error at weights[1] of loss squaredError: expected a finite weight of at least 0, found -2',
        );
      });
    });

    it('names what does not fit', () => {
      const line = (f: () => unknown): string => scope(() => messageOf(attempt(f)));
      const y = (): Tensor => Key.normal(Key.key(1), [2, 3]);
      const own: Loss = { name: 'own', classifies: false, value: squaredError.value };
      expect(line(() => weighted(own, tensor1d([1, 1])).value(y(), y()))).toBe(
        'loss error at loss own: expected `each`, the loss of each example, found none',
      );
      expect(line(() => weighted(squaredError, tensor1d([1])).value(y(), y()))).toBe(
        'shape error at weights of loss squaredError: expected [2], one an example, found [1]',
      );
      const short: Loss = { ...own, each: () => tensor1d([1]) };
      expect(line(() => weighted(short, tensor1d([1, 1])).value(y(), y()))).toBe(
        'shape error at loss own: expected the loss of each example, [2], found a tensor [1]',
      );
    });
  });

describe('weights of examples where reads stall', () => {
  beforeAll(async () => {
    await started('wasm');
    readsStallOn(engine().backend);
  });

  it('make NaN where they are none', () => {
    scope(() => {
      const [y, t] = [tensor2d([[1], [2]]), tensor2d([[0], [0]])];
      const value = (...weights: readonly number[]): number =>
        toNumber(weighted(squaredError, tensor1d([...weights])).value(y, t));
      for (const w of [-1, Number.NaN, Infinity, -Infinity]) expect(value(3, w)).toBeNaN();
      expect(value(0, 2)).toBe(2);
    });
  });
});
