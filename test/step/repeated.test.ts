/** Plans: what they replace, what has none, and what is left when one fails. */
import {
  add,
  concat,
  engine,
  matMul,
  memory,
  mul,
  ones,
  profile,
  scalar,
  slice,
  square,
  sum,
  tensor,
  type Tensor,
  zerosLike,
} from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  backprop,
  chain,
  cg,
  direction,
  dispose,
  dropout,
  energyOf,
  exact,
  type Example,
  Key,
  layer,
  linear,
  liveTensors,
  type Loss,
  type Method,
  proxprop,
  relu,
  softmaxCrossEntropy,
  squaredError,
  start,
  toHost,
  toNumber,
  Tree,
  trusting,
} from '../../src';
import { record, repeated, runDirection } from '../../src/internal';
import { fail } from '../../src/core';
import { matrixDesign } from '../../src/layer';
import { convNet, imageExample, rowImages } from '../../examples/bench/networks';
import { resNet, rowGru, rowTransformer } from '../../examples/support/networks';
import { messageOf, right, started, withRoom } from '../support';

const batch = (seed: number, rows = 3): Example => ({
  input: Key.uniform(Key.key(seed), [rows, 4], -1, 1),
  target: tensor(
    Int32Array.from({ length: rows }, (_, i) => (seed + i) % 3),
    [rows],
    'int32',
  ),
});

/** A layer y = w·x + c(), which counts its calls. */
const counted = (more: (calls: number, x: Tensor) => Tensor | number) => {
  let calls = 0;
  const own = layer({
    name: 'counted',
    input: [4],
    output: [4],
    init: (key) => ({ w: Key.uniform(key, [4], 1, 2) }),
    forward: ({ w }, x) => {
      calls++;
      return add(mul(w, x), more(calls, x));
    },
  });
  return { net: chain(own, linear(4, 3)), calls: () => calls };
};

/** y = W·x + b, which counts its calls; its design takes W for W·by, to show what a design may do. */
const designed = (by: () => Tensor) => {
  let calls = 0;
  const own = layer({
    name: 'designed',
    input: [4],
    output: [4],
    init: (key) => Key.uniform(key, [4, 5], 1, 2),
    forward: (w, x) => {
      calls++;
      return add(matMul(x, slice(w, [0, 0], [4, 4]), false, true), slice(w, [0, 4], [1, 1]));
    },
    design: (x) => matrixDesign(concat([mul(x, by()), ones([x.shape[0], 1])], 1), 4),
  });
  return { net: chain(own, linear(4, 3)), calls: () => calls };
};

const bytes = (of: { readonly direction: Tree.Tree; readonly loss: Tensor }): readonly number[] =>
  [...Tree.leaves(of.direction), of.loss].flatMap((x) => Array.from(toHost(x)));

/** Directions on so many batches of one shape. */
const directions = (net: AnyLayer, loss: Loss, examples: readonly Example[], method = backprop()) => {
  const parameters = net.init(Key.key(7));
  const find = direction(net, loss, method);
  const found = examples.map((example) => {
    const one = right(find(parameters, example));
    const numbers = bytes(one);
    dispose(one.direction, one.loss);
    return numbers;
  });
  dispose(parameters);
  return found;
};

