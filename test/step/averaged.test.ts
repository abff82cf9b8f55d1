/** Exact steps in the metric of a running mean of AᵀA: by its formula, by both interpreters, and over a training that stops. */
import { scalar, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  type AnyLayer,
  attempt,
  batchOf,
  chain,
  conv2d,
  decodeCheckpoint,
  descend,
  dispose,
  encodeCheckpoint,
  exact,
  type Example,
  flatten,
  initialState,
  Key,
  linear,
  liveTensors,
  type Memory,
  nesterov,
  Optimizer,
  proxprop,
  relu,
  reshape,
  sgd,
  softmaxCrossEntropy,
  takeStep,
  toHost,
  train,
  Tree,
} from '../../src';
import { problem, runDirection } from '../../src/internal';
import { boxes, messageOf, right, started, testBackends } from '../support';

const data = boxes(3, 48, 6, 3);
const net = chain(linear(6, 5), relu(5), linear(5, 4), relu(4), linear(4, 3));
const conv = chain(reshape([6], [3, 2, 1]), conv2d([3, 2, 1], 2, 2), flatten([2, 1, 2]), linear(4, 3));
const batches = [0, 1, 2].map((b) => Int32Array.from({ length: b === 2 ? 8 : 16 }, (_, i) => 16 * b + i));

const hosts = (tree: Tree.Tree): readonly (readonly number[])[] =>
  Tree.leaves(tree).map((t) => [...toHost(t)]);

/** ‖a − b‖ / ‖b‖ over all numbers. */
const distance = (a: Tree.Tree, b: Tree.Tree): number => {
  const [x, y] = [hosts(a).flat(), hosts(b).flat()];
  const size = (v: readonly number[]): number => Math.sqrt(v.reduce((t, c) => t + c * c, 0));
  return size(x.map((v, i) => v - (y[i] ?? 0))) / size(y);
};

const method = (average?: number) =>
  proxprop({ tauTheta: 0.5, solver: exact(average === undefined ? {} : { average }) });

