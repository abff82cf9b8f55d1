/** Where numbers stop being finite is named: the layer of the parameters, of a moment, or of the first output that is not. */
import { mul, tensor, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  chain,
  describe as lineOf,
  dispose,
  type ExampleArrays,
  Key,
  layer,
  linear,
  liveTensors,
  momentum,
  residual,
  scope,
  softmaxCrossEntropy,
  train,
  Tree,
} from '../../src';
import { firstNonFinite } from '../../src/train/evaluate';
import {
  everyFinite,
  hostCopy,
  inItsLayer,
  notFinite,
  notFiniteIn,
  stateNotFinite,
} from '../../src/train/hostCopy';
import { error } from '../../src/core';
import { boxes, started, testBackends } from '../support';

/** x, and infinity where it is told to. */
const breaking = (width: number, when: { broken: boolean }) =>
  layer<Tree.NoParameters, readonly [number], readonly [number]>({
    name: 'breaking',
    input: [width],
    output: [width],
    init: () => ({}),
    forward: (_, x) => (when.broken ? mul(x, Infinity) : x.clone()),
  });

const whens = [{ broken: false }, { broken: false }, { broken: false }];
const [first, second, third] = whens;
const own = (i: 0 | 1 | 2) => whens[i] ?? { broken: false };

/** Nodes 1 to 7, the third of them within a block that adds its input. */
const net = chain(
  breaking(4, own(0)),
  linear(4, 5),
  residual(chain(linear(5, 5), breaking(5, own(1)))),
  linear(5, 3),
  breaking(3, own(2)),
);
const data: ExampleArrays = boxes(1, 6, 4, 3);

/** The parameters with a number of a tensor replaced. */
const broken = (name: string, value = Number.NaN): ReturnType<typeof net.init> => {
  const parameters = net.init(Key.key(1));
  return Tree.map((leaf: Tensor, at) => {
    if (at !== name) return leaf;
    const values = Float32Array.from(leaf.dataSync());
    values[values.length - 1] = value;
    const { shape } = leaf;
    leaf.dispose();
    return tensor(values, shape);
  })(parameters);
};

const layers = [
  ['1.weights', '1 (linear)'],
  ['1.bias', '1 (linear)'],
  ['2.0.weights', '2.0 (linear)'],
  ['2.0.bias', '2.0 (linear)'],
  ['3.weights', '3 (linear)'],
  ['3.bias', '3 (linear)'],
] as const;

describe.each(testBackends)('on %s', (backend) => {
  beforeAll(() => started(backend));

  it('the names of the layers are those of the tensors', () => {
    scope(() => {
      const names = Tree.leavesWithPath(net.init(Key.key(1))).map(([name]) => name);
      expect([...names].sort()).toEqual(layers.map(([name]) => name).sort());
    });
  });

  it.each(layers)('parameters at %s are those of layer %s', async (name, place) => {
    const before = liveTensors();
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const parameters = broken(name, bad);
      expect(firstNonFinite(net, parameters, data)).toBe(`the parameters of layer ${place}`);
      const events: string[] = [];
      for await (const event of train(net, softmaxCrossEntropy, {
        ...{ parameters, method: backprop(), optimizer: momentum(0.1), train: data },
        ...{ epochs: 1, batchSize: 6, key: Key.key(1) },
      })) {
        events.push(event.tag === 'failed' ? lineOf(event.error) : event.tag);
        if (event.tag === 'failed' || event.tag === 'done') dispose(event.parameters);
      }
      const size = Tree.leavesWithPath(parameters).find(([at]) => at === name)?.[1].size ?? 0;
      expect(events).toEqual([
        `data error at layer ${place}, parameters.${name}: expected finite numbers, found ${bad} at ${size - 1} of ${size}`,
      ]);
      dispose(parameters);
    }
    expect(liveTensors()).toBe(before);
  });

  it('an output that is not finite is that of the first layer that gives one', () => {
    scope(() => {
      const parameters = net.init(Key.key(1));
      const places = [first, second, third].map((when) => {
        if (when !== undefined) when.broken = true;
        const found = firstNonFinite(net, parameters, data);
        if (when !== undefined) when.broken = false;
        return found;
      });
      expect(places).toEqual([
        'the output of layer 0 (breaking)',
        'the output of layer 2.1 (breaking)',
        'the output of layer 4 (breaking)',
      ]);
      expect(firstNonFinite(net, parameters, data)).toBe('the loss');
      const inputs = Float32Array.from(data.inputs).fill(Infinity, 5, 6);
      expect(firstNonFinite(net, parameters, { ...data, inputs })).toBe('the input');
      // Parameters come first, for a layer may hide them.
      if (first !== undefined) first.broken = true;
      expect(firstNonFinite(net, broken('3.bias'), data)).toBe('the parameters of layer 3 (linear)');
      if (first !== undefined) first.broken = false;
    });
  });

  it('a failure at a tensor of no layer stays as it is', () => {
    const at = (path: string): string => lineOf(inItsLayer(net, error('data', path, 'a', 'b')));
    expect(at('parameters.3.bias')).toBe(
      'data error at layer 3 (linear), parameters.3.bias: expected a, found b',
    );
    expect(at('parameters.33.bias')).toBe('data error at parameters.33.bias: expected a, found b');
    expect(at('optimizer.0.0.3.bias')).toBe('data error at optimizer.0.0.3.bias: expected a, found b');
    const alone = linear(4, 3);
    expect(lineOf(inItsLayer(alone, error('data', 'parameters.bias', 'a', 'b')))).toBe(
      'data error at parameters.bias: expected a, found b',
    );
  });

  it('a moment is named by its slot, its place in it and its tensor', async () => {
    const tree = (value: number) => ({ w: tensor([1, value]) });
    const state = [
      { step: 1, moments: [] },
      { step: 1, moments: [tree(1), tree(Number.NaN)] },
    ];
    const found = await stateNotFinite('loss', 'optimizer', state);
    expect(found === undefined ? '' : lineOf(found)).toBe(
      'loss error at optimizer.1.1.w: expected finite numbers, found NaN at 1 of 2',
    );
    expect(await stateNotFinite('loss', 'optimizer', state.slice(0, 1))).toBeUndefined();
    dispose(...state.flatMap(({ moments }) => moments));
  });

  it('a copy on the host has the numbers, the first that is not finite, and gives new tensors', async () => {
    const tree = { a: tensor([1, 2]), b: tensor([3, Infinity, Number.NaN]), c: tensor([Number.NaN]) };
    const copy = await hostCopy('loss', 'p', tree);
    expect(copy?.bad === undefined ? '' : lineOf(copy.bad)).toBe(
      'loss error at p.b: expected finite numbers, found Infinity at 1 of 3',
    );
    const again = copy?.restore();
    expect([...(again?.b.dataSync() ?? [])]).toEqual([3, Infinity, Number.NaN]);
    expect(again?.b.dtype).toBe('float32');
    expect(await everyFinite(tree)).toBe(false);
    expect(await everyFinite({ a: tree.a })).toBe(true);
    expect((await notFinite('loss', 'p', { a: tree.a }))?.path).toBeUndefined();
    expect((await notFinite('loss', 'p', tree))?.path).toBe('p.b');
    expect(notFiniteIn('loss', 'p', new Float32Array(0))).toBeUndefined();
    dispose(tree, again ?? []);
    // What cannot be read is not finite.
    const freed = zeros([1]);
    freed.dispose();
    expect(await everyFinite({ freed })).toBe(false);
  });
});
