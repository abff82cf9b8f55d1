/** Training on all examples at once, and diagnostics of both loops. */
import { zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  admm,
  backprop,
  blockCoordinateDescent,
  chain,
  conv2d,
  descend,
  type DescendOptions,
  type DiagnosticsEvent,
  dispose,
  type EpochEvent,
  flatten,
  Key,
  linear,
  liveTensors,
  mac,
  maxPool2d,
  type Method,
  predictiveCoding,
  proxprop,
  relu,
  reshape,
  scope,
  sgd,
  softmaxCrossEntropy,
  tanh,
  toHost,
  train,
  Tree,
  type TrainEvent,
} from '../../src';
import { boxes, started } from '../support';

const net = chain(linear(6, 8), relu(8), linear(8, 3));
const data = { train: boxes(1, 90, 6, 3), test: boxes(2, 30, 6, 3) };

type P = ReturnType<typeof net.init>;

const collect = async (
  method: Method,
  options: Partial<DescendOptions<P>> = {},
): Promise<readonly TrainEvent<P>[]> => {
  const parameters = scope(() => net.init(Key.key(5)));
  const events: TrainEvent<P>[] = [];
  const stream = descend(net, softmaxCrossEntropy, { parameters, method, ...data, sweeps: 5, ...options });
  for await (const event of stream) {
    events.push(event);
    if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
  }
  dispose(parameters);
  return events;
};

const epochs = (events: readonly TrainEvent<P>[]): readonly EpochEvent[] =>
  events.flatMap((e) => (e.tag === 'epoch' ? [e] : []));
const diagnostics = (events: readonly TrainEvent<P>[]): readonly DiagnosticsEvent[] =>
  events.flatMap((e) => (e.tag === 'diagnostics' ? [e] : []));

beforeAll(() => started('wasm'));

const methods: readonly (readonly [string, Method, number])[] = [
  ['backprop', backprop({ tau: 0.5 }), 40],
  ['proxprop', proxprop({ tau: 0.5 }), 20],
  ['mac', mac({ coupling: 0.5, tauTheta: 30, growth: 1.1 }), 15],
  ['admm', admm({ coupling: 0.3, activationCoupling: 3 }), 15],
  ['block coordinate descent', blockCoordinateDescent({ coupling: 0.1, tauTheta: 100 }), 15],
  ['predictive coding', predictiveCoding({ steps: 10 }), 40],
  ['predictive coding, fixed prediction', predictiveCoding({ fixedPrediction: true }), 40],
];

