/** Networks that branch, as a user meets them: wirings that are refused, training, routes, keyed layers inside. */
import { pipe } from 'fp-ts/function';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  type AnyLayer,
  attempt,
  backprop,
  bind,
  chain,
  concat,
  direction,
  dispose,
  dropout,
  type Graph,
  graph,
  type GraphParameters,
  Key,
  linear,
  liveTensors,
  meet,
  nesterov,
  opaque,
  output,
  proxprop,
  relu,
  residual,
  routes,
  selfAttention,
  separableConv2d,
  flatten,
  softmaxCrossEntropy,
  batchOf,
  toHost,
  train,
  Tree,
  type Wires,
} from '../../src';
import { boxes, messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

/** A graph whose shapes the compiler does not know, so that mistakes are left to run time. */
const loose = (size: number): Graph<Wires, GraphParameters> => graph<readonly number[]>([size]);
const layer = (l: AnyLayer): AnyLayer => l;

describe('a wiring is refused', () => {
  it.each([
    [
      'with a wire that is not there',
      () => bind('a', layer(relu(6)), 'x')(loose(6)),
      "shape error at graph.a (relu): expected a wire that is there, found 'x'",
    ],
    [
      'with another shape',
      () => bind('a', layer(relu(7)), 'input')(loose(6)),
      "shape error at graph.a (relu): expected the input [7], found [6] of the wire 'input'",
    ],
    [
      'with a name twice',
      () => bind('input', layer(relu(6)), 'input')(loose(6)),
      "shape error at graph.input (relu): expected a name of its own, found a second wire 'input'",
    ],
    [
      'with a wire that leads nowhere',
      () => output('b')(bind('b', layer(relu(6)), 'input')(bind('a', layer(relu(6)), 'input')(loose(6)))),
      'shape error at graph.a: expected a wire that the output depends on, found one that nothing reads',
    ],
    [
      'with inputs that do not go together',
      () => concat<readonly (readonly number[])[]>([2, 3], [4, 3]),
      'shape error at concat.inputs.1: expected a shape like [2, 3] in all axes but the last, found [4, 3]',
    ],
  ])('%s', (_, make, line) => {
    expect(messageOf(attempt<unknown>(make))).toBe(line);
  });
});

const examples = boxes(3, 60, 6, 3);
const net = pipe(
  graph([6]),
  bind('up', linear(6, 16), 'input'),
  bind('h', relu(16), 'up'),
  bind('block', residual(chain(linear(16, 16), relu(16), dropout(16, 0.2), linear(16, 16))), 'h'),
  meet('sum', add([16]), 'h', 'block'),
  bind('out', linear(16, 3), 'sum'),
  output('out'),
);

describe('a network that branches', () => {
  it('is trained, by backprop and by ProxProp, and leaves nothing behind', async () => {
    for (const method of [backprop(), proxprop()]) {
      const before = liveTensors();
      const parameters = net.init(Key.key(1));
      const losses: number[] = [];
      for await (const event of train(net, softmaxCrossEntropy, {
        parameters,
        method,
        optimizer: nesterov(method.name === 'backprop' ? 0.1 : 1, 0.9),
        train: examples,
        test: examples,
        epochs: 8,
        batchSize: 20,
        key: Key.key(2),
      })) {
        if (event.tag === 'epoch') losses.push(event.trainLoss);
        if (event.tag === 'done') dispose(event.parameters);
        expect(event.tag).not.toBe('failed');
      }
      dispose(parameters);
      expect(losses.length).toBe(9);
      expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
      expect(liveTensors()).toBe(before);
    }
  });

  it('has an exact step on each of its linear maps, named by their wires', () => {
    const parameters = net.init(Key.key(1));
    const example = batchOf(
      examples,
      Int32Array.from({ length: 20 }, (_, i) => i),
    );
    const rows = right(routes(net, softmaxCrossEntropy, proxprop())(parameters, example));
    const solved = rows.filter(({ solve }) => solve !== undefined);
    expect(solved.map(({ name }) => name)).toEqual(['up', 'block.0', 'block.3']);
    expect(solved.every(({ solve }) => solve?.route === 'primal' || solve?.route === 'dual')).toBe(true);
    dispose(parameters, example.input, example.target);
  });

  it('draws its keyed layers anew for each key, at any depth', () => {
    const parameters = net.init(Key.key(1));
    const x = Key.normal(Key.key(3), [4, 6]);
    const drawn = (key: number) => [...toHost((net.training?.(Key.key(key)) ?? net).forward(parameters, x))];
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it('may hold a separable convolution: two exact steps, in the tree of one layer', () => {
    const image: readonly [6, 6, 2] = [6, 6, 2];
    const open = chain(separableConv2d(image, 3, 3), flatten([4, 4, 3]), linear(48, 3));
    const closed = chain(opaque(separableConv2d(image, 3, 3)), flatten([4, 4, 3]), linear(48, 3));
    const parameters = open.init(Key.key(5));
    const input = Key.normal(Key.key(4), [8, ...image]);
    const { target } = batchOf(
      examples,
      Int32Array.from({ length: 8 }, (_, i) => i),
    );
    const shown = (n: typeof open): readonly unknown[] =>
      right(routes(n, softmaxCrossEntropy, proxprop())(parameters, { input, target })).flatMap(
        ({ name, solve }) => (solve === undefined ? [] : [[name, solve.route, solve.converged]]),
      );
    expect(shown(open)).toEqual([
      ['depthwiseConv2d', 'primal', true],
      ['conv2d', 'primal', true],
    ]);
    expect(shown(closed)).toEqual([['separableConv2d', 'gaussNewton', true]]);
    expect(Object.keys(parameters[0])).toEqual(['depthwise', 'pointwise', 'bias']);
    const found = right(direction(open, softmaxCrossEntropy, proxprop())(parameters, { input, target }));
    expect(Tree.leavesWithPath(found.direction[0]).map(([path, { shape }]) => [path, shape])).toEqual([
      ['depthwise', [3, 3, 2, 1]],
      ['pointwise', [1, 1, 2, 3]],
      ['bias', [3]],
    ]);
  });

  it('may hold attention, whose projections have exact steps; as one node they have not', () => {
    const attending = chain(selfAttention(3, 4, { heads: 2, causal: true }), flatten([3, 4]), linear(12, 3));
    const closed = chain(opaque(selfAttention(3, 4)), flatten([3, 4]), linear(12, 3));
    const input = Key.normal(Key.key(4), [8, 3, 4]);
    const { target } = batchOf(
      examples,
      Int32Array.from({ length: 8 }, (_, i) => i),
    );
    const routesOf = (n: typeof attending): readonly unknown[] => {
      const rows = right(routes(n, softmaxCrossEntropy, proxprop())(n.init(Key.key(5)), { input, target }));
      return rows.flatMap(({ solve }) => (solve === undefined ? [] : [solve.route]));
    };
    expect(routesOf(attending)).toHaveLength(4);
    expect(routesOf(attending)).not.toContain('gaussNewton');
    expect(routesOf(closed)).toEqual(['gaussNewton']);
  });
});
