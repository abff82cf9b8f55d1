import { abs, mean } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accuracy,
  adam,
  augmented,
  backprop,
  chain,
  cg,
  confusion,
  descend,
  describe as lineOf,
  dispose,
  dropout,
  evaluate,
  exact,
  type ExampleArrays,
  type Examples,
  flipLeftRight,
  inMemory,
  Key,
  linear,
  liveTensors,
  type Loss,
  metric,
  type Metric,
  mixup,
  nesterov,
  Optimizer,
  perplexity,
  proxprop,
  randomCrop,
  relu,
  rSquared,
  type Resume,
  shuffled,
  softmaxCrossEntropy,
  squaredError,
  subset,
  topK,
  train,
  type TrainOptions,
  Tree,
} from '../../src';
import * as metricModule from '../../src/train/metric';
import { byIndex, inPieces } from '../example/kinds';
import { boxes, messageOf, right, started, testBackends } from '../support';
import { bitsOf, optionsOf, type P, plain, type Setting } from './resume';
import { generated, trainedOn } from './streamed';

const floats = boxes(1, 44, 6, 3);
const bytes: ExampleArrays = {
  ...floats,
  inputs: Uint8Array.from(floats.inputs, (v) => Math.round(100 * v)),
  scale: 0.01,
  weights: Float32Array.from({ length: 44 }, (_, i) => i % 3),
};
const dropping = chain(linear(6, 8), relu(8), dropout(8, 0.5), linear(8, 3));
const smooth: Omit<Setting, 'net'> = { method: backprop(), optimizer: nesterov(0.1) };

interface Ended {
  readonly bits: readonly Uint32Array[];
  readonly losses: readonly number[];
  readonly line: string;
}

/** A training to its end. All that it makes is freed. */
const ended = async (
  setting: Setting,
  change: Partial<TrainOptions<P>>,
  from: P = [...setting.net.init(Key.key(1))],
): Promise<Ended> => {
  const losses: number[] = [];
  for await (const event of train(setting.net, softmaxCrossEntropy, optionsOf(setting, from, change))) {
    if (event.tag === 'epoch') losses.push(event.trainLoss, event.testLoss);
    if (event.tag === 'done' || event.tag === 'failed') {
      const bits = await bitsOf(event.parameters);
      dispose(event.parameters);
      return { bits, losses, line: event.tag === 'failed' ? lineOf(event.error) : '' };
    }
  }
  throw new Error('a training that does not end');
};

