/** Optimizers made of others: what passes, what stays, what is averaged, and several batches beside one. */
import { scalar, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  attempt,
  backprop,
  chain as chainLayers,
  describe as show,
  dispose,
  Key,
  linear,
  liveTensors,
  momentum,
  Optimizer,
  relu,
  sgd,
  softmaxCrossEntropy,
  toHost,
  train,
  Tree,
} from '../../src';
import { relativeDistance, values } from '../../laws';
import { bitsOf } from '../train/resume';
import { boxes, messageOf, started, testBackends } from '../support';

const { accumulate, adafactor, averageOf, chain, clipByGlobalNorm, ema, frozen, masked, multiTransform } =
  Optimizer;

const shapesOf = (tree: Tree.Tree): Record<string, readonly number[]> =>
  Object.fromEntries(Tree.leavesWithPath(tree).map(([path, { shape }]) => [path, shape]));

/** The parameters after one step. */
const stepped = <P extends Tree.Tree>(optimizer: Optimizer.Optimizer, parameters: P, direction: P): P => {
  const state = Optimizer.initOptimizer(optimizer, parameters);
  const next = Optimizer.updateOptimizer(optimizer, direction, state, parameters);
  return Optimizer.applyUpdate(parameters, next.update);
};

const data = boxes(1, 96, 6, 3);
const net = chainLayers(linear(6, 8), relu(8), linear(8, 3));

const trained = async (optimizer: Optimizer.Optimizer, batchSize: number): Promise<Float64Array> => {
  const parameters = net.init(Key.key(1));
  let numbers: Float64Array = new Float64Array(0);
  const options = { parameters, method: backprop(), optimizer, train: data, test: data };
  for await (const event of train(net, softmaxCrossEntropy, {
    ...options,
    epochs: 3,
    batchSize,
    key: Key.key(2),
  })) {
    if (event.tag === 'failed') throw new Error(show(event.error));
    if (event.tag === 'done') {
      numbers = values(event.parameters);
      dispose(event.parameters);
    }
  }
  dispose(parameters);
  return numbers;
};

