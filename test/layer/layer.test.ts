import { mul, reshape, sum, tensor2d } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  chain,
  chainOfLayers,
  flatten,
  followedBy,
  glorot,
  he,
  identity,
  Key,
  layer,
  linear,
  relu,
  scope,
  sigmoid,
  tanh,
  toHost,
  uniformFanIn,
} from '../../src';
import { activationsOf } from '../../src/internal';
import { messageOf, started } from '../support';

describe('layers', () => {
  beforeAll(() => started('wasm'));

  it('linear is x·Wᵀ + b', () => {
    scope(() => {
      const parameters = {
        weights: tensor2d([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        bias: reshape(tensor2d([[1, 0, -1]]), [3]),
      };
      expect([
        ...toHost(
          linear(2, 3).forward(
            parameters,
            tensor2d([
              [1, 1],
              [0, 2],
            ]),
          ),
        ),
      ]).toEqual([4, 7, 10, 5, 8, 11]);
    });
  });

  it('elementwise layers are their functions', () => {
    scope(() => {
      const x = tensor2d([[-1, 0, 2]]);
      const by = (l: {
        forward: (p: Readonly<Record<string, never>>, y: typeof x) => Parameters<typeof toHost>[0];
      }) => [...toHost(l.forward({}, x))];
      expect(by(relu(3))).toEqual([0, 0, 2]);
      expect(by(identity(3))).toEqual([-1, 0, 2]);
      by(tanh(3)).forEach((y, i) => {
        expect(y).toBeCloseTo(Math.tanh([-1, 0, 2][i] ?? 0), 6);
      });
      by(sigmoid(3)).forEach((y, i) => {
        expect(y).toBeCloseTo(1 / (1 + Math.exp(-([-1, 0, 2][i] ?? 0))), 6);
      });
    });
  });

  it('chains apply in order, also piped, and give every activation', () => {
    scope(() => {
      const net = chain(flatten([2, 2]), linear(4, 3), relu(3), linear(3, 2));
      const piped = pipe(
        flatten([2, 2]),
        followedBy(linear(4, 3)),
        followedBy(relu),
        followedBy(linear(3, 2)),
      );
      const parameters = net.init(Key.key(1));
      const x = Key.uniform(Key.key(2), [5, 2, 2]);
      const all = activationsOf(net.layers, parameters, x);
      expect(all.map(({ shape }) => shape)).toEqual([
        [5, 2, 2],
        [5, 4],
        [5, 3],
        [5, 3],
        [5, 2],
      ]);
      const y = toHost(net.forward(parameters, x));
      expect(toHost(piped.forward(parameters, x))).toEqual(y);
      const last = all.at(-1);
      expect(last === undefined ? undefined : toHost(last)).toEqual(y);
      expect(net.name).toBe('flatten → linear → relu → linear');
    });
  });

  it('initialisers have their bounds and variances', () => {
    scope(() => {
      const variance = (values: Float64Array): number =>
        values.reduce((s, v) => s + v * v, 0) / values.length;
      const [fanIn, fanOut] = [200, 100];
      const draw = (i: typeof he) => linear(fanIn, fanOut, i).init(Key.key(1));
      const uniform = draw(uniformFanIn);
      expect(Math.max(...toHost(uniform.weights).map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(fanIn));
      expect(Math.max(...toHost(uniform.bias).map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(fanIn));
      // 20,000 draws: variances within five standard errors, at most 5 %.
      const cases = [
        [uniformFanIn, 1 / (3 * fanIn)],
        [glorot, 2 / (fanIn + fanOut)],
        [he, 2 / fanIn],
      ] as const;
      for (const [initialiser, expected] of cases) {
        const found = variance(toHost(draw(initialiser).weights));
        expect(Math.abs(found / expected - 1)).toBeLessThan(0.05);
      }
      expect(toHost(draw(he).bias).every((b) => b === 0)).toBe(true);
      expect(toHost(draw(glorot).weights)).not.toEqual(
        toHost(linear(fanIn, fanOut, glorot).init(Key.key(2)).weights),
      );
    });
  });

  describe('what does not fit at run time is one line', () => {
    const width: number = JSON.parse('128') as number;
    const wrong = layer({
      name: 'mine',
      input: [3],
      output: [3],
      init: () => ({}),
      forward: (_, x) => sum(x, 1, true),
    });
    const cases: readonly (readonly [string, () => unknown, string])[] = [
      [
        'a chain',
        () => chain(linear(784, 256), linear(width, 10)),
        'shape error at chain.1 (linear): expected the input [128] of this layer, found the output [256] of linear',
      ],
      [
        'a list of layers',
        () => chainOfLayers([tanh(3), chainOfLayers([identity(3), relu([3, 1])])]),
        'shape error at chain.1 (relu): expected the input [3, 1] of this layer, found the output [3] of identity',
      ],
      [
        'an input',
        () => relu(3).forward({}, tensor2d([[1, 2]])),
        'shape error at relu.input: expected a batch [N, 3], found a tensor [1, 2]',
      ],
      [
        'a declared output',
        () => wrong.forward({}, tensor2d([[1, 2, 3]])),
        'shape error at mine.output: expected [1, 3] as declared for a batch of 1 (one output for each input, whatever its values), found [1, 1]',
      ],
      [
        'a width of 0',
        () => linear(0, 3),
        'shape error at linear: expected dimensions that are whole numbers of at least 1, found [0, 3]',
      ],
      [
        'half a unit',
        () => relu([2.5]),
        'shape error at relu.input: expected dimensions that are whole numbers of at least 1, found [2.5]',
      ],
      [
        'missing parameters',
        () => activationsOf([linear(2, 2)], [], mul(tensor2d([[1, 2]]), 1)),
        'shape error at layers.0 (linear): expected parameters, found none',
      ],
    ];
    for (const [name, run, line] of cases)
      it(name, () => {
        expect(scope(() => messageOf(attempt(run)))).toBe(line);
      });
  });
});
