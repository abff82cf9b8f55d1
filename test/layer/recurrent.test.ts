/** Recurrent networks against plain loops in float64, and what each method makes of them. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  attempt,
  backprop,
  batchOf,
  blockCoordinateDescent,
  chain,
  direction,
  dispose,
  energyOf,
  type Example,
  gru,
  Key,
  type Layer,
  linear,
  liveTensors,
  lstm,
  mac,
  type Method,
  nesterov,
  predictiveCoding,
  proxprop,
  type RecurrentParameters,
  rnn,
  routes,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  toHost,
  train,
  Tree,
} from '../../src';
import { gradientOfLoss, relativeDistance, values } from '../../laws';
import { boxes, messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

const [TIMES, FEATURES, HIDDEN, BATCH] = [5, 3, 4, 2] as const;

const sigma = (v: number): number => 1 / (1 + Math.exp(-v));
type Row = readonly number[];
const at = (v: ArrayLike<number>, i: number): number => v[i] ?? Number.NaN;

/** W·x + b for W [rows, x.length]. */
const affine = (w: ArrayLike<number>, b: ArrayLike<number>, x: Row): Row =>
  Array.from(b, (start, r) => x.reduce((sum, v, c) => sum + at(w, r * x.length + c) * v, start));

/** From one time to the next: the two maps, and the states (h and, of an LSTM, c). */
type Step = (x: Row, y: Row, states: readonly Row[]) => readonly Row[];

const steps: Readonly<Record<'rnn' | 'gru' | 'lstm', Step>> = {
  rnn: (x, y) => [x.map((v, i) => Math.tanh(v + at(y, i)))],
  gru: (x, y, [h = []]) => [
    h.map((before, i) => {
      const r = sigma(at(x, i) + at(y, i));
      const z = sigma(at(x, HIDDEN + i) + at(y, HIDDEN + i));
      const n = Math.tanh(at(x, 2 * HIDDEN + i) + r * at(y, 2 * HIDDEN + i));
      return (1 - z) * n + z * before;
    }),
  ],
  lstm: (x, y, [, c = []]) => {
    const gate = (g: number, i: number): number => at(x, g * HIDDEN + i) + at(y, g * HIDDEN + i);
    const next = c.map((before, i) => sigma(gate(1, i)) * before + sigma(gate(0, i)) * Math.tanh(gate(2, i)));
    return [next.map((v, i) => sigma(gate(3, i)) * Math.tanh(v)), next];
  },
};

const byLoops = (step: Step, { input, hidden }: RecurrentParameters, x: Tensor): Float64Array => {
  const numbers = toHost(x);
  const [wx, bx, wh, bh] = [input.weights, input.bias, hidden.weights, hidden.bias].map((t) => toHost(t));
  const zero = Array.from({ length: HIDDEN }, () => 0);
  return Float64Array.from(
    Array.from({ length: BATCH }, (_, n) => {
      let states: readonly Row[] = [zero, zero];
      for (let t = 0; t < TIMES; t++) {
        const from = (n * TIMES + t) * FEATURES;
        const row = Array.from(numbers.subarray(from, from + FEATURES));
        states = step(affine(wx ?? [], bx ?? [], row), affine(wh ?? [], bh ?? [], states[0] ?? []), states);
      }
      return states[0] ?? [];
    }).flat(),
  );
};

/** Parameters with biases that are not zero, which would hide where they stand. */
const drawn = (l: Layer<RecurrentParameters, readonly number[], readonly number[]>): RecurrentParameters => {
  const like = l.init(Key.key(1));
  let i = 0;
  return Tree.map((leaf) => Key.uniform(Key.key(10 + i++), leaf.shape, -1, 1))(like);
};

const kinds = {
  rnn: rnn([TIMES, FEATURES], HIDDEN),
  gru: gru([TIMES, FEATURES], HIDDEN),
  lstm: lstm([TIMES, FEATURES], HIDDEN),
} as const;

const examples = { ...boxes(3, 60, TIMES * FEATURES, 3), shape: [TIMES, FEATURES] };
const six = (): Example => batchOf(examples, Int32Array.of(0, 1, 2, 3, 4, 5));

