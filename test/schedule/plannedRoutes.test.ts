/** What is planned is what runs, at a price that is known before. */
import { tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyChain,
  cg,
  chain,
  exact,
  Key,
  linear,
  liveTensors,
  opaque,
  plannedRoutes,
  proxprop,
  relu,
  Report,
  residual,
  routes,
  scope,
  type Solver,
  softmaxCrossEntropy,
  tanh,
} from '../../src';
import { messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

const example = (rows: number, columns: number) => ({
  input: Key.normal(Key.key(1), [rows, columns]),
  target: tensor(new Int32Array(rows), [rows], 'int32'),
});

const block = (width: number) => chain(linear(width, width), tanh(width), linear(width, width));
const opaqueNet: AnyChain = chain(linear(6, 4), opaque(residual(block(4))), tanh(4), linear(4, 3));
const dense: AnyChain = chain(linear(300, 40), relu(40), linear(40, 3));

const methodOf = (solver: Solver.Solver) => proxprop({ solver, tauTheta: 0.05 });

describe('planned routes', () => {
  it('are those that a step then takes, and leave nothing', () => {
    for (const [net, columns] of [
      [opaqueNet, 6],
      [dense, 300],
    ] as const)
      for (const solver of [exact(), cg(3)])
        scope(() => {
          const parameters = net.init(Key.key(2));
          const batch = example(9, columns);
          const before = liveTensors();
          const planned = right(plannedRoutes(net, softmaxCrossEntropy, methodOf(solver))(parameters, batch));
          expect(liveTensors()).toBe(before);
          const taken = right(routes(net, softmaxCrossEntropy, methodOf(solver))(parameters, batch));
          expect(planned.map(({ step, route }) => [step, route])).toEqual(
            taken.map(({ step, solve }) => [step, solve?.route]),
          );
        });
  });

  it('have a price in backprop steps: that of the cost model', () => {
    const [first] = scope(() =>
      right(
        plannedRoutes(
          dense,
          softmaxCrossEntropy,
          methodOf(exact({ route: 'dual' })),
        )(dense.init(Key.key(2)), example(10, 300)),
      ),
    );
    // R = 10, F = 301, U = 40 by the dual: R²F/2 + R³/6 + R²U; a backprop step is 3·R·(F·40 + 41·3).
    const solve = (100 * 301) / 2 + 1000 / 6 + 100 * 40;
    expect(first?.price).toBeCloseTo(solve / (3 * 10 * (301 * 40 + 41 * 3)), 12);
  });

  it('warn of Gauss-Newton that may cost more than five backprop steps, and of no other', () => {
    const warned = (solver: Solver.Solver) =>
      scope(() =>
        right(
          plannedRoutes(
            opaqueNet,
            softmaxCrossEntropy,
            methodOf(solver),
          )(opaqueNet.init(Key.key(2)), example(9, 6)),
        ),
      ).flatMap(({ warning = [] }) => warning);
    expect(warned(exact())).toEqual([
      expect.stringMatching(/^link 2 \(.*\): Gauss-Newton may cost \d+ backprop steps/),
    ]);
    expect(warned(exact({ budget: 3 }))).toEqual([]);
    expect(warned(cg(3))).toEqual([]);
    expect(warned(cg(100))).toHaveLength(1);
  });

  it('are a table with the warnings below it', () => {
    const text = scope(() =>
      Report.plannedRoutes(
        right(
          plannedRoutes(
            opaqueNet,
            softmaxCrossEntropy,
            methodOf(exact()),
          )(opaqueNet.init(Key.key(2)), example(9, 6)),
        ),
      ),
    );
    expect(text).toMatch(/^\| link \| layer +\| step +\| route +\| backprop steps \|/);
    expect(text).toMatch(/\| +1 \| linear +\| implicit +\| (dual|primal) +\|/);
    expect(text.split('\n').at(-1)).toMatch(/^link 2 /);
  });

  it('refuse what the step would refuse', () => {
    scope(() => {
      const found = plannedRoutes(
        dense,
        softmaxCrossEntropy,
        methodOf(exact()),
      )(dense.init(Key.key(2)), example(9, 299));
      expect(messageOf(found)).toMatch(/^shape error at /);
    });
  });
});

describe('the budget of Gauss-Newton', () => {
  const solved = (solver: Solver.Solver) =>
    scope(() =>
      right(
        routes(
          opaqueNet,
          softmaxCrossEntropy,
          proxprop({ solver, tauTheta: 100 }),
        )(opaqueNet.init(Key.key(2)), example(9, 6)),
      ).flatMap(({ solve }) => (solve?.route === 'gaussNewton' ? [solve] : [])),
    )[0];

  it('ends it, and the report says so', () => {
    for (const budget of [1, 2, 5]) {
      const solve = solved(exact({ budget }));
      expect(solve).toMatchObject({ iterations: budget, converged: false, ended: 'budget' });
      expect(Report.routes([{ link: 2, name: 'block', step: 'implicit', ...(solve && { solve }) }])).toMatch(
        /\| no: budget +\|$/,
      );
    }
  });

  it('is not met by a solve that converges before', () => {
    const solve = solved(exact({ budget: 10_000 }));
    expect(solve?.converged).toBe(true);
    expect(solve?.ended).toBeUndefined();
  });

  it('is a whole number of at least one', () => {
    scope(() => {
      for (const budget of [0, 1.5, Number.NaN]) {
        const found = routes(
          opaqueNet,
          softmaxCrossEntropy,
          methodOf(exact({ budget })),
        )(opaqueNet.init(Key.key(2)), example(9, 6));
        expect(messageOf(found)).toMatch(/options error at .*exact\.budget: expected a whole number/);
      }
    });
  });
});
