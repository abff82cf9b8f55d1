/** `stepOptimizer` uses up what it is given, but neither what a transform of the user's own remembers nor the parameters. */
import { add, tensor1d, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dispose, liveTensors, Optimizer, toHost, Tree } from '../../src';
import { started, testBackends } from '../support';

/** The sum of all directions: direction and moment are one tensor. */
const summed: Optimizer.Optimizer = {
  name: 'summed',
  transforms: [
    {
      name: 'summed',
      init: (parameters) => ({ step: 0, moments: [Tree.map((p) => zerosLike(p))(parameters)] }),
      update: (direction, { step, moments }) => {
        const [moment = direction] = moments;
        const sum = Tree.zip((a, b) => add(a, b))(direction, moment);
        return { direction: sum, slot: { step: step + 1, moments: [sum] } };
      },
    },
  ],
};

/** Remembers the parameters themselves. */
const anchored: Optimizer.Optimizer = {
  name: 'anchored',
  transforms: [
    {
      name: 'anchored',
      init: (parameters) => ({ step: 0, moments: [parameters] }),
      update: (direction, { step }, parameters) => ({
        direction,
        slot: { step: step + 1, moments: [parameters] },
      }),
    },
  ],
};

for (const backend of testBackends)
  describe(`a tree transform of the user's own on ${backend}`, () => {
    beforeAll(() => started(backend));

    it('keeps as its moment the direction that it returns', () => {
      const before = liveTensors();
      let parameters = { w: tensor1d([0, 0]) };
      let state = Optimizer.initOptimizer(summed, parameters);
      for (let i = 0; i < 3; i++) {
        const next = Optimizer.stepOptimizer(summed, { w: tensor1d([1, 2]) }, state, parameters);
        dispose(parameters);
        ({ parameters, state } = next);
      }
      // 1 + 2 + 3 directions.
      expect([...toHost(parameters.w)]).toEqual([-6, -12]);
      expect(Optimizer.momentsOf(state).map(({ w }) => [...toHost(w)])).toEqual([[3, 6]]);
      dispose(parameters, ...Optimizer.momentsOf(state));
      expect(liveTensors()).toBe(before);
    });

    it('keeps the parameters, which stay the caller’s', () => {
      const before = liveTensors();
      const parameters = { w: tensor1d([4, 5]) };
      const state = Optimizer.initOptimizer(anchored, parameters);
      const next = Optimizer.stepOptimizer(anchored, { w: tensor1d([1, 2]) }, state, parameters);
      expect([...toHost(parameters.w)]).toEqual([4, 5]);
      dispose(parameters);
      expect([...toHost(next.parameters.w)]).toEqual([3, 3]);
      expect(Optimizer.momentsOf(next.state).map(({ w }) => [...toHost(w)])).toEqual([[4, 5]]);
      dispose(next.parameters, ...Optimizer.momentsOf(next.state));
      expect(liveTensors()).toBe(before);
    });
  });
