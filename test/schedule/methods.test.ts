/** The methods of auxiliary variables: what bad hyperparameters say, and how groupings become links. */
import { sub, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  admm,
  affineWithNonlinearity,
  backprop,
  blockCoordinateDescent,
  chain,
  direction,
  energyOf,
  exact,
  explicit,
  forward,
  implicit,
  jointly,
  Key,
  linear,
  liveTensors,
  mac,
  type Method,
  multiplier,
  plannedRoutes,
  predictiveCoding,
  relu,
  routes,
  scope,
  softmaxCrossEntropy,
  strengthen,
  tanh,
  theta,
  together,
  toNumber,
  Tree,
  x,
} from '../../src';
import { blockSteps, problem, showBlock } from '../../src/internal';
import { messageOf, right, started } from '../support';

const net = chain(linear(5, 4), relu(4), linear(4, 3));

beforeAll(() => started('wasm'));

const batch = () => ({
  input: Key.uniform(Key.key(1), [6, 5], -1, 1),
  target: tensor1d([0, 1, 2, 0, 1, 2], 'int32'),
});

/** The line that a method gives, at the latest when it is run. */
const lineOf = (method: Method): string => {
  const before = liveTensors();
  const line = scope(() =>
    messageOf(direction(net, softmaxCrossEntropy, method)(net.init(Key.key(2)), batch())),
  );
  expect(liveTensors()).toBe(before);
  return line;
};

describe('a problem from a program without types', () => {
  // The compiler refuses them.
  const notCalled = backprop as unknown as Method;
  const noNet = linear as unknown as typeof net;

  it('says which argument is none, with a key and without', () => {
    const parameters = net.init(Key.key(2));
    const expected =
      'options error at method: expected a method, such as proxprop(), found a function (is it called?)';
    for (const key of [undefined, Key.key(3)]) {
      expect(messageOf(direction(net, softmaxCrossEntropy, notCalled)(parameters, batch(), key))).toBe(
        expected,
      );
      expect(
        messageOf(direction(noNet, softmaxCrossEntropy, backprop())(parameters, batch(), key)),
      ).toContain('options error at net: expected a network, such as chain(linear(4, 3)), found a function');
    }
    expect(messageOf(problem(net, softmaxCrossEntropy, notCalled))).toBe(expected);
    for (const shown of [routes, plannedRoutes])
      expect(messageOf(shown(net, softmaxCrossEntropy, notCalled)(parameters, batch()))).toBe(expected);
  });
});