for (const backend of testBackends)
  describe(`averaged exact steps on ${backend}`, () => {
    beforeAll(() => started(backend));

    const networks: readonly (readonly [string, AnyLayer])[] = [
      ['dense', net],
      ['convolutional', conv],
    ];
    for (const [name, of] of networks) {
      const run = (
        average: number | undefined,
        interpreter: 'plain' | 'fast',
        memory: Memory,
        example: Example,
      ) => {
        const parameters = of.init(Key.key(1));
        const { energy, step } = right(problem(of, softmaxCrossEntropy, method(average)));
        return runDirection(energy, step, parameters, example, interpreter, false, undefined, memory);
      };

      it(`is the exact step where there is one batch, or where older ones do not count: ${name}`, () => {
        const [first, second] = batches.map((order) => batchOf(data, order));
        if (first === undefined || second === undefined) throw new Error('two batches');
        const once = run(0.9, 'fast', {}, first);
        expect(distance(once.direction, run(undefined, 'fast', {}, first).direction)).toBeLessThan(1e-5);
        const forgets = run(0, 'fast', once.memory, second);
        expect(distance(forgets.direction, run(undefined, 'fast', {}, second).direction)).toBeLessThan(1e-5);
        // Where they count it is another step.
        const counts = run(0.9, 'fast', once.memory, second);
        expect(distance(counts.direction, forgets.direction)).toBeGreaterThan(1e-3);
      });

      it(`is one step by both interpreters, batch after batch, also where the last one is smaller: ${name}`, () => {
        let [fast, plain]: readonly Memory[] = [{}, {}];
        for (const order of batches) {
          const example = batchOf(data, order);
          const [a, b] = [run(0.8, 'fast', fast ?? {}, example), run(0.8, 'plain', plain ?? {}, example)];
          // float32 products and a float32 inverse, refined once, beside float64.
          expect(distance(a.direction, b.direction)).toBeLessThan(2e-5);
          expect(distance(a.memory, b.memory)).toBeLessThan(1e-5);
          expect(a.solves.every(({ residual }) => Number(residual) < 1e-4)).toBe(true);
          [fast, plain] = [a.memory, b.memory];
        }
        expect(Object.keys(fast ?? {}).length).toBe(name === 'dense' ? 2 : 1);
      });
    }

    it('is the mean of AᵀA/R over the batches, each older one counting ρ times as much', () => {
      const one = chain(linear(6, 3), linear(3, 3));
      const parameters = one.init(Key.key(1));
      const { energy, step } = right(problem(one, softmaxCrossEntropy, method(0.5)));
      let memory: Memory = {};
      for (const order of batches)
        ({ memory } = runDirection(
          energy,
          step,
          parameters,
          batchOf(data, order),
          'fast',
          false,
          undefined,
          memory,
        ));
      const rows = batches.map((order) =>
        [...order].map((i) => [...data.inputs.subarray(6 * i, 6 * i + 6), 1]),
      );
      const wanted = Array.from({ length: 49 }, (_, k) =>
        rows.reduce(
          (c, batch) =>
            0.5 * c +
            (0.5 * batch.reduce((t, row) => t + (row[Math.floor(k / 7)] ?? 0) * (row[k % 7] ?? 0), 0)) /
              batch.length,
          0,
        ),
      );
      const [mean, weight] = Tree.leaves(memory).map((t) => [...toHost(t)]);
      expect(weight).toEqual([0.875]);
      wanted.forEach((v, i) => {
        expect(Math.abs((mean?.[i] ?? 0) - v)).toBeLessThan(1e-5);
      });
    });

    it('stops and goes on to the same bytes, and leaves nothing behind', async () => {
      const before = liveTensors();
      const parameters = net.init(Key.key(1));
      const options = {
        method: method(0.9),
        optimizer: nesterov(0.3, 0.9),
        train: data,
        batchSize: 16,
        key: Key.key(2),
        checkpointEvery: 1,
      };
      const run = async (
        change: Pick<Parameters<typeof train<typeof parameters>>[2], 'parameters' | 'epochs' | 'resume'>,
      ) => {
        const bytes: Uint8Array[] = [];
        for await (const event of train(net, softmaxCrossEntropy, { ...options, ...change })) {
          if (event.tag === 'checkpoint')
            bytes.push(right(await encodeCheckpoint({ ...event, optimizerState: event.state })()));
          if (event.tag === 'done') dispose(event.parameters);
          expect(event.tag).not.toBe('failed');
        }
        return bytes;
      };
      const whole = await run({ parameters, epochs: 3 });
      expect(whole.length).toBe(3);
      for (const [i, part] of whole.slice(0, 2).entries()) {
        const loaded = right(decodeCheckpoint('a', part, { parameters, optimizer: options.optimizer }));
        const { parameters: from, ...resume } = loaded;
        expect(Object.keys(resume.memory)).toEqual(['1', '3']);
        const rest = await run({ parameters: from, epochs: 3, resume });
        expect(rest.at(-1)).toEqual(whole.at(-1));
        if (i === 0) {
          // Without what it remembers it goes another way.
          const { memory, ...forgotten } = resume;
          const other = await run({ parameters: from, epochs: 3, resume: forgotten });
          expect(other.at(-1)).not.toEqual(whole.at(-1));
          expect(Tree.leaves(memory).length).toBe(4);
        }
        dispose(from, resume.memory, ...Optimizer.momentsOf(resume.state));
      }
      dispose(parameters);
      expect(liveTensors()).toBe(before);
    });

    it('is carried by takeStep and by descend', async () => {
      const before = liveTensors();
      const parameters = net.init(Key.key(1));
      const step = takeStep(net, softmaxCrossEntropy, method(0.9), adam(0.01));
      let state = right(initialState(adam(0.01), parameters));
      for (const order of batches) {
        const batch = batchOf(data, order);
        const next = right(await step(state, batch, Key.key(1))());
        dispose(state.parameters, state.memory ?? {}, ...Optimizer.momentsOf(state.optimizerState));
        dispose(next.direction, batch.input, batch.target);
        state = next.state;
      }
      expect(Object.keys(state.memory ?? {})).toEqual(['1', '3']);
      dispose(state.parameters, state.memory ?? {}, ...Optimizer.momentsOf(state.optimizerState));
      for await (const event of descend(net, softmaxCrossEntropy, {
        parameters,
        method: method(0.9),
        train: data,
        sweeps: 3,
      })) {
        expect(event.tag).not.toBe('failed');
        if (event.tag === 'done') dispose(event.parameters);
      }
      dispose(parameters);
      expect(liveTensors()).toBe(before);
    });

    it('stands in the name of the method', () => {
      expect(method(0.9).name).toBe('proxprop exact, average 0.9');
      expect(method().name).toBe('proxprop exact');
    });

    it('says what does not go together', async () => {
      const parameters = net.init(Key.key(1));
      const state = right(initialState(sgd(1), parameters));
      const batch = batchOf(data, Int32Array.of(0, 1, 2));
      const line = async (solver: ReturnType<typeof exact>, memory: Memory = {}): Promise<string> =>
        messageOf(
          await takeStep(
            net,
            softmaxCrossEntropy,
            proxprop({ solver }),
            sgd(1),
          )({ ...state, memory }, batch, Key.key(1))(),
        );
      expect(await line(exact({ average: 1 }))).toMatch(
        /exact\.average: expected a number in \[0, 1\), found 1$/,
      );
      expect(await line(exact({ average: 0.9, route: 'dual' }))).toMatch(
        /solver\.route: expected the primal route, to average AᵀA, found dual$/,
      );
      const other = { mean: parameters[0].weights, weight: parameters[0].bias };
      const lines = async (memory: Memory): Promise<string> => line(exact({ average: 0.9 }), memory);
      expect(await lines({ 1: other })).toBe(
        'shape error at memory.1.mean: expected a square matrix, found [5, 6]',
      );
      const square = { mean: zeros([6, 6]), weight: scalar(0.5) };
      expect(await lines({ 1: square })).toMatch(/memory: expected a mean \[7, 7\], found \[6, 6\]$/);
      expect(await lines({ 9: square })).toBe(
        'shape error at memory.9: expected the number of a link with parameters, of 5 links, found another number',
      );
      expect(await lines({ 1: { ...square, weight: square.mean } })).toBe(
        'shape error at memory.1.weight: expected a scalar, found [6, 6]',
      );
      dispose(square);
      expect(messageOf(attempt(() => problem(net, softmaxCrossEntropy, method(0.9))))).toBe('no error');
      dispose(parameters, state.parameters, ...Optimizer.momentsOf(state.optimizerState));
      dispose(batch.input, batch.target);
    });
  });
