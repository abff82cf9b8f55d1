/** Batch normalisation by its formulas in float64, its buffers, and how they travel. */
import { add, mean, mul, sub, tensor, type Tensor, zeros } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  attempt,
  backprop,
  batchNorm,
  batchOf,
  cg,
  chain,
  decodeCheckpoint,
  descend,
  describe as show,
  direction,
  dispose,
  encodeCheckpoint,
  initialState,
  Key,
  layer,
  linear,
  liveTensors,
  mac,
  opaque,
  everyLayer,
  proxprop,
  relu,
  residual,
  routes,
  sgd,
  squaredError,
  softmaxCrossEntropy,
  takeStep,
  toHost,
  train,
  Tree,
} from '../../src';
import { inTraining } from '../../src/internal';
import { boxes, messageOf, right, started, testBackends } from '../support';

const data = boxes(2, 40, 6, 3);
const net = chain(linear(6, 5), batchNorm(5, { momentum: 0.25 }), relu(5), linear(5, 3));
type P = ReturnType<typeof net.init>;

const hosts = (tree: Tree.Tree): readonly (readonly number[])[] =>
  Tree.leaves(tree).map((t) => [...toHost(t)]);

/** Mean, and sum of squares about it divided by n, of each column in float64. */
const columns = (x: readonly number[], features: number) =>
  Array.from({ length: features }, (_, f) => {
    const column = x.filter((_v, i) => i % features === f);
    const centre = column.reduce((a, b) => a + b, 0) / column.length;
    return {
      mean: centre,
      variance: column.reduce((a, v) => a + (v - centre) ** 2, 0) / column.length,
      n: column.length,
    };
  });

/** float32 beside float64: a few units in the last place of sums of a few dozen terms. */
const close = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found.length).toBe(wanted.length);
  found.forEach((v, i) => {
    const w = wanted[i] ?? Number.NaN;
    expect(Math.abs(v - w)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(w)));
  });
};

