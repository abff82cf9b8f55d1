/** Layers bound at several places, as a user meets them: tied autoencoders, mistakes, places of all kinds. */
import { pipe } from 'fp-ts/function';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  affineWithNonlinearity,
  type AnyLayer,
  attempt,
  backprop,
  batchOf,
  bias,
  bind,
  cg,
  chain,
  direction,
  dispose,
  energyOf,
  everyLayer,
  type Example,
  type Graph,
  graph,
  type GraphParameters,
  identity,
  implicit,
  Key,
  linear,
  linearTransposed,
  liveTensors,
  meet,
  add,
  nesterov,
  opaque,
  output,
  proxprop,
  relu,
  routes,
  share,
  sigmoid,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  tie,
  train,
  conv2d,
  flatten,
  type Wires,
  x,
} from '../../src';
import { runDirection } from '../../src/internal';
import { gradientOfLoss, relativeDistance, values } from '../../laws';
import { boxes, messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

const loose = (size: number): Graph<Wires, GraphParameters> => graph<readonly number[]>([size]);
const layer = (l: AnyLayer): AnyLayer => l;
const begun = bind('a', layer(linear(6, 6)), 'input')(loose(6));

describe('sharing is refused', () => {
  it.each([
    [
      'with a name that no layer was bound at',
      () => share('b', 'x', 'a')(begun),
      "shape error at graph.b: expected the name of a layer that is bound already, found 'x'",
    ],
    [
      'with the name of a join',
      () => share('b', 's', 'a')(meet('s', add<readonly number[]>([6]), 'a', 'a')(begun)),
      "shape error at graph.b: expected the name of a layer that is bound already, found 's'",
    ],
    [
      'behind a wire of another shape',
      () => share('c', 'a', 'b')(bind('b', layer(linear(6, 5)), 'a')(begun)),
      "shape error at graph.c (linear): expected the input [6], found [5] of the wire 'b'",
    ],
    [
      'by a layer whose parameters have other shapes',
      () => tie('b', layer(linear(6, 5)), 'a', 'a')(begun),
      "shape error at graph.b (linear): expected the parameters of 'a': bias [6], weights [6, 6], " +
        'found a layer of bias [5], weights [5, 6]',
    ],
  ])('%s', (_, make, line) => {
    expect(messageOf(attempt<unknown>(make))).toBe(line);
  });

  it('as a frozen step on an activation', () => {
    const net = chain(linear(6, 4), linear(4, 3));
    const energy = energyOf(net, squaredError);
    const run = attempt<unknown>(() =>
      runDirection(energy, implicit(x(1), 1, cg(1), { frozen: true }), net.init(Key.key(1)), example(6, 3)),
    );
    expect(messageOf(run)).toBe(
      'schedule error at frozen step on x[1]: expected a block of parameters, found one of activations',
    );
  });
});

const example = (inputs: number, outputs: number): Example => ({
  input: Key.uniform(Key.key(7), [8, inputs], -1, 1),
  target: Key.uniform(Key.key(8), [8, outputs], -1, 1),
});

const tied = pipe(
  graph([12]),
  bind('code', linear(12, 4), 'input'),
  bind('h', sigmoid(4), 'code'),
  tie('decoded', linearTransposed(4, 12), 'code', 'h'),
  bind('bias', bias([12]), 'decoded'),
  bind('out', identity([12]), 'bias'),
  output('out'),
);

describe('a tied autoencoder', () => {
  it('holds its matrix once, and moves it by one system of both its places', () => {
    const parameters = tied.init(Key.key(1));
    expect(Object.keys(parameters)).toEqual(['code', 'h', 'bias', 'out']);
    const rows = right(routes(tied, squaredError, proxprop())(parameters, example(12, 12)));
    expect(rows.map(({ step }) => step)).toEqual([
      'implicit',
      'no parameters',
      'shared',
      'implicit',
      'no parameters',
    ]);
    expect(rows[0]?.solve).toMatchObject({ route: 'matrixFree', converged: true });
    expect(rows[2]?.owner).toBe(1);
  });

  it('learns by backprop and by ProxProp, and leaves nothing behind', async () => {
    const images = boxes(3, 60, 12, 3);
    const examples = { ...images, targets: images.inputs, targetShape: [12] };
    for (const method of [backprop(), proxprop()]) {
      const before = liveTensors();
      const parameters = tied.init(Key.key(1));
      const losses: number[] = [];
      for await (const event of train(tied, squaredError, {
        parameters,
        method,
        optimizer: nesterov(method.name === 'backprop' ? 0.05 : 0.5, 0.9),
        train: examples,
        test: examples,
        epochs: 6,
        batchSize: 20,
        key: Key.key(2),
      })) {
        if (event.tag === 'epoch') losses.push(event.trainLoss);
        if (event.tag === 'done') dispose(event.parameters);
        expect(event.tag).not.toBe('failed');
      }
      dispose(parameters);
      expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] ?? 0));
      expect(liveTensors()).toBe(before);
    }
  });
});