describe('a plan', () => {
  beforeAll(() => started('wasm'));

  it('replaces the interpreter from the fourth batch of a shape on', async () => {
    const { net, calls } = counted(() => 0);
    const parameters = net.init(Key.key(7));
    const find = direction(net, softmaxCrossEntropy, backprop());
    const kernels: number[] = [];
    for (let i = 0; i < 6; i++) {
      const example = batch(i);
      const seen = await profile(() => {
        const { direction: found, loss } = right(find(parameters, example));
        dispose(found, loss, example.input, example.target);
        return [];
      });
      kernels.push(seen.kernels.length);
    }
    dispose(parameters);
    expect(calls()).toBe(3);
    expect(kernels.map((count) => count > 0)).toEqual([true, true, true, false, false, false]);
  });

  it('is one for each shape', () => {
    const { net, calls } = counted(() => 0);
    const sizes = [3, 2, 3, 2, 3, 2, 3, 2, 3, 2];
    const examples = sizes.map((rows, i) => batch(i, rows));
    directions(net, softmaxCrossEntropy, examples);
    expect(calls()).toBe(6);
    for (const { input, target } of examples) dispose(input, target);
  });

  const networks: readonly (readonly [string, AnyLayer, () => Example])[] = [
    ['a ConvNet', convNet(), () => imageExample(4)],
    ['an encoder', rowTransformer(), () => rowImages(3)],
    ['a ResNet', resNet(), () => rowImages(3)],
    ['a GRU', rowGru(), () => rowImages(3)],
  ];
  const methods: readonly (readonly [string, Method])[] = [
    ['backprop', backprop()],
    ['exact', proxprop({ tauTheta: 0.1, solver: exact() })],
    ['cg', proxprop({ tauTheta: 0.1, solver: cg(2) })],
  ];
  const each = networks.flatMap((of) => methods.map((by) => [...of, ...by] as const));
  for (const [name, net, example, by, method] of each)
    it(`gives the bytes of the interpreter, and leaves nothing behind: ${by} on ${name}`, () => {
      const { backend } = engine();
      const parameters = net.init(Key.key(7));
      const { input, target } = example();
      const find = direction(net, softmaxCrossEntropy, method);
      const before = [liveTensors(), backend.numDataIds(), memory().numDataBuffers];
      const energy = energyOf(net, softmaxCrossEntropy, method.energy);
      const step = method.schedule(energy.links);
      const all: (readonly number[])[] = [];
      for (let i = 0; i < 5; i++) {
        const [moved, turned] = [
          Tree.map((x) => mul(x, 1 - i / 8))(parameters),
          { input: mul(input, 1 + i / 8), target },
        ];
        const [planned, alone] = [right(find(moved, turned)), runDirection(energy, step, moved, turned)];
        expect(bytes(planned)).toEqual(bytes(alone));
        expect(planned.solves).toEqual(alone.solves);
        all.push(bytes(planned));
        for (const of of [planned, alone]) dispose(of.direction, of.loss);
        dispose(moved, turned.input);
      }
      expect(new Set(all.map((of) => of.join())).size).toBe(5);
      expect([liveTensors(), backend.numDataIds(), memory().numDataBuffers]).toEqual(before);
      dispose(parameters, input, target);
    });

  it('checks its targets', () => {
    const net = chain(linear(4, 3));
    const parameters = net.init(Key.key(7));
    const find = direction(net, softmaxCrossEntropy, backprop());
    for (let i = 0; i < 5; i++) {
      const example = batch(i);
      const { direction: found, loss } = right(find(parameters, example));
      dispose(found, loss, example.input, example.target);
    }
    const bad = { ...batch(1), target: tensor([0, 3, 1], [3], 'int32') };
    const before = liveTensors();
    expect(messageOf(find(parameters, bad))).toContain('softmaxCrossEntropy.target[1]');
    expect(liveTensors()).toBe(before);
    dispose(parameters, bad.input, bad.target);
  });

  it('shows the loss before it goes on, and ends where that throws', () => {
    const net = chain(linear(4, 3));
    const energy = energyOf(net, softmaxCrossEntropy, backprop().energy);
    const run = repeated(energy, backprop().schedule(energy.links));
    const parameters = net.init(Key.key(7));
    const example = batch(1);
    const before = liveTensors();
    const { backend } = engine();
    const data = backend.numDataIds();
    const losses: number[] = [];
    const refuse = (loss: Tensor): never => {
      losses.push(toNumber(loss));
      return fail('loss', 'here', 'another loss', 'this one');
    };
    for (let i = 0; i < 5; i++) {
      const { direction: found, loss } = run(parameters, example);
      dispose(found, loss);
    }
    expect(() => run(parameters, example, { afterForward: refuse })).toThrow('another loss');
    expect(losses).toHaveLength(1);
    expect([liveTensors(), backend.numDataIds()]).toEqual([before, data]);
    dispose(parameters, example.input, example.target);
  });

  it('knows parameters by their names, not by their order', () => {
    const own = layer({
      name: 'own',
      input: [4],
      output: [4],
      init: (key) => ({
        a: Key.uniform(Key.fold(key, 0), [4], 1, 2),
        b: Key.uniform(Key.fold(key, 1), [4], 1, 2),
      }),
      forward: ({ a, b }, x) => add(mul(square(a), x), b),
    });
    const { a, b } = own.init(Key.key(7));
    const find = direction(own, squaredError, backprop());
    const example = { input: batch(1).input, target: batch(2).input };
    const of = (parameters: { readonly a: Tensor; readonly b: Tensor }): readonly number[] => {
      const found = right(find(parameters, example));
      const numbers = [found.direction.a, found.direction.b].flatMap((x) => Array.from(toHost(x)));
      dispose(found.direction, found.loss);
      return numbers;
    };
    const found = [0, 1, 2, 3, 4].map(() => of({ a, b }));
    const turned = [0, 1, 2, 3, 4].map(() => of({ b, a }));
    for (const numbers of [...found, ...turned]) expect(numbers).toEqual(found[0]);
    dispose(a, b, example.input, example.target);
  });

  it('does not hold data that two arguments shared for one argument', () => {
    const net = chain(linear(4, 4));
    const [a, b] = [batch(1), batch(2)];
    const same = { input: a.input, target: a.input };
    const other = { input: a.input, target: b.input };
    const found = directions(net, squaredError, [same, same, same, same, other, same, other, other, other]);
    expect(found[4]).not.toEqual(found[3]);
    expect(found[5]).toEqual(found[0]);
    expect(found[8]).toEqual(found[4]);
    for (const { input, target } of [a, b]) dispose(input, target);
  });

  it('takes the weights of each batch', () => {
    const net = chain(linear(4, 3));
    const { input, target } = batch(1);
    const weights = [0, 1, 2, 3, 4, 5].map((i) => tensor([i + 1, 1, 2]));
    const examples = weights.map((w) => ({ input, target, weights: w }));
    const [planned, alone] = [
      directions(net, softmaxCrossEntropy, examples),
      examples.flatMap((example) => directions(net, softmaxCrossEntropy, [example])),
    ];
    expect(planned).toEqual(alone);
    expect(new Set(planned.map((of) => of.join())).size).toBe(6);
    dispose(weights, input, target);
  });

  it('is not made of a function that changes by itself', () => {
    const { net, calls } = counted((n) => n);
    const example = batch(1);
    const found = directions(net, softmaxCrossEntropy, [example, example, example, example, example]);
    expect(calls()).toBe(5);
    expect(new Set(found.map((of) => of.join())).size).toBe(5);
    dispose(example.input, example.target);
  });

  it('is compared with what the functions do later', () => {
    let more = 0;
    const { net } = counted(() => more);
    const parameters = net.init(Key.key(7));
    const find = direction(net, softmaxCrossEntropy, backprop());
    const example = batch(1);
    const before = liveTensors();
    const take = (): string | undefined => {
      const found = find(parameters, example);
      if (E.isRight(found)) dispose(found.right.direction, found.right.loss);
      return E.isLeft(found) ? messageOf(found) : undefined;
    };
    expect(Array.from({ length: 3 + 2 * 64 }, take).filter((message) => message !== undefined)).toEqual([]);
    more = 1;
    const told = Array.from({ length: 64 }, take);
    expect(told.slice(0, 63).filter((message) => message !== undefined)).toEqual([]);
    expect(told[63]).toBe(
      'layer error at the network and its loss softmaxCrossEntropy: expected pure functions, which do the same on every batch of a shape, found other ops or constants than 192 batches ago',
    );
    expect(liveTensors()).toBe(before);
    dispose(parameters, example.input, example.target);
  });

  it('is not made of a function that reads its input', () => {
    const { net, calls } = counted((_, x) => (toNumber(sum(square(x))) > 1 ? 5 : 0));
    const [small, large] = [{ ...batch(1), input: tensor([0, 0.1, 0, 0], [1, 4]) }, batch(2, 1)];
    const target = tensor([1], [1], 'int32');
    const examples = [small, small, small, small, large].map(({ input }) => ({ input, target }));
    const found = directions(net, softmaxCrossEntropy, examples);
    expect(calls()).toBe(5);
    expect(found[4]).not.toEqual(found[3]);
    dispose(small.input, small.target, large.input, large.target, target);
  });

  it('is not made of a function that uses a tensor from outside', () => {
    const outside = scalar(2);
    const { net, calls } = counted(() => outside);
    const example = batch(1);
    directions(net, softmaxCrossEntropy, [example, example, example, example, example]);
    expect(calls()).toBe(5);
    dispose(outside, example.input, example.target);
  });

  it('has solves done anew, each with as many iterations as its batch takes', () => {
    const { net, calls } = designed(() => scalar(1));
    const { target } = batch(1);
    const inputs = [1, 1, 1, 1, 1e-3, 30, 1].map((size, i) =>
      tensor([1, 2, 0, 1, 1, 2, size, 1, i, 1, 1, size], [3, 4]),
    );
    const examples = inputs.map((input) => ({ input, target }));
    const method = proxprop({ tauTheta: 10, solver: cg(40, { tolerance: 1e-3 }) });
    const parameters = net.init(Key.key(7));
    const solvesBy = (find: typeof shared, example: Example) => {
      const { direction: found, loss, solves } = right(find(parameters, example));
      dispose(found, loss);
      return solves;
    };
    const shared = direction(net, softmaxCrossEntropy, method);
    const found = examples.map((example) => solvesBy(shared, example));
    expect(calls()).toBe(3);
    expect(found).toEqual(
      examples.map((example) => solvesBy(direction(net, softmaxCrossEntropy, method), example)),
    );
    expect(new Set(found.map((of) => of.map(({ iterations }) => iterations).join())).size).toBeGreaterThan(1);
    dispose(parameters, inputs, target);
  });

  it('leaves nothing behind where a solve fails, and the error is that of the interpreter', () => {
    const { net } = designed(() => scalar(1));
    const method = proxprop({ tauTheta: Infinity, solver: exact({ route: 'primal' }) });
    const find = direction(net, softmaxCrossEntropy, method);
    const parameters = net.init(Key.key(7));
    const good = batch(1, 8);
    const bad = { ...good, input: zerosLike(good.input) };
    for (let i = 0; i < 5; i++) {
      const { direction: found, loss } = right(find(parameters, good));
      dispose(found, loss);
    }
    const before = [liveTensors(), engine().backend.numDataIds(), memory().numDataBuffers];
    const alone = messageOf(direction(net, softmaxCrossEntropy, method)(parameters, bad));
    expect(messageOf(find(parameters, bad))).toBe(alone);
    expect(alone).toContain('solver error');
    expect([liveTensors(), engine().backend.numDataIds(), memory().numDataBuffers]).toEqual(before);
    dispose(parameters, good.input, good.target, bad.input);
  });

  it('is not made of a design that uses a tensor from outside, or reads one', () => {
    const method = proxprop({ tauTheta: 0.1, solver: exact() });
    const example = batch(1);
    const outside = scalar(2);
    const five = [example, example, example, example, example];
    for (const [by, calls] of [
      [() => scalar(2), 3],
      [() => outside, 5],
      [() => scalar(toNumber(outside)), 5],
    ] as const) {
      const own = designed(by);
      directions(own.net, softmaxCrossEntropy, five, method);
      expect(own.calls()).toBe(calls);
    }
    dispose(outside, example.input, example.target);
  });

  it('is not made of steps that remember, that wait for an energy, nor of layers that draw', () => {
    const cases: readonly (readonly [Method, AnyLayer])[] = [
      [proxprop({ tauTheta: 0.1, solver: exact({ average: 0.9 }) }), chain(linear(4, 3))],
      [trusting(backprop()), chain(linear(4, 3))],
      [backprop(), chain(linear(4, 4), dropout(4, 0.5), linear(4, 3))],
    ];
    for (const [method, net] of cases) {
      const parameters = net.init(Key.key(7));
      const find = direction(net, softmaxCrossEntropy, method);
      const example = batch(1);
      const found = [1, 2, 3, 4, 5, 6].map((seed) => {
        const one = right(find(parameters, example, Key.key(method.name === 'backprop' ? seed : 1)));
        const numbers = [one.solves.length, one.trust.length, ...bytes(one)];
        dispose(one.direction, one.loss);
        return numbers.join();
      });
      expect(new Set(found).size).toBe(method.name === 'backprop' ? 6 : 1);
      dispose(parameters, example.input, example.target);
    }
  });

  it('is left out inside a recording', () => {
    const net = chain(linear(4, 3));
    const parameters = net.init(Key.key(7));
    const find = direction(net, softmaxCrossEntropy, backprop());
    const example = batch(1);
    const [weight] = Tree.leaves(parameters);
    const slopes = [1, 2, 3, 4, 5].map(() => {
      const plain = right(find(parameters, example));
      dispose(plain.direction, plain.loss);
      const recording = record(() => {
        const { direction: found } = right(find(parameters, example));
        return Tree.leaves(found)
          .map((x) => sum(square(x)))
          .reduce((a, b) => add(a, b));
      });
      const [slope] = recording.pullback(scalar(1), weight === undefined ? [] : [weight]);
      recording.release();
      const numbers = slope === undefined ? [] : Array.from(toHost(slope));
      dispose(recording.value, ...(slope === undefined ? [] : [slope]));
      return numbers;
    });
    expect(slopes[0]?.length).toBe(12);
    expect(new Set(slopes.map((of) => of.join())).size).toBe(1);
    dispose(parameters, example.input, example.target);
  });

  it('belongs to the backend on which it was made', async () => {
    const net = chain(linear(4, 3), relu(3), linear(3, 3));
    const find = direction(net, softmaxCrossEntropy, backprop());
    const losses: number[] = [];
    for (const backend of ['wasm', 'cpu', 'wasm'] as const) {
      await started(backend);
      const parameters = net.init(Key.key(7));
      const example = batch(1);
      for (let i = 0; i < 5; i++) {
        const { direction: found, loss } = right(find(parameters, example));
        losses.push(toNumber(loss));
        dispose(found, loss);
      }
      dispose(parameters, example.input, example.target);
    }
    for (const loss of losses) expect(loss).toBeCloseTo(losses[0] ?? 0, 6);
    await started('wasm');
  });

  it.each([
    ['backprop', backprop()],
    ['exact', proxprop({ tauTheta: 0.1, solver: exact() })],
  ])(
    'leaves nothing behind where the heap is full, and the error is that of the interpreter: %s',
    async (_, method) => {
      const { heap } = right(await start('wasm')());
      const net = chain(linear(4, 8), relu(8), linear(8, 3));
      const parameters = net.init(Key.key(7));
      const find = direction(net, softmaxCrossEntropy, method);
      const example = batch(1);
      for (let i = 0; i < 5; i++) {
        const { direction: found, loss } = right(find(parameters, example));
        dispose(found, loss);
      }
      const before = [liveTensors(), heap?.live()];
      /** Whether a step is done with so many allocations. */
      const within = (most: number): boolean => {
        const found = withRoom(most, () => find(parameters, example));
        if (E.isRight(found)) dispose(found.right.direction, found.right.loss);
        else expect(found.left._tag).toBe('memory');
        return E.isRight(found);
      };
      let most = 0;
      for (; !within(most); most++) expect([most, liveTensors(), heap?.live()]).toEqual([most, ...before]);
      expect(most).toBeGreaterThan(5);
      expect([liveTensors(), heap?.live()]).toEqual(before);
      dispose(parameters, example.input, example.target);
    },
  );
});
