/** A step of one's own is the step that `train` takes. */
import { tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  backprop,
  batchesOf,
  batchNorm,
  batchOf,
  chain,
  direction,
  dispose,
  dropout,
  exact,
  initialState,
  Key,
  linear,
  liveTensors,
  type Loss,
  Optimizer,
  predict,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  takeStep,
  toHost,
  train,
  Tree,
} from '../../src';
import { boxes, messageOf, right, started, testBackends } from '../support';

const net = chain(linear(6, 8), batchNorm(8), relu(8), dropout(8, 0.3), linear(8, 3));
const data = boxes(1, 50, 6, 3);
const EPOCHS = 2;
const SIZE = 16;
const key = Key.key(3);

const hosts = (tree: Tree.Tree): readonly Float64Array[] => Tree.leaves(tree).map(toHost);

for (const backend of testBackends)
  describe(`a step of one's own on ${backend}`, () => {
    beforeAll(() => started(backend));

    for (const [name, method, optimizer, rate] of [
      ['backprop and Adam', backprop(), adam(0.01), 0.01],
      ['exact ProxProp and SGD', proxprop({ tauTheta: 0.1, solver: exact() }), sgd(0.5), 0.5],
    ] as const)
      it(`comes to the bytes of train, with dropout and batch normalisation: ${name}`, async () => {
        const alive = liveTensors();
        const parameters = net.init(Key.key(1));
        const losses: number[] = [];
        let trained = parameters;
        const options = { parameters, method, optimizer, train: data, epochs: EPOCHS, batchSize: SIZE, key };
        for await (const event of train(net, softmaxCrossEntropy, options)) {
          if (event.tag === 'batch') losses.push(event.loss);
          if (event.tag === 'failed') throw new Error(event.error.found);
          if (event.tag === 'done') trained = event.parameters;
        }

        const step = takeStep(net, softmaxCrossEntropy, method, optimizer);
        let state = right(initialState(optimizer, parameters));
        const own: number[] = [];
        for (let epoch = 1; epoch <= EPOCHS; epoch++) {
          const ofEpoch = Key.fold(key, epoch);
          const batches = batchesOf(Key.permutation(ofEpoch, data.count), SIZE);
          for (const [i, order] of batches.entries()) {
            const batch = batchOf(data, order);
            const before = hosts(state.parameters);
            const next = right(await step(state, batch, Key.fold(ofEpoch, i + 1))());
            // Pure: what was given is as it was, and lives.
            expect(hosts(state.parameters)).toEqual(before);
            expect(next.learningRate).toBe(rate);
            dispose(state.parameters, ...Optimizer.momentsOf(state.optimizerState), next.direction);
            dispose(batch.input, batch.target);
            state = next.state;
            own.push(next.loss);
          }
        }
        expect(own).toEqual(losses);
        expect(hosts(state.parameters)).toEqual(hosts(trained));
        dispose(parameters, trained, state.parameters, ...Optimizer.momentsOf(state.optimizerState));
        expect(liveTensors()).toBe(alive);
      });

    it('draws dropout in `direction` too, where there is a key', () => {
      const parameters = net.init(Key.key(1));
      const example = batchOf(data, Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
      const at = direction(net, softmaxCrossEntropy, backprop());
      const [plain, drawn, again, other] = [undefined, Key.key(5), Key.key(5), Key.key(6)].map((k) => {
        const found = right(at(parameters, example, k));
        const host = hosts(found.direction);
        dispose(found.direction, found.loss);
        return host;
      });
      expect(drawn).toEqual(again);
      expect(drawn).not.toEqual(plain);
      expect(drawn).not.toEqual(other);
      dispose(parameters, example.input, example.target);
    });

    it('fails in one line, and leaves nothing', async () => {
      const parameters = net.init(Key.key(1));
      const state = right(initialState(sgd(0.1), parameters));
      const batch = batchOf(data, Int32Array.of(0, 1, 2));
      const broken: Loss = { name: 'broken', classifies: false, value: () => tensor1d([Number.NaN]) };
      const alive = liveTensors();
      const step = takeStep(net, broken, backprop(), sgd(0.1));
      expect(messageOf(await step(state, batch, key)())).toMatch(/^(loss|gradient) error at /);
      const other = takeStep(net, softmaxCrossEntropy, backprop(), adam());
      expect(messageOf(await other(state, batch, key)())).toMatch(/^options error at optimizerState/);
      expect(liveTensors()).toBe(alive);
      dispose(parameters, state.parameters, batch.input, batch.target);
    });

    it('is followed by `predict`, which gives the outputs of all inputs', async () => {
      const parameters = net.init(Key.key(1));
      const alive = liveTensors();
      const all = right(await predict(net, parameters, data)());
      const parts = right(await predict(net, parameters, data, 7)());
      expect(all.shape).toEqual([50, 3]);
      const [a, b] = [toHost(all), toHost(parts)];
      // Kernels may sum in another order for other sizes: float32 rounding of sums of 8 products.
      a.forEach((v, i) => {
        expect(Math.abs(v - (b[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(v)));
      });
      expect(messageOf(await predict(net, parameters, { ...data, count: 51 })())).toBe(
        'data error at inputs.inputs: expected 306 values, found 300',
      );
      dispose(all, parts);
      expect(liveTensors()).toBe(alive);
      dispose(parameters);
    });
  });
