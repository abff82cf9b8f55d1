/**
 * Training that goes on gives the bytes of training that never stopped, for every optimizer, with and without layers that
 * are random in training, from whichever epoch; and says what does not fit. On each backend.
 */
import { add, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  type AnyChain,
  backprop,
  chain,
  cg,
  describe as show,
  dispose,
  dropout,
  exact,
  Key,
  linear,
  liveTensors,
  momentum,
  nesterov,
  Optimizer,
  proxprop,
  relu,
  type Resume,
  sgd,
  softmaxCrossEntropy,
  train,
  Tree,
  weightDecay,
} from '../../src';
import { started, testBackends } from '../support';
import { bitsOf, EPOCHS, optionsOf, type P, plain, type Setting } from './resume';

const dropping: AnyChain = chain(linear(6, 8), relu(8), dropout(8, 0.5), linear(8, 3));
/** A transform of whole trees, as a user may write one: the sum of all directions. */
const summed: Optimizer.Optimizer = {
  name: 'summed',
  transforms: [
    {
      name: 'summed',
      init: (parameters) => ({ step: 0, moments: [Tree.map((p) => zerosLike(p))(parameters)] }),
      update: (direction, { step, moments: [before = direction] }) => {
        const sum = Tree.zip((a, b) => add(a, b))(direction, before);
        return { direction: Tree.map((x) => x.clone())(sum), slot: { step: step + 1, moments: [sum] } };
      },
    },
  ],
};

const optimizers: readonly Optimizer.Optimizer[] = [
  sgd(0.05),
  momentum(0.02),
  nesterov(0.02),
  adam(0.01),
  Optimizer.chain(summed, sgd(0.01)),
  Optimizer.chain(weightDecay(1e-3), adam(Optimizer.cosine(0.01, 20))),
];

/** What a `checkpoint` event tells, in tensors of its own. */
interface Kept extends Resume<P> {
  readonly parameters: P;
}

/** Everything but seconds that a training tells, numbers as bits. */
interface Told {
  readonly losses: readonly (readonly [epoch: number, loss: number])[];
  readonly bits: readonly Uint32Array[];
  readonly steps: readonly number[];
  readonly kept: readonly Kept[];
}

const told = async (setting: Setting, parameters: P, resume?: Resume<P>): Promise<Told> => {
  const losses: [number, number][] = [];
  const kept: Kept[] = [];
  let bits: readonly Uint32Array[] = [];
  const options = optionsOf(setting, parameters, resume === undefined ? {} : { resume });
  for await (const event of train(setting.net, softmaxCrossEntropy, options)) {
    if (event.tag === 'batch') losses.push([event.epoch, event.loss]);
    if (event.tag === 'epoch') losses.push([event.epoch, event.trainLoss]);
    if (event.tag === 'checkpoint') {
      bits = await bitsOf(event.parameters, ...Optimizer.momentsOf(event.state));
      kept.push({
        epoch: event.epoch,
        parameters: Tree.map((leaf) => leaf.clone())(event.parameters),
        state: Optimizer.copyState(event.state),
      });
    }
    if (event.tag === 'failed') throw new Error(show(event.error));
    if (event.tag === 'done') {
      // A checkpoint after the last epoch has the parameters that come out.
      expect(bits.slice(0, Tree.leaves(event.parameters).length)).toEqual(await bitsOf(event.parameters));
      dispose(event.parameters);
    }
  }
  return { losses, bits, steps: kept.at(-1)?.state.map(({ step }) => step) ?? [], kept };
};

const disposeKept = (kept: readonly Kept[]): void => {
  for (const { parameters, state } of kept) dispose(parameters, ...Optimizer.momentsOf(state));
};

const uninterrupted = async (setting: Setting): Promise<Told> => {
  const parameters: P = [...setting.net.init(Key.key(1))];
  const all = await told(setting, parameters);
  dispose(parameters);
  return all;
};

describe.each(testBackends)('training that goes on, on %s', (backend) => {
  beforeAll(() => started(backend));

  const settings: readonly Setting[] = [
    ...optimizers.map((optimizer) => ({ net: plain, method: backprop(), optimizer })),
    ...optimizers.map((optimizer) => ({ net: dropping, method: backprop(), optimizer })),
    { net: dropping, method: proxprop({ tauTheta: 0.1, solver: exact() }), optimizer: nesterov(0.1) },
    { net: dropping, method: proxprop({ tauTheta: 0.1, solver: cg(3) }), optimizer: adam(0.01) },
  ];
  for (const setting of settings) {
    const { net, method, optimizer } = setting;
    const random = net.training === undefined ? '' : ', dropout';
    it(`${method.name} × ${optimizer.name}${random}: the bytes of a run without a stop`, async () => {
      const before = liveTensors();
      const all = await uninterrupted(setting);
      expect(all.kept.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
      // Two batches of 16 and one of 12 an epoch.
      expect(all.steps).toEqual(optimizer.transforms.map(() => 3 * EPOCHS));
      for (const from of all.kept.slice(0, -1)) {
        const given = await bitsOf(from.parameters, ...Optimizer.momentsOf(from.state));
        const later = await told(setting, from.parameters, from);
        expect(later.losses).toEqual(all.losses.filter(([epoch]) => epoch > from.epoch));
        expect(later.losses.length).toBe(4 * (EPOCHS - from.epoch));
        expect(later.bits).toEqual(all.bits);
        expect(later.steps).toEqual(all.steps);
        expect(await bitsOf(from.parameters, ...Optimizer.momentsOf(from.state))).toEqual(given);
        disposeKept(later.kept);
      }
      disposeKept(all.kept);
      expect(liveTensors()).toBe(before);
    });
  }

  it('goes other ways without the moments, or without the count of steps', async () => {
    const setting: Setting = {
      net: plain,
      method: backprop(),
      optimizer: adam(Optimizer.cosine(0.01, 20)),
    };
    const all = await uninterrupted(setting);
    const [from] = all.kept;
    if (from === undefined) throw new Error('no checkpoint');
    const changed: readonly Optimizer.OptimizerState<P>[] = [
      from.state.map(({ step, moments }) => ({
        step,
        moments: moments.map((moment) => Tree.map((leaf) => zerosLike(leaf))(moment)),
      })),
      Optimizer.copyState(from.state.map(({ moments }) => ({ step: 0, moments }))),
    ];
    for (const state of changed) {
      const later = await told(setting, from.parameters, { epoch: from.epoch, state });
      expect(later.bits).not.toEqual(all.bits);
      disposeKept(later.kept);
      dispose(...Optimizer.momentsOf(state));
    }
    disposeKept(all.kept);
  });
});
