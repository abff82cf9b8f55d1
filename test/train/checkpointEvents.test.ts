/** When checkpoint events come, what they hold, and what a training that goes on says of a state that does not fit. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  type AnyChain,
  backprop,
  chain,
  describe as show,
  dispose,
  Key,
  linear,
  liveTensors,
  nesterov,
  Optimizer,
  relu,
  type Resume,
  sgd,
  softmaxCrossEntropy,
  train,
  type TrainOptions,
  Tree,
} from '../../src';
import { started } from '../support';
import { optionsOf, type P, plain } from './resume';

describe('checkpoint events', () => {
  const setting = { net: plain, method: backprop(), optimizer: adam() };
  beforeAll(() => started('wasm'));

  const tags = async (change: Partial<TrainOptions<P>>): Promise<readonly string[]> => {
    const parameters: P = [...plain.init(Key.key(1))];
    const found: string[] = [];
    for await (const event of train(plain, softmaxCrossEntropy, optionsOf(setting, parameters, change))) {
      if (event.tag === 'epoch' || event.tag === 'checkpoint') found.push(`${event.tag} ${event.epoch}`);
      else if (event.tag !== 'batch') found.push(event.tag);
      if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
    }
    dispose(parameters);
    return found;
  };

  /** A first state, as of epoch 0, for the time of `f`. */
  const withState = async <A>(f: (state: Optimizer.OptimizerState<P>, parameters: P) => Promise<A>) => {
    const parameters: P = [...plain.init(Key.key(1))];
    const state = Optimizer.initOptimizer(setting.optimizer, parameters);
    const found = await f(state, parameters);
    dispose(parameters, ...Optimizer.momentsOf(state));
    return found;
  };

  it('come after each n-th epoch and the last, and not unasked', async () => {
    expect(await tags({ epochs: 5, checkpointEvery: 2 })).toEqual([
      ...['epoch 0', 'epoch 1', 'epoch 2', 'checkpoint 2', 'epoch 3', 'epoch 4', 'checkpoint 4'],
      ...['epoch 5', 'checkpoint 5', 'done'],
    ]);
    expect(await tags({ epochs: 1, checkpointEvery: 7 })).toEqual([
      ...['epoch 0', 'epoch 1', 'checkpoint 1', 'done'],
    ]);
    const parameters: P = [...plain.init(Key.key(1))];
    const { checkpointEvery: _, ...unasked } = optionsOf(setting, parameters);
    for await (const event of train(plain, softmaxCrossEntropy, unasked)) {
      expect(event.tag).not.toBe('checkpoint');
      if (event.tag === 'done') dispose(event.parameters);
    }
    dispose(parameters);
  });

  it('are counted from the start, and nothing is told of epochs before', async () => {
    const found = await withState((state) =>
      tags({ epochs: 5, checkpointEvery: 2, resume: { epoch: 3, state } }),
    );
    expect(found).toEqual(['epoch 4', 'checkpoint 4', 'epoch 5', 'checkpoint 5', 'done']);
    expect(
      await withState((state) => tags({ epochs: 3, checkpointEvery: 1, resume: { epoch: 3, state } })),
    ).toEqual(['done']);
  });

  it('adds its seconds to those before', async () => {
    const seconds: number[] = [];
    await withState(async (state, parameters) => {
      const options = optionsOf(setting, parameters, { resume: { epoch: 2, seconds: 1e6, state } });
      for await (const event of train(plain, softmaxCrossEntropy, options)) {
        if (event.tag === 'epoch' || event.tag === 'checkpoint') seconds.push(event.seconds);
        if (event.tag === 'done') dispose(event.parameters);
      }
    });
    expect(seconds.length).toBe(4);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(seconds[0]).toBeGreaterThan(1e6);
    // Two epochs of a tiny network take no hundred seconds, however busy the machine is.
    expect(seconds[3]).toBeLessThan(1e6 + 100);
    expect(seconds[1]).toBe(seconds[0]);
  });

  it('hold two copies of the parameters and the moments, which are freed when the reader leaves', async () => {
    const parameters: P = [...plain.init(Key.key(1))];
    const leaves = Tree.leaves(parameters).length;
    const before = liveTensors();
    let there: Tree.Tree = [];
    for await (const event of train(plain, softmaxCrossEntropy, optionsOf(setting, parameters))) {
      if (event.tag !== 'checkpoint') continue;
      // The parameters, those before the last step, and Adam's two moments.
      expect(liveTensors()).toBe(before + 2 * leaves + 2 * leaves);
      there = [event.parameters, ...Optimizer.momentsOf(event.state)];
      expect(Tree.leaves(there).some(({ isDisposed }) => isDisposed)).toBe(false);
      if (event.epoch === 2) break;
    }
    expect(liveTensors()).toBe(before);
    expect(Tree.leaves(there).every(({ isDisposed }) => isDisposed)).toBe(true);
    dispose(parameters);
  });

  describe('what does not fit is one line that names the place', () => {
    type Change = (state: Optimizer.OptimizerState<P>) => Partial<TrainOptions<P>>;
    const resumed =
      (change: (state: Optimizer.OptimizerState<P>) => Partial<Resume<P>>): Change =>
      (state) => ({ resume: { epoch: 1, state, ...change(state) } });
    /** The first slot changed. */
    const slotted = (change: (slot: Optimizer.Slot<P>) => Partial<Optimizer.Slot<P>>): Change =>
      resumed((state) => ({
        state: state.map((slot, i) => (i === 0 ? { ...slot, ...change(slot) } : slot)),
      }));
    const cases: readonly (readonly [string, Change, string])[] = [
      [
        'checkpointEvery',
        () => ({ checkpointEvery: 0 }),
        'options error at checkpointEvery: expected a whole number of at least 1, found 0',
      ],
      [
        'a later epoch',
        resumed(() => ({ epoch: 5 })),
        'options error at resume.epoch: expected at most 4, the number of epochs, found 5',
      ],
      [
        'half an epoch',
        resumed(() => ({ epoch: 1.5 })),
        'options error at resume.epoch: expected a whole number of at least 0, found 1.5',
      ],
      [
        'seconds',
        resumed(() => ({ seconds: -1 })),
        'options error at resume.seconds: expected a finite number of at least 0, found -1',
      ],
      [
        'the state of another optimizer',
        (state) => ({ optimizer: sgd(0.1), ...resumed(() => ({}))(state) }),
        'options error at resume.state: expected 1 slot (scale), found 2',
      ],
      [
        'one of as many slots',
        (state) => ({ optimizer: nesterov(0.1), ...resumed(() => ({}))(state) }),
        'options error at resume.state.0: expected 1 moment (trace), found 2',
      ],
      [
        'no slots',
        resumed(() => ({ state: [] })),
        'options error at resume.state: expected 2 slots (adam, scale), found 0',
      ],
      [
        'the count of steps',
        slotted(() => ({ step: -1 })),
        'options error at resume.state.0.step: expected a whole number of at least 0, found -1',
      ],
      [
        'a moment too few',
        slotted(({ moments }) => ({ moments: moments.slice(1) })),
        'options error at resume.state.0: expected 2 moments (adam), found 1',
      ],
      [
        'moments of fewer layers',
        slotted(({ moments }) => ({ moments: moments.map((moment) => moment.slice(0, 2)) })),
        'shape error at resume.state.0.moments.0.2.weights: expected a tensor [3, 8], found none',
      ],
      [
        'moments of more layers',
        slotted(({ moments }) => ({ moments: moments.map((moment) => [...moment, ...moment]) })),
        'shape error at resume.state.0.moments.0.3.weights: expected no tensor, found a tensor [8, 6]',
      ],
    ];
    for (const [name, change, line] of cases)
      it(name, async () => {
        const before = liveTensors();
        const lines = await withState(async (state, parameters) => {
          const found: string[] = [];
          const options = optionsOf(setting, parameters, change(state));
          for await (const event of train(plain, softmaxCrossEntropy, options)) {
            found.push(event.tag === 'failed' ? show(event.error) : event.tag);
            if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
          }
          return found;
        });
        expect(lines).toEqual([line]);
        expect(liveTensors()).toBe(before);
      });

    /** The line for a state, at the parameters of `plain`. */
    const failing = async (state: Optimizer.OptimizerState<P>): Promise<string> => {
      const parameters: P = [...plain.init(Key.key(1))];
      let line = 'no error';
      const options = optionsOf(setting, parameters, { resume: { epoch: 1, state } });
      for await (const event of train(plain, softmaxCrossEntropy, options)) {
        if (event.tag === 'failed') line = show(event.error);
        if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
      }
      dispose(parameters);
      return line;
    };

    it('the state of another network', async () => {
      const other: AnyChain = chain(linear(6, 7), relu(7), linear(7, 3));
      const parameters: P = [...other.init(Key.key(1))];
      const state = Optimizer.initOptimizer(setting.optimizer, parameters);
      expect(await failing(state)).toBe(
        'shape error at resume.state.0.moments.0.0.weights: expected a tensor [8, 6], found a tensor [7, 6]',
      );
      dispose(parameters, ...Optimizer.momentsOf(state));
    });

    it('a state that has been freed', async () => {
      const parameters: P = [...plain.init(Key.key(1))];
      const state = Optimizer.initOptimizer(setting.optimizer, parameters);
      dispose(parameters, ...Optimizer.momentsOf(state));
      expect(await failing(state)).toBe(
        'memory error at resume.state.0.moments.0.0.weights: expected a tensor that lives ' +
          '(those of an event are to be copied), found a freed one',
      );
    });
  });
});