describe('bad hyperparameters', () => {
  const cases: readonly (readonly [string, Method, string])[] = [
    [
      'mac: μ of 0',
      mac({ coupling: 0 }),
      'options error at mac.coupling: expected a positive finite number, found 0',
    ],
    [
      'mac: negative μ',
      mac({ coupling: -1 }),
      'options error at mac.coupling: expected a positive finite number, found -1',
    ],
    [
      'mac: growth below 1',
      mac({ growth: 0.5 }),
      'options error at mac.growth: expected a finite number of at least 1, found 0.5',
    ],
    [
      'mac: no rounds',
      mac({ rounds: 0 }),
      'options error at mac.rounds: expected a whole number of at least 1, found 0',
    ],
    [
      'mac: τ_θ of 0',
      mac({ tauTheta: 0 }),
      'options error at mac.tauTheta: expected a positive number, found 0',
    ],
    [
      'admm: β of 0',
      admm({ coupling: 0 }),
      'options error at admm.coupling: expected a positive finite number, found 0',
    ],
    [
      'admm: negative γ',
      admm({ activationCoupling: -2 }),
      'options error at admm.activationCoupling: expected a positive finite number, found -2',
    ],
    [
      'admm: half a warm sweep',
      admm({ warmStart: 0.5 }),
      'options error at admm.warmStart: expected a whole number of at least 0, found 0.5',
    ],
    [
      'admm: no sweeps',
      admm({ sweeps: 0 }),
      'options error at admm.sweeps: expected a whole number of at least 1, found 0',
    ],
    [
      'admm: NaN',
      admm({ tauTheta: Number.NaN }),
      'options error at admm.tauTheta: expected a positive number, found NaN',
    ],
    [
      'block coordinate descent: ρ of 0',
      blockCoordinateDescent({ coupling: 0 }),
      'options error at blockCoordinateDescent.coupling: expected a positive finite number, found 0',
    ],
    [
      'block coordinate descent: negative τ_x',
      blockCoordinateDescent({ tauX: -1 }),
      'options error at blockCoordinateDescent.tauX: expected a positive number, found -1',
    ],
    [
      'predictive coding: no inference',
      predictiveCoding({ steps: 0 }),
      'options error at predictiveCoding.steps: expected a whole number of at least 1, found 0',
    ],
    [
      'predictive coding: infinite ρ',
      predictiveCoding({ coupling: Infinity }),
      'options error at predictiveCoding.coupling: expected a positive finite number, found Infinity',
    ],
    [
      'predictive coding: step of 0',
      predictiveCoding({ stepSize: 0 }),
      'options error at predictiveCoding.stepSize: expected a positive finite number, found 0',
    ],
    [
      'predictive coding: tolerance of 0',
      predictiveCoding({ tolerance: 0 }),
      'options error at predictiveCoding.tolerance: expected a positive finite number, found 0',
    ],
    [
      'predictive coding: a tolerance for fixed predictions',
      predictiveCoding({ fixedPrediction: true, tolerance: 0.1 }),
      'options error at predictiveCoding.tolerance: expected none with fixed predictions, which do not descend E, found 0.1',
    ],
    [
      'a grouping that leaves a variable untouched',
      {
        ...mac(),
        energy: { ...mac().energy, output: true },
        schedule: (links) => mac().schedule(links.slice(0, -1)),
      },
      'schedule error at mac: expected a step on every activation of its grouping into links, found none on x[2], behind link 2 (linear)',
    ],
    [
      'a multiplier where there is none',
      { ...backprop(), schedule: () => multiplier(1), start: (links) => backprop().schedule(links) },
      'schedule error at link 1 (linear): expected a link with a multiplier, found one without',
    ],
    [
      'couplings that shrink',
      { ...backprop(), schedule: () => strengthen(0.9), start: (links) => backprop().schedule(links) },
      'options error at growth of couplings: expected a finite number of at least 1, found 0.9',
    ],
  ];
  for (const [name, method, line] of cases)
    it(name, () => {
      expect(lineOf(method)).toBe(line);
    });
  it('blocks of two kinds together', () => {
    expect(lineOf({ ...mac(), schedule: () => implicit(together(x(1), theta(1)), 1, exact()) })).toBe(
      'schedule error at together: expected variables of one kind, found x[1], θ_1',
    );
    expect(lineOf({ ...mac(), schedule: () => explicit(together(), 1) })).toBe(
      'schedule error at together: expected variables of one kind, found none',
    );
  });
});

describe('groupings', () => {
  const deep = chain(linear(5, 4), tanh(4), linear(4, 4), tanh(4), linear(4, 3));
  const names = (method: Method): readonly string[] =>
    energyOf(deep, softmaxCrossEntropy, method.energy).links.map(({ name }) => name);
  it('every layer its own link, with a variable on the output', () => {
    expect(names(blockCoordinateDescent())).toEqual(['linear', 'tanh', 'linear', 'tanh', 'linear', 'output']);
  });
  it('affine and nonlinearity', () => {
    expect(names(mac())).toEqual(['linear → tanh', 'linear → tanh', 'linear']);
  });
  it("by a user's predicate", () => {
    const method = predictiveCoding({ grouping: (_, index) => index === 2 });
    expect(names(method)).toEqual(['linear → tanh', 'linear → tanh → linear']);
  });
  it('multipliers on chosen links', () => {
    const terms = (method: Method) => energyOf(deep, softmaxCrossEntropy, method.energy).multipliers;
    expect(terms(admm())).toEqual([undefined, undefined, undefined, undefined, 'variable']);
    expect(
      terms({ ...mac(), energy: { multiplier: ({ affine }) => (affine ? 'constraint' : undefined) } }),
    ).toEqual(['constraint', undefined, 'constraint', undefined]);
  });
});