for (const backend of testBackends)
  describe(`batchNorm on ${backend}`, () => {
    beforeAll(() => started(backend));

    it('normalises by the batch in training, and by the running statistics in evaluation', () => {
      const norm = batchNorm([2, 3], { epsilon: 1e-3 });
      const x = Key.uniform(Key.key(1), [4, 2, 3], -3, 7);
      const parameters = {
        gain: tensor([1, 2, -1]),
        bias: tensor([0, 0.5, 3]),
        mean: tensor([1, -1, 0.5]),
        variance: tensor([4, 1, 0.25]),
      };
      const [trained, evaluated] = [inTraining(norm, Key.key(0)), norm].map((l) => [
        ...toHost(l.forward(parameters, x)),
      ]);
      const host = [...toHost(x)];
      const stats = columns(host, 3);
      const [gain, bias, running, variance] = Tree.leaves(parameters).map((t) => [...toHost(t)]);
      const at = (of: readonly number[] | undefined, i: number): number => of?.[i % 3] ?? Number.NaN;
      const by = (m: (i: number) => number, v: (i: number) => number): readonly number[] =>
        host.map((value, i) => at(gain, i) * ((value - m(i)) / Math.sqrt(v(i) + 1e-3)) + at(bias, i));
      close(
        trained ?? [],
        by(
          (i) => stats[i % 3]?.mean ?? 0,
          (i) => stats[i % 3]?.variance ?? 0,
        ),
      );
      close(
        evaluated ?? [],
        by(
          (i) => at(running, i),
          (i) => at(variance, i),
        ),
      );
    });

    it('keeps a running mean and an unbiased running variance of what training shows', async () => {
      const parameters = net.init(Key.key(1));
      const optimizer = sgd(0.1);
      const step = takeStep(net, softmaxCrossEntropy, backprop(), optimizer);
      const state = right(initialState(optimizer, parameters));
      const batch = batchOf(
        data,
        Int32Array.from({ length: 10 }, (_, i) => i),
      );
      const next = right(await step(state, batch, Key.key(7))());
      const below = [...toHost(chain(linear(6, 5)).forward([parameters[0]], batch.input))];
      const stats = columns(below, 5);
      close(
        [...toHost(next.state.parameters[1].mean)],
        stats.map((c) => 0.25 * c.mean),
      );
      close(
        [...toHost(next.state.parameters[1].variance)],
        stats.map(({ variance, n }) => 0.75 + (0.25 * variance * n) / (n - 1)),
      );
      // No gradient of them, and no update by an optimizer.
      expect(hosts(next.direction[1].mean)[0]?.every((v) => v === 0)).toBe(true);
      expect(hosts(next.direction[1].variance)[0]?.every((v) => v === 0)).toBe(true);
    });

    it('has gain and bias as a link of its own, solved exactly, and never by Gauss-Newton', () => {
      const parameters = net.init(Key.key(1));
      const batch = batchOf(
        data,
        Int32Array.from({ length: 10 }, (_, i) => i),
      );
      const found = right(routes(net, softmaxCrossEntropy, proxprop())(parameters, batch));
      expect(found.map(({ name }) => name)).toContain('batchNorm');
      const text = JSON.stringify(found);
      expect(text).not.toMatch(/gauss|linearised/i);
    });

    it('is trained alike in a chain and as one node, whatever the method', async () => {
      const body = chain(linear(6, 6), batchNorm(6), relu(6));
      const deep = chain(residual(body), linear(6, 3));
      const closed = chain(residual(opaque(body)), linear(6, 3));
      const run = async (of: typeof deep) => {
        const parameters = of.init(Key.key(1));
        const at = takeStep(of, softmaxCrossEntropy, backprop(), adam(0.01));
        const batch = batchOf(
          data,
          Int32Array.from({ length: 20 }, (_, i) => i),
        );
        let state = right(initialState(adam(0.01), parameters));
        for (let i = 0; i < 3; i++) state = right(await at(state, batch, Key.key(i))()).state;
        return hosts(state.parameters);
      };
      const [one, other] = [await run(deep), await run(closed)];
      one.forEach((leaf, i) => {
        close(leaf, other[i] ?? []);
      });
      for (const method of [proxprop(), mac()]) {
        const at = takeStep(deep, softmaxCrossEntropy, method, sgd(0.1));
        const batch = batchOf(
          data,
          Int32Array.from({ length: 20 }, (_, i) => i),
        );
        const state = right(initialState(sgd(0.1), deep.init(Key.key(1))));
        expect(right(await at(state, batch, Key.key(1))()).loss).toBeGreaterThan(0);
      }
    });

    it('evaluates each example by itself, and stops and goes on to the same bytes', async () => {
      const options = {
        parameters: net.init(Key.key(1)),
        method: proxprop({ tauTheta: 0.1 }),
        optimizer: adam(0.01),
        train: data,
        test: data,
        batchSize: 12,
        key: Key.key(3),
        checkpointEvery: 1,
      };
      const run = async (change: { readonly epochs: number; readonly [name: string]: unknown }) => {
        const bytes: Uint8Array[] = [];
        let last: P | undefined;
        for await (const event of train(net, softmaxCrossEntropy, { ...options, ...change })) {
          if (event.tag === 'checkpoint')
            bytes.push(right(await encodeCheckpoint({ ...event, optimizerState: event.state })()));
          if (event.tag === 'done') last = event.parameters;
        }
        if (last === undefined) throw new Error('not done');
        return { bytes, last };
      };
      const whole = await run({ epochs: 3 });
      const first = whole.bytes[0] ?? new Uint8Array();
      const loaded = right(
        decodeCheckpoint('a', first, { parameters: options.parameters, optimizer: options.optimizer }),
      );
      const { parameters, ...resume } = loaded;
      const rest = await run({ epochs: 3, parameters, resume });
      expect(hosts(rest.last)).toEqual(hosts(whole.last));

      const all = batchOf(
        data,
        Int32Array.from({ length: 40 }, (_, i) => i),
      );
      const one = batchOf(data, Int32Array.of(17));
      const [many, alone] = [all, one].map(({ input }) => [...toHost(net.forward(whole.last, input))]);
      close(alone ?? [], (many ?? []).slice(17 * 3, 18 * 3));
    });

    it('refuses a batch of one number for each feature, and a descent', async () => {
      const one = chain(linear(6, 5), batchNorm(5), linear(5, 3));
      const parameters = one.init(Key.key(1));
      const batch = batchOf(data, Int32Array.of(0));
      const at = direction(one, softmaxCrossEntropy, backprop());
      expect(messageOf(at(parameters, batch, Key.key(1)))).toMatch(
        /batchNorm: expected more than one number for each feature in a batch of training, found one$/,
      );
      expect(E.isRight(at(parameters, batch))).toBe(true);
      const lines: string[] = [];
      for await (const event of descend(one, softmaxCrossEntropy, {
        parameters,
        method: mac(),
        train: data,
        sweeps: 1,
      }))
        lines.push(event.tag === 'failed' ? show(event.error) : event.tag);
      expect(lines).toEqual([
        'schedule error at net: expected a network without buffers, since its layers run as in evaluation, found one with buffers',
      ]);
    });

    it('leaves nothing behind', async () => {
      const parameters = net.init(Key.key(1));
      const before = liveTensors();
      for await (const event of train(net, softmaxCrossEntropy, {
        parameters,
        method: proxprop(),
        optimizer: adam(0.01),
        train: data,
        epochs: 2,
        batchSize: 20,
        key: Key.key(1),
      }))
        if (event.tag === 'done') dispose(event.parameters);
      expect(liveTensors()).toBe(before);
    });
  });

