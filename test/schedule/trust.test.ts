/** Steps under trust: what they report and remember, what they cost, and the implicit step on the last link. */
import { add, div, matMul, sub, sum, tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  chain,
  decodeCheckpoint,
  direction,
  dispose,
  encodeCheckpoint,
  energyOf,
  exact,
  initialState,
  Key,
  linear,
  liveTensors,
  Optimizer,
  proxprop,
  proxpropSafe,
  scope,
  sgd,
  softmaxCrossEntropy,
  Solver,
  squaredError,
  takeStep,
  tanh,
  toHost,
  toNumber,
  Tree,
  trusted,
  trusting,
} from '../../src';

import { runDirection } from '../../src/internal';
import { messageOf, right, started } from '../support';

const [N, INPUTS, HIDDEN, CLASSES] = [20, 6, 5, 3];
const net = chain(linear(INPUTS, HIDDEN), tanh(HIDDEN), linear(HIDDEN, CLASSES));

const classes = (seed: number) => ({
  input: Key.uniform(Key.fold(Key.key(seed), 1), [N, INPUTS], -1, 1),
  target: tensor(
    Int32Array.from(Key.bits(Key.fold(Key.key(seed), 2), N), (word) => word % CLASSES),
    [N],
    'int32',
  ),
});

const values = (seed: number) => ({
  input: Key.uniform(Key.fold(Key.key(seed), 1), [N, INPUTS], -1, 1),
  target: Key.uniform(Key.fold(Key.key(seed), 2), [N, CLASSES], -1, 1),
});

const run = (method = proxpropSafe(), seed = 3) => {
  const energy = energyOf(net, softmaxCrossEntropy, method.energy);
  const parameters = net.init(Key.key(seed));
  return runDirection(energy, method.schedule(energy.links), parameters, classes(seed));
};

let tensors = 0;
beforeAll(async () => {
  await started('wasm');
  tensors = liveTensors();
});
afterAll(() => {
  expect(liveTensors()).toBe(tensors);
});