describe('orders of blocks', () => {
  const blocks = (method: Method): string =>
    blockSteps(right(problem(net, softmaxCrossEntropy, method)).sweep)
      .map(({ block, tag }) => `${tag[0] ?? ''}(${showBlock(block)})`)
      .join(' ');
  it('are those of the papers', () => {
    expect(blocks(blockCoordinateDescent())).toBe('i(θ_4) i(x[3]) i(θ_3) i(x[2]) i(θ_2) i(x[1]) i(θ_1)');
    expect(blocks(admm())).toBe('i(θ_1) i(θ_2) i(x[2]) i(x[1]) i(θ_3) i(x[3])');
    expect(blocks(mac())).toBe('i(x[1]) i(θ_1) i(θ_2)');
    expect(blocks(predictiveCoding())).toBe('e(x[1]) e(θ_1) e(θ_2)');
  });
});

describe('steps', () => {
  it('on several variables at once do what steps on each do jointly, where they are explicit', () => {
    scope(() => {
      const parameters = net.init(Key.key(3));
      const run = (method: Method) => right(direction(net, softmaxCrossEntropy, method)(parameters, batch()));
      const with_ = (step: Method['schedule']): Method => ({
        name: 'test',
        energy: { grouping: affineWithNonlinearity },
        schedule: (links) => ({ tag: 'andThen', steps: [explicit(x(1), 0.1), step(links)] }),
      });
      const one = run(with_(() => explicit(together(theta(1), theta(2)), 0.3)));
      const each = run(with_(() => jointly(explicit(theta(1), 0.3), explicit(theta(2), 0.3))));
      expect(one.direction[0].weights.dataSync()).toEqual(each.direction[0].weights.dataSync());
      expect(one.direction[2].bias.dataSync()).toEqual(each.direction[2].bias.dataSync());
    });
  });
  it('are implicit under any loss: generalised Gauss-Newton', () => {
    scope(() => {
      const parameters = net.init(Key.key(4));
      const example = batch();
      const method: Method = {
        name: 'implicit last',
        energy: { grouping: () => false },
        schedule: () => ({ tag: 'andThen', steps: [forward, implicit(theta(1), 10, exact())] }),
      };
      const {
        direction: d,
        loss,
        solves,
      } = right(direction(net, softmaxCrossEntropy, method)(parameters, example));
      expect(solves[0]?.route).toBe('gaussNewton');
      const moved = Tree.zip((a, b) => sub(a, b))(parameters, d);
      const after = softmaxCrossEntropy.value(net.forward(moved, example.input), example.target);
      expect(toNumber(after)).toBeLessThan(toNumber(loss) / 2);
    });
  });
});

it('a direction asks its method for steps once, for all batches without a key', () => {
  scope(() => {
    let asked = 0;
    const plain = backprop();
    const counted: Method = {
      ...plain,
      schedule: (links) => {
        asked++;
        return plain.schedule(links);
      },
    };
    const of = direction(net, softmaxCrossEntropy, counted);
    const parameters = net.init(Key.key(1));
    const losses = [2, 3, 2].map((seed) => {
      const example = {
        input: Key.normal(Key.key(seed), [6, 5]),
        target: tensor1d([0, 1, 2, 0, 1, 2], 'int32'),
      };
      return toNumber(right(of(parameters, example)).loss);
    });
    expect(asked).toBe(1);
    expect(losses[0]).toBe(losses[2]);
    expect(losses[0]).not.toBe(losses[1]);
  });
});