type Kept = { readonly centre: Tensor };

/** A layer of a user's own: x less the running mean of what it was trained on; in training less that of the batch. */
const centred = (
  features: number,
  momentum: number,
  next = ({ centre }: Kept, x: Tensor): Readonly<Record<string, Tensor>> => ({
    centre: add(mul(centre, 1 - momentum), mul(mean(x, 0), momentum)),
  }),
) => {
  const parts = {
    name: 'centred',
    input: [features],
    output: [features],
    init: (): Kept => ({ centre: zeros([features]) }),
  };
  return layer<Kept, readonly number[], readonly number[]>({
    ...parts,
    forward: ({ centre }, x) => sub(x, centre),
    training: () =>
      layer<Kept, readonly number[], readonly number[]>({
        ...parts,
        forward: (_, x) => sub(x, mean(x, 0)),
      }),
    buffers: { names: ['centre'], next },
  });
};

describe('options of batchNorm', () => {
  it.each([
    [
      { momentum: 0 },
      'options error at batchNorm.momentum: expected a number above 0, of at most 1, found 0',
    ],
    [
      { momentum: 1.5 },
      'options error at batchNorm.momentum: expected a number above 0, of at most 1, found 1.5',
    ],
    [
      { momentum: Number.NaN },
      'options error at batchNorm.momentum: expected a number above 0, of at most 1, found NaN',
    ],
  ])('refuses %j', (options, line) => {
    expect(messageOf(attempt(() => batchNorm(5, options)))).toBe(line);
  });
});