describe('a step under trust', () => {
  it('goes on within a batch from where it ended, and tells so', () => {
    scope(() => {
      const { trust, memory } = run(proxpropSafe({ search: false, turns: 6 }));
      expect(trust).toHaveLength(6);
      trust.slice(1).forEach(({ before }, i) => {
        expect(before).toBe(trust[i]?.after);
      });
      for (const { before, after, predicted, scale, accepted, passes } of trust) {
        expect(accepted).toBe(true);
        expect(after).toBeLessThan(before);
        expect(before - after).toBeGreaterThanOrEqual(1e-4 * predicted);
        expect(scale).toBeGreaterThan(0);
        expect(passes).toBeGreaterThanOrEqual(1);
      }
      expect(Object.keys(memory)).toEqual(['trust']);
    });
  });

  it('becomes one run from guesses that are decades apart', () => {
    scope(() => {
      const guesses = [1e-3, 1, 1e3].flatMap((tau) => [1e-3, 1, 1e3].map((tauTheta) => ({ tau, tauTheta })));
      const ends = guesses.map((guess) => run(proxpropSafe(guess)).trust[0]);
      const [first] = ends;
      for (const end of ends) expect(end?.scale).toBe(first?.scale);
      for (const end of ends) expect(end?.after).toBeCloseTo(first?.after ?? Number.NaN, 5);
    });
  });

  it('remembers its factor from batch to batch, and in checkpoints', async () => {
    const optimizer = sgd(1);
    const step = takeStep(net, softmaxCrossEntropy, proxpropSafe({ tau: 1e-3, search: false }), optimizer);
    const parameters = net.init(Key.key(1));
    const example = classes(1);
    const start = right(initialState(optimizer, parameters));
    const one = right(await step(start, example, Key.key(0))());
    const kept = one.state.memory?.['trust'];
    // The first step is far too short: the next is four times as long.
    expect(kept !== undefined && 'scale' in kept ? toNumber(kept.scale) : undefined).toBeCloseTo(4e-3, 8);
    const bytes = right(
      await encodeCheckpoint({
        parameters: one.state.parameters,
        optimizerState: one.state.optimizerState,
        epoch: 1,
        ...(one.state.memory === undefined ? {} : { memory: one.state.memory }),
      })(),
    );
    const loaded = right(decodeCheckpoint('a', bytes, { parameters, optimizer }));
    const next = right(
      await step(
        { parameters: loaded.parameters, optimizerState: loaded.state, memory: loaded.memory },
        example,
        Key.key(0),
      )(),
    );
    const straight = right(await step(one.state, example, Key.key(0))());
    expect(Tree.leaves(next.state.parameters).map((t) => [...toHost(t)])).toEqual(
      Tree.leaves(straight.state.parameters).map((t) => [...toHost(t)]),
    );
    for (const taken of [one, next, straight])
      dispose(
        taken.state.parameters,
        taken.state.memory ?? {},
        taken.direction,
        ...Optimizer.momentsOf(taken.state.optimizerState),
      );
    dispose(parameters, example.input, example.target, start.parameters, loaded.parameters, loaded.memory);
    dispose(...Optimizer.momentsOf(start.optimizerState), ...Optimizer.momentsOf(loaded.state));
  });

  it('takes no step that it cannot see, and says so', () => {
    scope(() => {
      const parameters = net.init(Key.key(1));
      const { input } = values(1);
      // Its own outputs as targets: J = 0.
      const example = { input, target: net.forward(parameters, input) };
      const method = trusting(backprop());
      const energy = energyOf(net, squaredError, method.energy);
      const { direction: still, trust } = runDirection(
        energy,
        method.schedule(energy.links),
        parameters,
        example,
      );
      for (const leaf of Tree.leaves(still)) expect(Math.max(...toHost(leaf).map(Math.abs))).toBe(0);
      expect(trust).toMatchObject([{ accepted: false, scale: 0, before: 0, after: 0 }]);
    });
  });

  it('names what is wrong with its options', () => {
    scope(() => {
      const of = (method = proxpropSafe()): string =>
        messageOf(direction(net, softmaxCrossEntropy, method)(net.init(Key.key(1)), classes(1)));
      expect(of(proxpropSafe({ tau: 0 }))).toBe(
        'options error at proxpropSafe.tau: expected a positive finite number, found 0',
      );
      expect(of(proxpropSafe({ tauTheta: -1 }))).toMatch(/^options error at proxpropSafe\.tauTheta: /);
      expect(of(proxpropSafe({ turns: 0 }))).toMatch(/^options error at trusted\.turns: /);
      expect(of(proxpropSafe({ last: { tauTheta: 0 } }))).toMatch(
        /^options error at proxprop\.last\.tauTheta: /,
      );
      expect(of(trusting(backprop(), { first: Infinity }))).toMatch(/^options error at trusted\.first: /);
      expect(of({ ...backprop(), schedule: () => trusted(() => ({ tag: 'forward' })) })).toMatch(
        /^schedule error at backprop: /,
      );
    });
  });

  /** Multiply-adds of the parts of a step on 3072-100-50-100-10 with batches of 500, by the cost model. */
  it('costs at most 1.3 times ProxProp, a batch of new examples or the same one', () => {
    const [rows, widths] = [500, [3072, 100, 50, 100, 10]];
    const links = widths.slice(1).map((units, i) => ({ rows, columns: (widths[i] ?? 0) + 1, units }));
    const total = (of: (size: (typeof links)[number], i: number) => number): number =>
      links.reduce((t, size, i) => t + of(size, i), 0);
    const product = ({ rows: r, columns, units }: (typeof links)[number]): number => r * columns * units;
    const forward = total(product);
    // By the input; by the parameters, or V, which takes its place; and the solve.
    const back = total((size, i) => (i === 0 ? 1 : 2) * product(size));
    const solve = total((size, i) =>
      i === links.length - 1 ? 10 * product(size) : Solver.cost(Solver.chooseRoute(exact(), size), size),
    );
    // Of the links that read more than the input.
    const gradients = total((size, i) => (i === 0 ? 0 : product(size)));
    const base = forward + back + solve;
    scope(() => {
      const { trust } = run(proxpropSafe({ turns: 200 }), 5);
      const [first, ...others] = trust;
      const passes = others.reduce((n, t) => n + t.passes, 0) / others.length;
      const proposals = others.reduce((n, t) => n + t.proposals, 0) / others.length;
      const trial = passes * forward + gradients;
      const fresh = (proposals * (back + solve) + forward + trial) / base;
      // The accepted trial is the next forward pass; what the solve makes of the input is kept.
      const same = (proposals * (back + solve) + trial) / base;
      const searching =
        ((first?.proposals ?? 0) * (back + solve + forward) + (first?.passes ?? 0) * forward) / base;
      console.log(
        `a step under trust: ${passes.toFixed(2)} trials; ${fresh.toFixed(2)} × on new batches, ` +
          `${same.toFixed(2)} × on the same; the search once: ${searching.toFixed(1)} steps`,
      );
      expect(proposals).toBe(1);
      expect(fresh).toBeLessThanOrEqual(1.3);
      expect(same).toBeLessThanOrEqual(1.3);
    });
  });
});