/** What shares what differs from net to net; the gradient may not. */
const inner = chain(linear(5, 5), tanh(5));
const closed = () => opaque(inner);
const twice = (make: (l: typeof inner) => typeof inner | ReturnType<typeof closed>, last: boolean) => {
  const start = pipe(
    graph([5]),
    bind('a', inner, 'input'),
    bind('h', relu(5), 'a'),
    tie('b', layer(make(inner)), 'a', 'h'),
    share('c', 'a', 'b'),
  );
  return layer(last ? output('c')(start) : pipe(start, bind('out', linear(5, 5), 'c'), output('out')));
};

describe('backprop is ∇J', () => {
  const nets: readonly (readonly [string, AnyLayer])[] = [
    ['where a chain is bound three times', twice((l) => l, false)],
    ['where one of them is a single node, over the places of the others', twice(closed, false)],
    ['where the last link is one of them', twice((l) => l, true)],
    [
      'where convolutions share their filters',
      layer(
        pipe(
          graph([4, 4, 2]),
          bind('a', conv2d([4, 4, 2], 2, 3, { padding: 'same' }), 'input'),
          bind('h', tanh([4, 4, 2]), 'a'),
          share('b', 'a', 'h'),
          bind('flat', flatten([4, 4, 2]), 'b'),
          bind('out', linear(32, 5), 'flat'),
          output('out'),
        ),
      ),
    ],
  ];
  it.each(nets)('%s', (_, net) => {
    const { target } = example(5, 5);
    const input = Key.uniform(Key.key(7), [8, ...net.input], -1, 1);
    const parameters = net.init(Key.key(1));
    const g = values(gradientOfLoss(net, squaredError, parameters, { input, target }));
    for (const grouping of [everyLayer, affineWithNonlinearity, () => false])
      for (const machine of ['plain', 'fast'] as const) {
        const method = backprop();
        const grouped = { ...method, energy: { ...method.energy, grouping } };
        const found = right(direction(net, squaredError, grouped, machine)(parameters, { input, target }));
        expect(relativeDistance(values(found.direction), g)).toBeLessThan(1e-5);
      }
  });

  it.each(nets)('and both interpreters agree on ProxProp %s', (_, net) => {
    const { target } = example(5, 5);
    const input = Key.uniform(Key.key(7), [8, ...net.input], -1, 1);
    const parameters = net.init(Key.key(1));
    const [plain, fast] = (['plain', 'fast'] as const).map((machine) =>
      values(
        right(direction(net, squaredError, proxprop({ tauTheta: 1 }), machine)(parameters, { input, target }))
          .direction,
      ),
    );
    // Two float32 solutions of one system.
    expect(relativeDistance(fast ?? new Float64Array(0), plain ?? new Float64Array(0))).toBeLessThan(1e-3);
  });

  it('shared convolutions stack their designs', () => {
    const [, net] = nets[3] ?? ['', inner];
    const parameters = net.init(Key.key(1));
    const { input, target } = batchOf(
      { ...boxes(3, 6, 32, 5), shape: [4, 4, 2] },
      Int32Array.of(0, 1, 2, 3, 4, 5),
    );
    const rows = right(routes(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }));
    expect(rows.map(({ step }) => step)).toEqual([
      'implicit',
      'no parameters',
      'shared',
      'no parameters',
      'explicit',
    ]);
    expect(['primal', 'dual']).toContain(rows[0]?.solve?.route);
  });
});
