/** States with tensors of any shape: one that does not fit is refused with the place of the tensor, wherever it comes in. */
import { tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  attempt,
  decodeCheckpoint,
  dispose,
  encodeCheckpoint,
  liveTensors,
  momentum,
  Optimizer,
  Tree,
} from '../../src';
import { messageOf, right, started } from '../support';

const { adafactor, chain, masked } = Optimizer;

const parametersOf = (rows: number) => ({ w: zeros([rows, 2]), b: zeros([2]) });
type P = ReturnType<typeof parametersOf>;

/** A slot of moments of other shapes. */
const changed = (state: Optimizer.OptimizerState<P>, w: readonly number[]): Optimizer.OptimizerState<P> =>
  state.map(({ step, moments }, i) => ({
    step,
    moments: i > 0 ? moments : moments.map((moment, j) => (j > 0 ? moment : { ...moment, w: zeros([...w]) })),
  }));

const broken = (transform: Partial<Optimizer.TreeTransform>): Optimizer.Optimizer => ({
  name: 'own',
  transforms: [
    {
      name: 'own',
      init: (parameters) => ({ step: 0, moments: [parameters] }),
      update: (direction, slot) => ({ direction, slot }),
      ...transform,
    },
  ],
});

describe('states of any shape', () => {
  beforeAll(() => started('wasm'));

  /** What is said of a state, or of an update with it. */
  const said = (f: () => unknown): string =>
    messageOf(
      attempt(() => {
        f();
      }),
    );

  it('are checked by tensor', () => {
    const before = liveTensors();
    const parameters = parametersOf(3);
    const state = Optimizer.initOptimizer(adafactor(0.1), parameters);
    const other = changed(state, [4]);
    const line = said(() => {
      Optimizer.checkState('state', adafactor(0.1), parameters, other);
    });
    expect(line).toBe('shape error at state.0.moments.0.w: expected a tensor [3], found a tensor [4]');
    expect(
      said(() => {
        Optimizer.checkState('state', adafactor(0.1), parameters, state);
      }),
    ).toBe('no error');
    const whole = said(() => {
      Optimizer.checkState('state', chain(masked(adam(), 'w')), parameters, state);
    });
    expect(whole).toBe('options error at state: expected 2 slots (adam, scale), found 3');
    dispose(parameters, ...Optimizer.momentsOf(state), ...Optimizer.momentsOf(other));
    expect(liveTensors()).toBe(before);
  });

  it('of numbers have the shapes of the parameters, and a number where they pass', () => {
    const parameters = parametersOf(3);
    const lines = [
      [masked(momentum(0.1), 'w'), [2, 2]],
      [masked(momentum(0.1), 'b'), [3, 2]],
      [momentum(0.1), [3]],
    ] as const;
    const found = lines.map(([optimizer, w]) => {
      const state = Optimizer.initOptimizer(optimizer, parameters);
      const other = changed(state, w);
      const line = said(() => {
        Optimizer.updateOptimizer(optimizer, parameters, other, parameters);
      });
      dispose(...Optimizer.momentsOf(state), ...Optimizer.momentsOf(other));
      return line;
    });
    expect(found).toEqual([
      'shape error at optimizer.0 (trace).moments.0.w: expected a tensor [3, 2], found a tensor [2, 2]',
      'shape error at optimizer.0 (trace).moments.0.w: expected a tensor [], found a tensor [3, 2]',
      'shape error at optimizer.0 (trace).moments.0.w: expected a tensor [3, 2], found a tensor [3]',
    ]);
    dispose(parameters);
  });

  it('keep their shapes and their number', () => {
    const parameters = { a: tensor1d([1, 2]) };
    const grown = broken({
      update: (direction, { step, moments }) => ({
        direction,
        slot: { step: step + 1, moments: moments.map((m) => Tree.map((leaf) => zeros([leaf.size + 1]))(m)) },
      }),
    });
    const fewer = broken({
      update: (direction, { step }) => ({ direction, slot: { step: step + 1, moments: [] } }),
    });
    const line = (optimizer: Optimizer.Optimizer): string => {
      const state = Optimizer.initOptimizer(optimizer, parameters);
      return said(() => {
        Optimizer.updateOptimizer(optimizer, parameters, state, parameters);
      });
    };
    expect(line(grown)).toBe(
      'shape error at optimizer.0 (own).moments.0.a: expected a tensor [2], found a tensor [3]',
    );
    expect(line(fewer)).toBe('optimizer error at optimizer.0 (own): expected 1 moments, as before, found 0');
    const ruled: Optimizer.Optimizer = {
      name: 'own',
      transforms: [
        {
          name: 'own',
          init: (p) => ({ step: 0, moments: [Tree.map((leaf) => leaf.clone())(p)] }),
          rule: (direction) => ({ direction, moments: [] }),
        },
      ],
    };
    const state = Optimizer.initOptimizer(ruled, parameters);
    expect(
      said(() => {
        Optimizer.updateOptimizer(ruled, parameters, state, parameters);
      }),
    ).toBe('optimizer error at optimizer.0 (own): expected 1 moments, as before, found 0');
    dispose(parameters, ...Optimizer.momentsOf(state));
  });

  it('are refused by a checkpoint of another network with the name of the tensor', async () => {
    const before = liveTensors();
    const optimizer = adafactor(0.1);
    const theirs = { w: tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), b: tensor1d([1, 2]) };
    const optimizerState = Optimizer.initOptimizer(optimizer, theirs);
    const bytes = right(await encodeCheckpoint({ parameters: theirs, optimizerState, epoch: 1 })());
    const loaded = right(decodeCheckpoint('a', bytes, { parameters: theirs, optimizer }));
    expect(
      Optimizer.momentsOf(loaded.state)
        .flatMap((m) => Tree.leaves(m))
        .map(({ shape }) => shape),
    ).toEqual([[3], [2], [2], []]);
    const masking = messageOf(
      decodeCheckpoint('a', bytes, { parameters: theirs, optimizer: masked(optimizer, 'b') }),
    );
    expect(masking).toBe('data error at a: optimizer.0.0.w: expected a tensor [], found a tensor [3]');
    const whole = messageOf(decodeCheckpoint('a', bytes, { parameters: theirs, optimizer: adam() }));
    expect(whole).toBe('data error at a: optimizer.0.0.w: expected a tensor [3, 2], found a tensor [3]');
    dispose(
      theirs,
      loaded.parameters,
      ...Optimizer.momentsOf(optimizerState),
      ...Optimizer.momentsOf(loaded.state),
    );
    expect(liveTensors()).toBe(before);
  });
});