describe('descend', () => {
  for (const [name, method, sweeps] of methods)
    it(`trains by ${name}, and keeps no tensor`, async () => {
      const before = liveTensors();
      const found = epochs(await collect(method, { sweeps }));
      expect(liveTensors()).toBe(before);
      expect(found.map(({ epoch }) => epoch)).toEqual(Array.from({ length: sweeps + 1 }, (_, i) => i));
      const [first, last] = [found[0], found.at(-1)];
      expect(last?.trainLoss).toBeLessThan(0.7 * (first?.trainLoss ?? 0));
      expect(last?.testAccuracy).toBeGreaterThan(0.6);
    });

  // Convolutions, pools and all: the same schedules.
  const images = chain(
    reshape([16], [4, 4, 1]),
    conv2d([4, 4, 1], 4, 3, { padding: 'same' }),
    relu([4, 4, 4]),
    maxPool2d([4, 4, 4], 2),
    flatten([2, 2, 4]),
    linear(16, 3),
  );
  const pictures = { train: boxes(3, 24, 16, 3), test: boxes(4, 12, 16, 3) };
  const convolutional: readonly (readonly [string, Method])[] = [
    ['mac', mac({ coupling: 0.5, tauTheta: 10 })],
    ['admm', admm({ coupling: 0.3, activationCoupling: 3, tauTheta: 100 })],
    ['block coordinate descent', blockCoordinateDescent({ coupling: 0.1, tauTheta: 30 })],
    ['predictive coding', predictiveCoding({ steps: 5 })],
    ['predictive coding, fixed prediction', predictiveCoding({ fixedPrediction: true })],
  ];
  for (const [name, method] of convolutional)
    it(`trains a convolutional network by ${name}`, async () => {
      const before = liveTensors();
      const parameters = scope(() => images.init(Key.key(6)));
      const losses: number[] = [];
      const stream = descend(images, softmaxCrossEntropy, { parameters, method, ...pictures, sweeps: 5 });
      for await (const event of stream) {
        if (event.tag === 'epoch') losses.push(event.trainLoss);
        if (event.tag === 'failed') expect(event.error).toBeUndefined();
        if (event.tag === 'done') dispose(event.parameters);
      }
      dispose(parameters);
      expect(losses.length).toBe(6);
      expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
      expect(liveTensors()).toBe(before);
    });

  it('holds no more tensors after twenty sweeps than after two', async () => {
    const counts: number[] = [];
    const parameters = scope(() => net.init(Key.key(5)));
    const stream = descend(net, softmaxCrossEntropy, { parameters, method: admm(), ...data, sweeps: 20 });
    for await (const event of stream) {
      if (event.tag === 'epoch') counts.push(liveTensors());
      if (event.tag === 'done') dispose(event.parameters);
    }
    dispose(parameters);
    expect(counts.at(-1)).toBe(counts[2]);
  });

  it('gives the same numbers again', async () => {
    const losses = async () => epochs(await collect(admm())).map(({ trainLoss }) => trainLoss);
    expect(await losses()).toEqual(await losses());
  });

  it('by one sweep is one step of train on the whole batch', async () => {
    const parameters = scope(() => net.init(Key.key(5)));
    const method = predictiveCoding({ steps: 3 });
    const ends: Float64Array[] = [];
    const streams = [
      descend(net, softmaxCrossEntropy, { parameters, method, ...data, sweeps: 1 }),
      train(net, softmaxCrossEntropy, {
        parameters,
        method,
        optimizer: sgd(1),
        ...data,
        epochs: 1,
        batchSize: 90,
        key: Key.key(1),
      }),
    ];
    for (const stream of streams)
      for await (const event of stream)
        if (event.tag === 'done') {
          ends.push(Float64Array.from(Tree.leaves(event.parameters).flatMap((leaf) => [...toHost(leaf)])));
          dispose(event.parameters);
        }
    dispose(parameters);
    const [a, b] = ends;
    // The same sums over another order of examples.
    a?.forEach((v, i) => {
      expect(v).toBeCloseTo(b?.[i] ?? Number.NaN, 5);
    });
  });

  it('frees everything when the reader stops', async () => {
    const before = liveTensors();
    const parameters = scope(() => net.init(Key.key(5)));
    for await (const event of descend(net, softmaxCrossEntropy, {
      parameters,
      method: mac(),
      ...data,
      sweeps: 5,
    }))
      if (event.tag === 'epoch' && event.epoch === 2) break;
    dispose(parameters);
    expect(liveTensors()).toBe(before);
  });

  it('ends with the last good parameters when the loss is not finite', async () => {
    const before = liveTensors();
    const events = await collect(backprop({ tau: 1e30 }), { sweeps: 5 });
    const last = events.at(-1);
    expect(last?.tag).toBe('failed');
    if (last?.tag === 'failed') {
      expect(last.error._tag).toBe('loss');
      expect(last.error.path).toMatch(/^sweep \d+$/);
    }
    expect(liveTensors()).toBe(before);
  });

  const bad: readonly (readonly [string, Method, Partial<DescendOptions<P>>, string])[] = [
    ['a bad hyperparameter', mac({ coupling: 0 }), {}, 'mac.coupling'],
    ['a fraction of a sweep', mac(), { sweeps: 1.5 }, 'sweeps'],
    ['examples of another shape', mac(), { train: boxes(1, 9, 5, 3) }, 'train'],
  ];
  for (const [name, method, options, path] of bad)
    it(`says what is wrong: ${name}`, async () => {
      const before = liveTensors();
      const events = await collect(method, options);
      expect(events.map((e) => (e.tag === 'failed' ? e.error.path : e.tag))).toEqual([path]);
      expect(liveTensors()).toBe(before);
    });
});