describe.each(testBackends)('examples of every kind, on %s', (backend) => {
  beforeAll(() => started(backend));

  const settings: readonly Setting[] = [
    { net: plain, ...smooth },
    { net: dropping, method: proxprop({ tauTheta: 0.1, solver: exact() }), optimizer: adam(0.01) },
    { net: plain, method: proxprop({ tauTheta: 0.1, solver: cg(3) }), optimizer: adam(0.01) },
  ];
  for (const [i, setting] of settings.entries())
    for (const [name, data] of [
      ['floats', floats],
      ['bytes with weights', bytes],
    ] as const)
      it(`${setting.method.name}, ${name}: the bytes of a training on arrays`, async () => {
        // How far examples are shuffled has nothing to do with the method.
        for (const shuffle of i === 0 ? [44, 10, 1] : [10]) {
          const arrays = shuffled(data, shuffle);
          const parameters: P = [...setting.net.init(Key.key(1))];
          const before = liveTensors();
          const expected = await ended(setting, { train: arrays, test: data }, parameters);
          for (const source of [byIndex(arrays), inPieces(arrays, 7), inPieces(arrays, 100)])
            expect(await ended(setting, { train: source, test: source }, parameters)).toEqual(expected);
          expect([expected.line, expected.losses.length]).toEqual(['', 10]);
          expect(liveTensors()).toBe(before);
          dispose(parameters);
        }
      });

  it('descends on a source as on arrays, with weights', async () => {
    const run = async (examples: Examples): Promise<readonly number[]> => {
      const parameters = plain.init(Key.key(1));
      const losses: number[] = [];
      const before = liveTensors();
      for await (const event of descend(plain, softmaxCrossEntropy, {
        parameters,
        method: backprop(),
        train: examples,
        test: floats,
        sweeps: 3,
      })) {
        if (event.tag === 'epoch') losses.push(event.trainLoss);
        if (event.tag === 'done') dispose(event.parameters);
        if (event.tag === 'failed') throw new Error(lineOf(event.error));
      }
      expect(liveTensors()).toBe(before);
      dispose(parameters);
      return losses;
    };
    const [first = 0, , , last = 0] = await run(bytes);
    expect(await run(inPieces(bytes, 9))).toEqual(await run(bytes));
    expect(last).toBeLessThan(first);
    const { weights: _, ...unweighted } = bytes;
    expect(await run(unweighted)).not.toEqual(await run(bytes));
  });

  it('a weight of 2 is the example twice, and of 0 none: metrics, and training on whole batches', async () => {
    const { weights: _, ...examples } = bytes;
    const rows = Array.from({ length: 44 }, (__, i) => Array<number>(i % 3).fill(i)).flat();
    const repeated = right(subset(examples, Int32Array.from(rows)));
    const net = plain;
    const parameters: P = [...net.init(Key.key(1))];
    const [weighted, twice] = [
      right(await evaluate(net, softmaxCrossEntropy, parameters, bytes, 7)()),
      right(await evaluate(net, softmaxCrossEntropy, parameters, repeated, 7)()),
    ];
    // Float32 rounding of means of numbers of size 1.
    expect(weighted.loss).toBeCloseTo(twice.loss, 5);
    expect(weighted.accuracy).toBeCloseTo(twice.accuracy ?? Number.NaN, 10);
    const change = { test: floats, batchSize: 100, epochs: 3 };
    const setting = { net, ...smooth };
    const a = await ended(setting, { ...change, train: bytes }, parameters);
    const b = await ended(setting, { ...change, train: repeated }, parameters);
    a.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(b.losses[i] ?? Number.NaN, 5);
    });
    dispose(parameters);
  });

  it('a weight of 2 is the example twice, and of 0 none: every metric', async () => {
    const targets = Float32Array.from({ length: 3 * 44 }, (_, i) => Math.sin(i));
    const values: ExampleArrays = { ...bytes, targets, targetShape: [3] };
    const own = metric('own', (output) => mean(abs(output), 1));
    const cases: readonly (readonly [Loss, ExampleArrays, readonly Metric[]])[] = [
      [softmaxCrossEntropy, bytes, [accuracy, topK(2), perplexity, confusion(3), own]],
      [squaredError, values, [rSquared, own]],
    ];
    // All of the library: what else its module has is no metric.
    expect(Object.keys(metricModule).sort()).toEqual(
      ['accuracy', 'confusion', 'perplexity', 'rSquared', 'topK', 'isMetricValue', 'metric'].sort(),
    );
    const parameters: P = [...plain.init(Key.key(1))];
    for (const [loss, weighted, metrics] of cases) {
      const { weights: _, ...examples } = weighted;
      const rows = Array.from({ length: 44 }, (__, i) => Array<number>(i % 3).fill(i)).flat();
      const twice = right(subset(examples, Int32Array.from(rows)));
      const of = async (data: ExampleArrays) =>
        right(await evaluate(plain, loss, parameters, data, { batchSize: 7, metrics })()).metrics ?? {};
      const [found, expected] = [await of(weighted), await of(twice)];
      for (const { name } of metrics) {
        const [a, b] = [found, expected].map((all) => [all[name] ?? Number.NaN].flat(2));
        expect(a?.length, name).toBe(b?.length);
        // Float32 numbers of the examples are the same; their sums are in float64.
        a?.forEach((value, i) => {
          expect(value, name).toBeCloseTo(b?.[i] ?? Number.NaN, 10);
        });
      }
      // And they are not what they are without weights.
      expect(await of(examples)).not.toEqual(found);
    }
    dispose(parameters);
  });

  it('fails by one line, with the good parameters, where a source fails on the way', async () => {
    let calls = 0;
    const source: Examples = {
      shape: [6],
      count: 44,
      read: (indices) => {
        calls += 1;
        const read = right(subset(floats, indices));
        // The first is the evaluation at epoch 0, and the third the second batch of the epoch.
        if (calls === 3) read.inputs[6] = Number.NaN;
        return read;
      },
    };
    const before = liveTensors();
    const parameters: P = [...plain.init(Key.key(1))];
    const { line, bits } = await ended(
      { net: plain, ...smooth },
      { train: source, test: floats, batchSize: 16 },
      parameters,
    );
    // The second of the batch, in the order of the epoch.
    const bad = Key.permutation(Key.fold(Key.key(3), 1), 44)[16 + 1];
    expect(line).toBe(
      `data error at epoch 1, step 2, train.inputs[${bad}]: expected finite numbers, found NaN`,
    );
    expect(bits.flatMap((tensor) => [...new Float32Array(tensor.buffer)]).every(Number.isFinite)).toBe(true);
    dispose(parameters);
    expect(liveTensors()).toBe(before);
  });

  it('fails at its last step where a stream goes on too long', async () => {
    let opened = 0;
    const stream: Examples = {
      shape: [6],
      count: 44,
      open: function* () {
        opened += 1;
        yield floats;
        // The first time is the evaluation at epoch 0.
        if (opened > 1) yield right(subset(floats, Int32Array.of(0)));
      },
    };
    const before = liveTensors();
    const parameters: P = [...plain.init(Key.key(1))];
    const { line } = await ended(
      { net: plain, ...smooth },
      { train: stream, test: floats, batchSize: 16 },
      parameters,
    );
    expect(line).toBe(
      'data error at epoch 1, step 3, train: expected 44 examples, as its count says, found more',
    );
    dispose(parameters);
    expect(liveTensors()).toBe(before);
  });

  it('closes a stream that a reader leaves early, and keeps no tensor', async () => {
    let open = 0;
    const stream: Examples = {
      shape: [6],
      count: 44,
      open: function* () {
        open += 1;
        try {
          for (let i = 0; i < 44; i++) yield right(subset(floats, Int32Array.of(i)));
        } finally {
          open -= 1;
        }
      },
    };
    const before = liveTensors();
    const parameters: P = [...plain.init(Key.key(1))];
    for await (const event of train(
      plain,
      softmaxCrossEntropy,
      optionsOf(smooth, parameters, { train: stream }),
    ))
      if (event.tag === 'batch' && event.batch === 2) break;
    dispose(parameters);
    expect([open, liveTensors()]).toEqual([0, before]);
  });

  it('trains from a generator as from the same numbers in one array', async () => {
    const stream = generated(600, 70, 50);
    const [a, b] = [await trainedOn(stream, 40), await trainedOn(right(await inMemory(stream)()), 40)];
    expect(a).toEqual(b);
    expect(a.loss).toBeLessThan(2);
  });

  const crops = [randomCrop(1, [2, 3]), flipLeftRight([2, 3]), mixup(0.4, 3)];

  it('goes on with augmentation and dropout to the bytes of a run without a stop', async () => {
    const setting: Setting = { net: dropping, ...smooth };
    const data = augmented(floats, ...crops);
    const parameters: P = [...dropping.init(Key.key(1))];
    const whole = await ended(setting, { train: data }, parameters);
    const kept: { readonly parameters: P; readonly resume: Resume<P> }[] = [];
    for await (const event of train(
      dropping,
      softmaxCrossEntropy,
      optionsOf(setting, parameters, { train: data }),
    ))
      if (event.tag === 'checkpoint')
        kept.push({
          parameters: event.parameters.map(Tree.map((leaf) => leaf.clone())),
          resume: { epoch: event.epoch, state: Optimizer.copyState(event.state) },
        });
      else if (event.tag === 'done') dispose(event.parameters);
    expect(kept).toHaveLength(4);
    for (const { parameters: from, resume } of kept) {
      const later = await ended(setting, { train: data, resume }, from);
      expect(later.bits).toEqual(whole.bits);
      dispose(from, ...Optimizer.momentsOf(resume.state));
    }
    // It is not what it is without augmentation; and metrics are of the examples as they are.
    const bare = await ended(setting, { train: floats }, parameters);
    expect(bare.bits).not.toEqual(whole.bits);
    expect(bare.losses.slice(0, 2)).toEqual(whole.losses.slice(0, 2));
    dispose(parameters);
  });

  it('leaves the draws of dropout as they are', async () => {
    const setting: Setting = { net: dropping, ...smooth };
    const same = augmented(floats, (_, batch) => batch);
    expect(await ended(setting, { train: same })).toEqual(await ended(setting, { train: floats }));
  });

  it('says which weights are none, and which loss cannot take any', async () => {
    const parameters: P = [...plain.init(Key.key(1))];
    const none = { ...bytes, weights: new Float32Array(44) };
    expect(messageOf(await evaluate(plain, softmaxCrossEntropy, parameters, none)())).toBe(
      'data error at examples.weights: expected an example with a weight above 0, found none',
    );
    const own = { name: 'own', classifies: true, value: softmaxCrossEntropy.value };
    expect(messageOf(await evaluate(plain, own, parameters, bytes)())).toBe(
      'loss error at loss own: expected `each`, the loss of each example, found none',
    );
    expect(
      messageOf(await evaluate(plain, squaredError, parameters, { ...floats, targets: [] } as never)()),
    ).toBe(
      'data error at examples.targets: expected an Int32Array, a Float32Array or a Uint8Array, found an array',
    );
    dispose(parameters);
  });
});