describe('a layer of your own with a buffer', () => {
  beforeAll(() => started('wasm'));

  it('keeps it over the steps of a training', async () => {
    const own = chain(centred(6, 0.5), linear(6, 3));
    const parameters = own.init(Key.key(1));
    let trained = parameters;
    const options = { method: proxprop(), optimizer: sgd(0.1), batchSize: 40, epochs: 2, key: Key.key(1) };
    for await (const event of train(own, softmaxCrossEntropy, { ...options, parameters, train: data }))
      if (event.tag === 'done') trained = event.parameters;
    // Two batches of all examples: 0, then half the mean, then three quarters of it.
    const means = columns([...data.inputs], 6).map((c) => 0.75 * c.mean);
    close(
      Tree.leaves(trained[0]).flatMap((t) => [...toHost(t)]),
      means,
    );
  });

  it('couples the examples of an implicit step where it says that it mixes them: one system for all', async () => {
    // Affine throughout, so that the residual is that of one linear system.
    const mixing = {
      ...layer<readonly [], readonly [5], readonly [5]>({
        name: 'mixing',
        input: [5],
        output: [5],
        init: () => [],
        forward: (_, x) => sub(x, mean(x, 0)),
      }),
      mixesExamples: true,
    };
    const of = async (mixed: boolean): Promise<boolean> => {
      const own = chain(linear(6, 5), { ...mixing, mixesExamples: mixed }, linear(5, 3));
      const method = mac({ activations: cg(100), grouping: everyLayer });
      const at = takeStep(own, squaredError, method, sgd(0.1));
      const state = right(initialState(sgd(0.1), own.init(Key.key(1))));
      const batch = { input: Key.normal(Key.key(1), [8, 6]), target: Key.normal(Key.key(2), [8, 3]) };
      const { solves } = right(await at(state, batch, Key.key(1))());
      const [first] = solves.filter(({ block }) => block === 'x[1], x[2]');
      return first?.converged ?? false;
    };
    expect(await of(true)).toBe(true);
    // What is not said is not known: each example by itself is another system.
    expect(await of(false)).toBe(false);
  });

  it('may give it back as it is: each step has one of its own', async () => {
    const own = chain(
      centred(6, 0.5, ({ centre }) => ({ centre })),
      linear(6, 3),
    );
    const alive = liveTensors();
    const parameters = own.init(Key.key(1));
    const step = takeStep(own, softmaxCrossEntropy, backprop(), sgd(0.1));
    const state = right(initialState(sgd(0.1), parameters));
    const batch = batchOf(data, Int32Array.of(0, 1, 2, 3));
    const next = right(await step(state, batch, Key.key(1))());
    dispose(parameters, state.parameters);
    expect(hosts(next.state.parameters[0])).toEqual([[0, 0, 0, 0, 0, 0]]);
    dispose(next.state.parameters, next.direction, batch.input, batch.target);
    const options = { method: proxprop(), optimizer: sgd(0.1), batchSize: 10, epochs: 2, key: Key.key(1) };
    const again = own.init(Key.key(1));
    let last = '';
    for await (const event of train(own, softmaxCrossEntropy, {
      ...options,
      parameters: again,
      train: data,
    })) {
      last = event.tag;
      if (event.tag === 'done') dispose(event.parameters);
    }
    expect(last).toBe('done');
    expect(hosts(again[0])).toEqual([[0, 0, 0, 0, 0, 0]]);
    dispose(again);
    expect(liveTensors()).toBe(alive);
  });

  it('says what is wrong with it', async () => {
    const at = async (next: () => Readonly<Record<string, Tensor>>) => {
      const own = chain(centred(6, 0.5, next), linear(6, 3));
      const step = takeStep(own, softmaxCrossEntropy, backprop(), sgd(0.1));
      const state = right(initialState(sgd(0.1), own.init(Key.key(1))));
      return messageOf(await step(state, batchOf(data, Int32Array.of(0, 1)), Key.key(1))());
    };
    expect(await at(() => ({}))).toBe(
      'layer error at link 1 (centred), centred.buffers.centre: expected a tensor, found undefined',
    );
    expect(await at(() => ({ centre: zeros([5]) }))).toBe(
      'shape error at link 1 (centred), centred.buffers.centre: expected a tensor [6], found a tensor [5]',
    );
  });
});