for (const backend of testBackends)
  describe(`on ${backend}`, () => {
    beforeAll(() => started(backend));

    it('what is masked remembers a number of what passes, and passes it as it is', () => {
      const parameters = { a: tensor2d([1, 2, 3, 4], [2, 2]), b: { c: tensor1d([1, 2, 3]) } };
      const direction = { a: tensor2d([1, 1, 1, 1], [2, 2]), b: { c: tensor1d([3, 4, 5]) } };
      const optimizer = masked(momentum(0.5), 'a');
      const state = Optimizer.initOptimizer(optimizer, parameters);
      expect(Optimizer.momentsOf(state).map(shapesOf)).toEqual([{ a: [2, 2], 'b.c': [] }]);
      expect([...values(stepped(optimizer, parameters, direction))]).toEqual([
        0.5, 1.5, 2.5, 3.5, -2, -2, -2,
      ]);
      dispose(parameters, direction, ...Optimizer.momentsOf(state));
    });

    it('a mask of a mask is what both select; an average of it is of that alone', () => {
      const parameters = { a: tensor1d([1]), b: tensor1d([2]), c: tensor1d([3]) };
      const direction = { a: tensor1d([1]), b: tensor1d([1]), c: tensor1d([1]) };
      const both = masked(masked(chain(Optimizer.scale(2), ema(0.5)), ['a', 'b']), ['b', 'c']);
      const state = Optimizer.initOptimizer(both, parameters);
      expect(Optimizer.momentsOf(state).map(shapesOf)).toEqual([{ a: [], b: [1], c: [] }]);
      const next = Optimizer.stepOptimizer(both, direction, state, parameters);
      expect([...values(next.parameters)]).toEqual([0, 0, 2]);
      const average = averageOf(both, next.state, parameters);
      // The average of one update, and the parameters given.
      expect([...values(average)]).toEqual([1, 0, 3]);
      dispose(parameters, average, next.parameters, ...Optimizer.momentsOf(next.state));
    });

    it('what is frozen stays to the bit, also −0', async () => {
      const parameters = { a: tensor1d([0.1, -0, 1e-40]), b: tensor1d([1]) };
      const direction = { a: tensor1d([1, -2, 3]), b: tensor1d([-1]) };
      const optimizer = multiTransform([
        { of: 'a', by: frozen },
        { of: 'b', by: sgd(1) },
      ]);
      const after = stepped(optimizer, parameters, direction);
      expect(await bitsOf(after.a)).toEqual(await bitsOf(parameters.a));
      expect([...toHost(after.b)]).toEqual([2]);
      dispose(parameters, direction, after);
    });

    it('the norm that clips is that of all tensors, or of those that are masked', () => {
      const [parameters, direction] = [0, 3].map((x) => ({ a: scalar(x), b: tensor1d([(4 / 3) * x, 0]) }));
      if (parameters === undefined || direction === undefined) throw new Error('two trees');
      const minus = (optimizer: Optimizer.Optimizer) =>
        [...values(stepped(optimizer, parameters, direction))].map((x) => -x + 0);
      const close = (expected: readonly number[]) => expected.map((x): unknown => expect.closeTo(x, 6));
      // ‖(3, 4, 0)‖ = 5
      expect(minus(clipByGlobalNorm(1))).toEqual(close([0.6, 0.8, 0]));
      expect(minus(clipByGlobalNorm(5))).toEqual([3, 4, 0]);
      expect(minus(masked(clipByGlobalNorm(1), 'b'))).toEqual(close([3, 1, 0]));
      dispose(parameters, direction);
    });

    it('directions whose squares overflow, or vanish, are clipped as any other', () => {
      const parameters = { a: tensor1d([0, 0]) };
      for (const [scale, most] of [
        [1e30, 1],
        [1e-30, 1e-31],
        [3e38, 1e-3],
      ] as const) {
        const direction = { a: tensor1d([0.6 * scale, -0.8 * scale]) };
        const [x = 0, y = 0] = values(stepped(clipByGlobalNorm(most), parameters, direction));
        expect(x / most).toBeCloseTo(-0.6, 5);
        expect(y / most).toBeCloseTo(0.8, 5);
        dispose(direction);
      }
      const zero = { a: tensor1d([0, 0]) };
      expect([...values(stepped(clipByGlobalNorm(1), parameters, zero))]).toEqual([0, 0]);
      dispose(parameters, zero);
    });

    it('one number that is not finite is all of a direction that is clipped by its norm', () => {
      const parameters = { a: tensor1d([0, 0]), b: tensor1d([0]) };
      for (const bad of [Infinity, -Infinity, Number.NaN]) {
        const direction = { a: tensor1d([1, bad]), b: tensor1d([1]) };
        const found = values(stepped(clipByGlobalNorm(1), parameters, direction));
        expect([...found]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
        dispose(direction);
      }
      dispose(parameters);
    });

    it('a square that overflows is no update of 0', () => {
      const parameters = { a: tensor1d([1, 1]) };
      const direction = { a: tensor1d([1e30, 1]) };
      const { adadelta, adagrad, adamw, nadam, rmsprop } = Optimizer;
      for (const optimizer of [adam(), adamw(), nadam(), rmsprop(), adagrad(), adadelta(), adafactor(0.1)])
        expect([optimizer.name, toHost(stepped(optimizer, parameters, direction).a)[0]]).toEqual([
          optimizer.name,
          Number.NaN,
        ]);
      dispose(parameters, direction);
    });

    it('an average is read out of the state, free of its start, and of accumulated updates alone', () => {
      const before = liveTensors();
      const parameters = { a: tensor1d([1, 2]) };
      const direction = { a: tensor1d([1, 1]) };
      const optimizer = accumulate(2, chain(sgd(1), ema(0.5)));
      let now = {
        parameters: { a: parameters.a.clone() },
        state: Optimizer.initOptimizer(optimizer, parameters),
      };
      const averages: number[][] = [];
      const read = (): void => {
        const average = averageOf(optimizer, now.state, now.parameters);
        averages.push([...toHost(average.a)]);
        dispose(average);
      };
      read();
      for (let i = 0; i < 4; i++) {
        const next = Optimizer.stepOptimizer(
          optimizer,
          { a: direction.a.clone() },
          now.state,
          now.parameters,
        );
        dispose(now.parameters);
        now = next;
        read();
      }
      // θ: 1 2, 0 1, −1 0. The average of the last two, by weights 1 and 2: −2/3 1/3.
      expect(averages.slice(0, 2)).toEqual([
        [1, 2],
        [1, 2],
      ]);
      expect(averages.slice(2, 4)).toEqual([
        [0, 1],
        [0, 1],
      ]);
      expect(averages[4]).toEqual([expect.closeTo(-2 / 3, 6), expect.closeTo(1 / 3, 6)]);
      const line = messageOf(attempt(() => averageOf(adam(), [], parameters)));
      expect(line).toBe(
        'options error at averageOf: expected an optimizer with ema, such as chain(adam(), ema(0.999)), found adam',
      );
      dispose(parameters, direction, now.parameters, ...Optimizer.momentsOf(now.state));
      expect(liveTensors()).toBe(before);
    });

    it('four batches of eight make the update of one of thirty-two, but for the order of sums', async () => {
      const [small, large, other] = [
        await trained(accumulate(4, adam(0.01)), 8),
        await trained(adam(0.01), 32),
        await trained(accumulate(3, adam(0.01)), 8),
      ];
      // Nine updates by Adam, which divides rounding of 1e-7 by small roots.
      expect(relativeDistance(small, large)).toBeLessThan(1e-5);
      expect(relativeDistance(other, large)).toBeGreaterThan(1e-3);
    });

    it('factored moments have the shapes of rows and columns', () => {
      const parameters = { w: tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), b: tensor1d([1, 2]), k: scalar(1) };
      const state = Optimizer.initOptimizer(adafactor(0.1), parameters);
      expect(Optimizer.momentsOf(state).map(shapesOf)).toEqual([
        { w: [3], b: [2], k: [] },
        { w: [2], b: [], k: [] },
      ]);
      dispose(parameters, ...Optimizer.momentsOf(state));
    });
  });
