/** Metrics by their formulas on the host, evaluation every so often, and what a step did. */
import { max, mean, tensor1d, tensor2d, tensor3d, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accuracy,
  backprop,
  chain,
  confusion,
  dispose,
  evaluate,
  type Examples,
  identity,
  Key,
  linear,
  liveTensors,
  metric,
  perplexity,
  predict,
  rSquared,
  scope,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  toHost,
  topK,
  train,
  type TrainEvent,
  Tree,
} from '../../src';
import { boxes, messageOf, right, started } from '../support';

const net = chain(linear(6, 3));
const data = boxes(1, 50, 6, 3);
/** Outputs are the inputs. */
const same = chain(identity(4));

const examples = (rows: readonly (readonly number[])[], targets: Int32Array | Float32Array): Examples => ({
  shape: [rows[0]?.length ?? 0],
  inputs: Float32Array.from(rows.flat()),
  targets,
  targetShape: targets.length === rows.length ? [] : [targets.length / rows.length],
  count: rows.length,
});

const rows = [
  [0.1, 0.9, 0.3, 0.2],
  [0.5, 0.5, 0.5, 0.5],
  [3, 1, 2, 0],
  [0, Number.NaN, 1, 2],
  [1, 2, 3, 4],
];
const classes = Int32Array.of(1, 2, 1, 3, 0);
const output = (): Tensor => tensor2d(rows.map((r) => [...r]));

const eachOf = (m: typeof accuracy, out: Tensor, target: Tensor): readonly number[] =>
  scope(() => [...toHost(m.each(out, target))]);