describe.each(['rnn', 'gru', 'lstm'] as const)('%s', (kind) => {
  const layer = kinds[kind];

  it('computes what plain loops do', () => {
    const parameters = drawn(layer);
    const x = Key.uniform(Key.key(2), [BATCH, TIMES, FEATURES], -1, 1);
    // Float32 rounding through five times.
    expect(
      relativeDistance(toHost(layer.forward(parameters, x)), byLoops(steps[kind], parameters, x)),
    ).toBeLessThan(1e-5);
  });

  it('has ProxProp’s exact steps, one for all times, and backprop’s gradient through time', () => {
    const net = chain(layer, linear(HIDDEN, 3));
    const parameters = net.init(Key.key(3));
    const { input, target } = six();
    const rows = right(routes(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }));
    const solved = rows.filter(({ solve }) => solve !== undefined);
    expect(solved.map(({ name }) => name)).toEqual(['input.0', 'hidden.0']);
    expect(solved.every(({ solve }) => solve?.route === 'primal' || solve?.route === 'dual')).toBe(true);
    expect(rows.filter(({ step }) => step === 'shared')).toHaveLength(2 * (TIMES - 1));
    expect(rows.find(({ name }) => name === 'hidden.3')?.owner).toBe(solved[1]?.link);
    const found = right(direction(net, softmaxCrossEntropy, backprop())(parameters, { input, target }));
    const g = gradientOfLoss(net, softmaxCrossEntropy, parameters, { input, target });
    expect(relativeDistance(values(found.direction), values(g))).toBeLessThan(1e-5);
  });

  it('is trained by every method, and leaves nothing behind', async () => {
    const net = chain(layer, linear(HIDDEN, 3));
    const methods: readonly (readonly [Method, number])[] = [
      [backprop(), 0.2],
      [proxprop(), 1],
      [predictiveCoding({ stepSize: 0.2, steps: 10 }), 0.2],
    ];
    for (const [method, rate] of methods) {
      const before = liveTensors();
      const parameters = net.init(Key.key(1));
      const losses: number[] = [];
      for await (const event of train(net, softmaxCrossEntropy, {
        parameters,
        method,
        optimizer: nesterov(rate, 0.9),
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
      expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
      expect(liveTensors()).toBe(before);
    }
  });

  it('takes the steps of MAC and block coordinate descent', () => {
    const net = chain(layer, linear(HIDDEN, 3));
    const parameters = net.init(Key.key(3));
    const { input, target } = six();
    for (const method of [mac(), blockCoordinateDescent()])
      for (const machine of ['plain', 'fast'] as const) {
        const found = right(
          direction(net, softmaxCrossEntropy, method, machine)(parameters, { input, target }),
        );
        expect(values(found.direction).some((v) => v !== 0)).toBe(true);
      }
  });
});

describe('how they begin', () => {
  it('the bias of the forget gate is 1, all others are 0, and each gate is drawn alone', () => {
    const { input, hidden } = kinds.lstm.init(Key.key(1));
    const ofGate = (g: number): readonly number[] => Array.from({ length: HIDDEN }, () => (g === 1 ? 1 : 0));
    expect([...toHost(input.bias)]).toEqual([0, 1, 2, 3].flatMap(ofGate));
    expect([...toHost(hidden.bias)].every((b) => b === 0)).toBe(true);
    const bound = Math.sqrt(6 / (2 * HIDDEN));
    const largest = toHost(hidden.weights).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.8 * bound);
  });

  it('sizes that are none are refused', () => {
    expect(messageOf(attempt(() => gru([0, 3], 4)))).toMatch(/^shape error at gru/);
    expect(messageOf(attempt(() => gru([2, 3], -4)))).toMatch(/^shape error at gru\.hidden/);
  });
});

describe('the links of a recurrent layer', () => {
  const namesOf = (net: AnyLayer): readonly string[] =>
    energyOf(net, squaredError).links.map(({ name }) => name);
  const ofTime = (t: number): readonly string[] => [`input.${t}`, `hidden.${t}`, `h.${t}`];

  it('are its maps and states alone where it reads the input of the network, whose rows never move', () => {
    expect(namesOf(rnn([3, 2], 4))).toEqual([0, 1, 2].flatMap(ofTime));
  });

  it('are the rows too where these come from a layer, and move', () => {
    expect(namesOf(chain(tanh([3, 2]), rnn([3, 2], 4)))).toEqual([
      'tanh',
      'start',
      ...[0, 1, 2].flatMap((t) => [`row.${t}`, ...ofTime(t)]),
    ]);
  });
});