describe('diagnostics', () => {
  it('are events of descend, on request alone', async () => {
    expect(diagnostics(await collect(mac()))).toEqual([]);
    const found = diagnostics(await collect(blockCoordinateDescent(), { diagnostics: true }));
    expect(found.length).toBe(5);
    for (const [i, d] of found.entries()) {
      expect(d.epoch).toBe(i + 1);
      expect(d.links.map(({ name }) => name)).toEqual(['linear', 'relu', 'linear', 'output']);
      expect(d.energy).toBeCloseTo(
        d.links.reduce((total, l) => total + l.energy, 0),
        6,
      );
      // Law 22, seen from outside: E falls, and goes on from where it was.
      expect(d.energy).toBeLessThan(d.before);
      if (i > 0) expect(d.before).toBeCloseTo(found[i - 1]?.energy ?? Number.NaN, 5);
      expect(d.links.slice(0, -1).every(({ infeasibility }) => (infeasibility ?? -1) >= 0)).toBe(true);
      expect(d.links.at(-1)?.infeasibility).toBeNull();
      expect(d.links[1]?.cosine).toBeNull();
    }
  });

  it('are events of train; backprop has an angle of 0 to −∇J, ProxProp a larger one', async () => {
    const cosines = async (method: Method) => {
      const parameters = scope(() => net.init(Key.key(5)));
      const found: DiagnosticsEvent[] = [];
      const options = { optimizer: sgd(0.1), ...data, epochs: 1, batchSize: 30, key: Key.key(1) };
      for await (const event of train(net, softmaxCrossEntropy, {
        parameters,
        method,
        ...options,
        diagnostics: 'batch',
      })) {
        if (event.tag === 'diagnostics') found.push(event);
        if (event.tag === 'done') dispose(event.parameters);
      }
      dispose(parameters);
      expect(found.map(({ batch }) => batch)).toEqual([1, 2, 3]);
      return found.map(({ cosine }) => cosine ?? Number.NaN);
    };
    for (const cosine of await cosines(backprop())) expect(cosine).toBeCloseTo(1, 5);
    for (const cosine of await cosines(proxprop({ tauTheta: 1 }))) {
      expect(cosine).toBeLessThan(0.9999);
      expect(cosine).toBeGreaterThan(0);
    }
  });

  it('have no infeasibility where an activation is to be zero', async () => {
    const parameters = scope(() => Tree.map((x) => zerosLike(x))(net.init(Key.key(5))));
    const found: (number | null | undefined)[] = [];
    for await (const event of descend(net, softmaxCrossEntropy, {
      parameters,
      method: mac({ coupling: 1 }),
      ...data,
      sweeps: 1,
      diagnostics: true,
    })) {
      if (event.tag === 'diagnostics') found.push(event.links[0]?.infeasibility);
      if (event.tag === 'done') dispose(event.parameters);
    }
    dispose(parameters);
    expect(found).toEqual([null]);
  });

  it('say how far activations are from feasible', async () => {
    const smooth = chain(linear(6, 8), tanh(8), linear(8, 3));
    const parameters = scope(() => smooth.init(Key.key(5)));
    const at = async (coupling: number): Promise<number> => {
      let found = Number.NaN;
      const method = mac({ coupling });
      for await (const event of descend(smooth, softmaxCrossEntropy, {
        parameters,
        method,
        ...data,
        sweeps: 1,
        diagnostics: true,
      })) {
        if (event.tag === 'diagnostics') found = event.links[0]?.infeasibility ?? Number.NaN;
        if (event.tag === 'done') dispose(event.parameters);
      }
      return found;
    };
    const [loose, tight] = [await at(0.1), await at(10)];
    dispose(parameters);
    expect(tight).toBeLessThan(loose / 3);
  });
});