describe('metrics', () => {
  beforeAll(() => started('wasm'));

  it('are right for each example: classes, one-hot rows, and NaN, which is wrong', () => {
    const int = tensor1d([...classes], 'int32');
    expect(eachOf(accuracy, output(), int)).toEqual([1, 0, 0, 0, 0]);
    expect(eachOf(topK(1), output(), int)).toEqual([1, 0, 0, 0, 0]);
    expect(eachOf(topK(3), output(), int)).toEqual([1, 1, 1, 0, 0]);
    expect(eachOf(topK(4), output(), int)).toEqual([1, 1, 1, 0, 1]);
    const oneHot = tensor2d([0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], [5, 4]);
    expect(eachOf(accuracy, output(), oneHot)).toEqual([1, 0, 1, 0, 1]);
  });

  it('are right for each token of an example', () => {
    const out = tensor3d([1, 0, 0, 1, 0, 1, 1, 0], [2, 2, 2]);
    const target = tensor2d([0, 1, 0, 0], [2, 2], 'int32');
    expect(eachOf(accuracy, out, target)).toEqual([1, 1, 0, 1]);
  });

  it('come to tables, and to numbers in float64', async () => {
    const of = [topK(2), confusion(4), perplexity];
    const right4 = examples(
      rows.filter((_, i) => i !== 3),
      Int32Array.of(1, 2, 1, 0),
    );
    const found = right(
      await evaluate(same, softmaxCrossEntropy, same.init(Key.key(1)), right4, {
        metrics: of,
        batchSize: 3,
      })(),
    );
    const logsOf = (row: readonly number[]): number => Math.log(row.reduce((t, v) => t + Math.exp(v), 0));
    const losses = [rows[0], rows[1], rows[2], rows[4]].map(
      (row = [], i) => logsOf(row) - (row[[1, 2, 1, 0][i] ?? 0] ?? 0),
    );
    expect(found.metrics?.['top-2']).toBe(0.25);
    expect(found.metrics?.['confusion']).toEqual([
      [0, 0, 0, 1],
      [1, 1, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    // float32 logarithms and exponentials, each right to a few units of its last place.
    expect(found.metrics?.['perplexity']).toBeCloseTo(Math.exp(losses.reduce((a, b) => a + b) / 4), 5);
    expect(found.accuracy).toBe(0.25);
  });

  it('R² is exact beside a large mean', async () => {
    const inputs = [10000.25, 10000.5, 10000.75, 10001].map((v) => [v]);
    const targets = Float32Array.of(10000, 10000.5, 10001, 10001.5);
    const one = chain(identity(1));
    const found = right(
      await evaluate(
        one,
        squaredError,
        one.init(Key.key(1)),
        { ...examples(inputs, targets), targetShape: [1] },
        { metrics: [rSquared] },
      )(),
    );
    // Σ(y − t)² = 0.0625 + 0 + 0.0625 + 0.25, Σ(t − t̄)² = 1.25: all exact in float32.
    expect(found.metrics?.['R²']).toBe(1 - 0.375 / 1.25);
  });

  it('refuse targets that are no classes of the outputs', async () => {
    const wrong = { ...data, targets: Float32Array.from(data.targets) };
    const own = { name: 'mine', classifies: true as const, value: (y: Tensor) => mean(y) };
    const parameters = net.init(Key.key(1));
    expect(messageOf(await evaluate(net, own, parameters, wrong)())).toBe(
      'shape error at metric accuracy: expected int32 classes [50] or float32 targets [50, 3], found float32 targets [50]',
    );
    dispose(parameters);
  });
});

describe('a training', () => {
  beforeAll(() => started('wasm'));

  const largest = metric('largest', (y) => max(y, 1));
  const options = () => ({
    parameters: net.init(Key.key(1)),
    method: backprop(),
    optimizer: sgd(0.1),
    train: data,
    epochs: 5,
    batchSize: 20,
    key: Key.key(2),
  });
  const run = async (change: Partial<Parameters<typeof train<ReturnType<typeof net.init>>>[2]>) => {
    const events: TrainEvent<ReturnType<typeof net.init>, number | null>[] = [];
    const given = options();
    for await (const event of train(net, softmaxCrossEntropy, { ...given, ...change })) events.push(event);
    const last = events.at(-1);
    dispose(given.parameters, ...(last?.tag === 'done' || last?.tag === 'failed' ? [last.parameters] : []));
    expect(last?.tag).toBe('done');
    return events;
  };
  const epochs = (events: Awaited<ReturnType<typeof run>>) => events.filter((e) => e.tag === 'epoch');

  it('needs no test examples, and takes validation examples beside them', async () => {
    const [first] = epochs(await run({}));
    expect(first?.testLoss).toBeNull();
    expect(first?.testAccuracy).toBeNull();
    expect(first).not.toHaveProperty('validationLoss');
    const [both] = epochs(await run({ test: data, validation: data }));
    expect(both?.validationLoss).toBe(both?.testLoss);
    expect(both?.validationAccuracy).toBe(both?.testAccuracy);
    expect(both?.trainLoss).toBe(both?.testLoss);
  });

  it('gives metrics of the user for each set of examples', async () => {
    const table = confusion(3);
    const [first] = epochs(await run({ test: data, metrics: [topK(2), table, largest] }));
    expect(Object.keys(first?.metrics ?? {})).toEqual(['train', 'test']);
    expect(first?.metrics?.train).toEqual(first?.metrics?.test);
    const parameters = net.init(Key.key(1));
    const outputs = right(await predict(net, parameters, data)());
    const host = [...toHost(outputs)];
    const rowMaxima = Array.from({ length: 50 }, (_, i) => Math.max(...host.slice(3 * i, 3 * i + 3)));
    // float32 outputs of batches of other sizes, in whatever order they are summed.
    expect(first?.metrics?.test?.['largest']).toBeCloseTo(rowMaxima.reduce((a, b) => a + b, 0) / 50, 5);
    dispose(parameters, outputs);
    const counts = first?.metrics?.test?.['confusion'];
    const flat: readonly number[] = Array.isArray(counts) ? counts.flat() : [];
    expect(flat.reduce((a, b) => a + b, 0)).toBe(50);
  });

  it('is evaluated every so many epochs and batches, to the same bytes', async () => {
    const whole = await run({});
    const some = await run({ evaluate: { every: 2, everyBatches: 1 } });
    expect(epochs(some).map(({ epoch }) => epoch)).toEqual([0, 2, 4, 5]);
    expect(some.filter((e) => e.tag === 'evaluation').length).toBe(5 * 2);
    const at = (events: typeof whole, n: number) =>
      epochs(events).find(({ epoch }) => epoch === n)?.trainLoss;
    expect(at(some, 4)).toBe(at(whole, 4));
    expect(at(some, 5)).toBe(at(whole, 5));
  });

  it('is evaluated on a part, and by the running mean', async () => {
    const first = {
      ...data,
      inputs: data.inputs.slice(0, 60),
      targets: data.targets.slice(0, 10),
      count: 10,
    };
    const part = epochs(await run({ test: data, evaluate: { part: 10 } }));
    const alone = epochs(await run({ test: first }));
    expect(part.map(({ testLoss }) => testLoss)).toEqual(alone.map(({ testLoss }) => testLoss));
    const events = await run({ evaluate: { trainLoss: 'running' }, metrics: [topK(1)], test: data });
    const losses = events
      .filter((e) => e.tag === 'batch' && e.epoch === 2)
      .map((e) => (e.tag === 'batch' ? e.loss : 0));
    const [a = 0, b = 0, c = 0] = losses;
    expect(epochs(events)[2]?.trainLoss).toBe((20 * a + 20 * b + 10 * c) / 50);
    expect(epochs(events)[2]?.metrics?.train).toBeUndefined();
  });

  it('goes on past examples of weight 0, at the beginning and in whole batches', async () => {
    const weights = Float32Array.from({ length: 50 }, (_, i) => (i < 20 ? 0 : 1));
    const masked = { ...data, weights };
    const rest = {
      ...data,
      inputs: data.inputs.slice(120),
      targets: data.targets.slice(20),
      count: 30,
    };
    const all = await run({ train: masked, test: masked, metrics: [topK(2)] });
    const other = await run({ test: rest });
    expect(epochs(all)[0]?.testLoss).toBeCloseTo(epochs(other)[0]?.testLoss ?? Number.NaN, 5);
    expect(epochs(all)[0]?.testAccuracy).toBe(epochs(other)[0]?.testAccuracy);
    const sparse = await run({ train: masked, test: masked, evaluate: { every: 2, trainLoss: 'running' } });
    expect(epochs(sparse).map(({ epoch }) => epoch)).toEqual([0, 2, 4, 5]);
    for (const { trainLoss } of epochs(sparse)) expect(Number.isFinite(trainLoss)).toBe(true);
    // Batches of which all are masked have no loss and no weight in the mean of the epoch.
    const batches = sparse.filter((e) => e.tag === 'batch' && e.epoch === 5);
    expect(batches.length).toBeGreaterThan(0);
  });

  it('tells what each step did, on request', async () => {
    const alive = liveTensors();
    const given = options();
    let before = Tree.leaves(given.parameters).map(toHost);
    let seen = 0;
    for await (const event of train(net, softmaxCrossEntropy, {
      ...given,
      optimizer: sgd((t) => 0.1 / (1 + t)),
      watch: true,
    })) {
      if (event.tag === 'done') dispose(event.parameters);
      if (event.tag !== 'batch') continue;
      const { watched } = event;
      if (watched === undefined) throw new Error('nothing watched');
      const after = Tree.leaves(watched.parameters).map(toHost);
      const moved = Math.sqrt(
        after.reduce(
          (t, leaf, i) => t + leaf.reduce((s, v, j) => s + (v - (before[i]?.[j] ?? 0)) ** 2, 0),
          0,
        ),
      );
      expect(watched.learningRate).toBe(0.1 / (1 + seen));
      // Norms are summed in float32.
      expect(Math.abs(watched.updateNorm - moved)).toBeLessThanOrEqual(1e-5 * moved);
      // The update is a difference of parameters rounded to float32, of which it has a few digits less.
      expect(Math.abs(watched.directionNorm * (0.1 / (1 + seen)) - moved)).toBeLessThanOrEqual(1e-4 * moved);
      before = after;
      seen++;
    }
    expect(seen).toBe(15);
    dispose(given.parameters);
    expect(liveTensors()).toBe(alive);
  });
});