describe('an implicit step on the last link', () => {
  it('is a ridge system for the squared error: its residual, by matrices', () => {
    scope(() => {
      const parameters = net.init(Key.key(2));
      const { input, target } = values(2);
      const method = proxprop({ tau: 0.5, last: { tauTheta: 4, solver: exact() } });
      const d = right(direction(net, squaredError, method)(parameters, { input, target }));
      const hidden = chain(linear(INPUTS, HIDDEN), tanh(HIDDEN)).forward(
        [parameters[0], parameters[1]],
        input,
      );
      const [, , { weights: dw, bias: db }] = d.direction;
      const residual = sub(net.forward(parameters, input), target);
      // (AᵀA/N + I/(τ·τ_θ))·Δ = Aᵀ·r/N, for weights and bias.
      const moved = add(matMul(hidden, dw, false, true), db);
      const left = [
        add(div(matMul(moved, hidden, true), N), div(dw, 2)),
        add(div(sum(moved, 0), N), div(db, 2)),
      ];
      const wanted = [div(matMul(residual, hidden, true), N), div(sum(residual, 0), N)];
      left.forEach((l, i) => {
        const r = wanted[i] ?? l;
        // float32 products of numbers of size 1.
        expect(Math.max(...toHost(sub(l, r)).map(Math.abs))).toBeLessThan(1e-6);
      });
      expect(d.solves.every(({ converged }) => converged)).toBe(true);
    });
  });

  it('is Newton’s method for cross-entropy, whose convergence is measured', () => {
    scope(() => {
      const parameters = net.init(Key.key(2));
      const example = classes(2);
      const of = (tauTheta: number, solver?: Solver.Solver) => {
        const method = proxprop({ last: { tauTheta, ...(solver === undefined ? {} : { solver }) } });
        return right(direction(net, softmaxCrossEntropy, method)(parameters, example));
      };
      const solved = of(1, exact()).solves.find(({ block }) => block === 'θ_3');
      console.log(
        `Newton on the last link: ‖∇φ‖ falls to ${Number(solved?.residual).toExponential(1)} of its start`,
      );
      expect(solved).toMatchObject({ route: 'gaussNewton', converged: true });
      // One Newton step of 5 CG iterations is short of that, and says so.
      const short = of(100).solves.find(({ block }) => block === 'θ_3');
      expect(short?.converged).toBe(false);
      expect(Number(short?.residual)).toBeLessThan(1);
      // The optimality of the step itself: ∇J(θ⁺) + (θ⁺ − θ)/(τ·τ_θ) = 0, by autodiff on the network.
      const d = of(1, exact()).direction;
      const [one, two, last] = parameters;
      const after: typeof parameters = [
        one,
        two,
        { weights: sub(last.weights, d[2].weights), bias: sub(last.bias, d[2].bias) },
      ];
      const g = right(direction(net, softmaxCrossEntropy, backprop())(after, example)).direction;
      const left = [sub(g[2].weights, d[2].weights), sub(g[2].bias, d[2].bias)];
      for (const l of left) expect(Math.max(...toHost(l).map(Math.abs))).toBeLessThan(1e-5);
    });
  });
});
