/** Trainings that diverge in every way: none ends in `done`, or tells a checkpoint, with numbers that are not finite. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  admm,
  type AnyChain,
  backprop,
  blockCoordinateDescent,
  chainOfLayers,
  dispose,
  type Examples,
  Key,
  linear,
  liveTensors,
  mac,
  momentum,
  nesterov,
  Optimizer,
  predictiveCoding,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  train,
  Tree,
} from '../../src';
import { boxes, casesOf, started } from '../support';

const methods = [backprop(), proxprop(), mac(), admm(), blockCoordinateDescent(), predictiveCoding()];
const optimizers = [sgd, momentum, nesterov, adam];
const WIDTH = 6;

/** The i-th training: all are drawn from one key. */
const drawn = (i: number) => {
  const words = Key.bits(Key.fold(Key.key(1), i), 6);
  const pick = <A>(from: readonly A[], w: number): A => from[(words[w] ?? 0) % from.length] as A;
  const rate = 10 ** (-3 + (9 * (words[0] ?? 0)) / 2 ** 32);
  const depth = 2 + ((words[1] ?? 0) % 5);
  const classified = (words[2] ?? 0) % 2 === 0;
  const size = pick([1, 16, 255], 3);
  const net: AnyChain = chainOfLayers([
    ...Array.from({ length: depth - 1 }, () => [linear(WIDTH, WIDTH), relu(WIDTH)]).flat(),
    linear(WIDTH, 3),
  ]);
  const base = boxes(i + 1, 20, WIDTH, 3);
  const inputs = base.inputs.map((v) => v * size);
  const examples: Examples = classified
    ? { ...base, inputs }
    : {
        ...base,
        inputs,
        targets: Float32Array.from({ length: 60 }, (_, k) => size * Math.sin(k)),
        targetShape: [3],
      };
  const loss = classified ? softmaxCrossEntropy : squaredError;
  return { net, loss, examples, method: pick(methods, 4), optimizer: pick(optimizers, 5)(rate) };
};

const finite = (...trees: readonly Tree.Tree[]): boolean =>
  trees.flatMap(Tree.leaves).every((leaf) => leaf.dataSync().every((v) => Number.isFinite(v)));

describe('extreme trainings', () => {
  beforeAll(() => started('wasm'));

  it('none hands over numbers that are not finite', async () => {
    const count = casesOf(Number(process.env['PROXPROP_TRAININGS'] ?? 60));
    const [ends, bad] = [new Map<string, number>(), [] as string[]];
    for (let i = 0; i < count; i++) {
      const { net, loss, examples, method, optimizer } = drawn(i);
      const parameters = Tree.isTuple(net.init(Key.key(i))) ? [...net.init(Key.key(i))] : [];
      const before = liveTensors();
      const options = { train: examples, test: examples, epochs: 3, batchSize: 8, key: Key.key(i) };
      const stream = train(net, loss, { ...options, parameters, method, optimizer, checkpointEvery: 1 });
      for await (const event of stream) {
        if (event.tag === 'checkpoint' && !finite(event.parameters, ...Optimizer.momentsOf(event.state)))
          bad.push(`checkpoint of ${i}`);
        if (event.tag !== 'done' && event.tag !== 'failed') continue;
        if (!finite(event.parameters)) bad.push(`${event.tag} of ${i}: ${method.name}, ${optimizer.name}`);
        ends.set(event.tag, (ends.get(event.tag) ?? 0) + 1);
        dispose(event.parameters);
      }
      expect(liveTensors()).toBe(before);
      dispose(parameters);
    }
    const [done, failed] = ['done', 'failed'].map((tag) => ends.get(tag) ?? 0);
    console.log(`${count} extreme trainings: ${done} done, ${failed} failed, ${bad.length} not finite`);
    expect(bad).toEqual([]);
    // Both ends are met, or nothing was tested.
    expect(done).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(0);
  }, 600_000);
});
