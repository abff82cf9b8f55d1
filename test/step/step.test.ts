import { beforeAll, describe, expect, it } from 'vitest';
import {
  affineWithNonlinearity,
  andThen,
  attempt,
  backprop,
  cg,
  chain,
  direction,
  energyOf,
  exact,
  explicit,
  forward,
  implicit,
  jointly,
  Key,
  layer,
  linear,
  type LinearParameters,
  liveTensors,
  type Loss,
  nothing,
  type Progress,
  proxprop,
  repeat,
  runStep,
  scheduleMonoid,
  scope,
  Solver,
  squaredError,
  type Step,
  stepMonoid,
  tanh,
  theta,
  toHost,
  toNumber,
  until,
  x,
  type EnergyOptions,
  energyTerms,
  energyValue,
} from '../../src';
import { problem } from '../../src/internal';
import { plus, length, relativeDistance, treeDistance, values } from '../../laws';
import { messageOf, right, started } from '../support';

const net = chain(linear(5, 4), tanh(4), linear(4, 3));

describe('steps', () => {
  beforeAll(() => started('wasm'));
  const example = () => ({
    input: Key.uniform(Key.key(2), [6, 5], -1, 1),
    target: Key.uniform(Key.key(3), [6, 3], -1, 1),
  });
  /** E before and after a step, with the reports of its solves. */
  const energies = (step: Step, options: EnergyOptions = {}, loss: Loss = squaredError) =>
    scope(() => {
      const energy = energyOf(net, loss, options);
      const e = example();
      return runStep(energy, step, net.init(Key.key(1)), e, 'fast', ({ state, solves }, start) => ({
        before: toNumber(energyValue(energy, start, e.target)),
        after: toNumber(energyValue(energy, state, e.target)),
        solves,
      }));
    });

  it('a small explicit step lowers E', () => {
    // At the forward point only the blocks beside the loss feel a force.
    for (const block of [theta(3), x(2)]) {
      const { before, after } = energies(explicit(block, 1e-2));
      expect(after).toBeLessThan(before);
    }
  });

  it('an implicit step minimises its block: E falls, and the solve converges', () => {
    // After the targets have moved, θ_1 has a penalty to reduce; θ_3 and x[2] meet the quadratic loss.
    const moved = explicit(x(1), 1);
    for (const [step, link] of [
      [implicit(theta(3), 1, exact()), 'θ_3'],
      [implicit(theta(3), Infinity, exact()), 'θ_3'],
      [implicit(x(2), 1, exact()), 'x[2]'],
      [andThen(explicit(x(2), 1), moved, implicit(theta(1), 10, exact())), 'θ_1'],
    ] as const) {
      const { before, after, solves } = energies(step);
      expect(after).toBeLessThan(before);
      expect(solves.at(-1)?.block).toBe(link);
      expect(solves.at(-1)?.converged).toBe(true);
    }
  });

  it('a block that is not affine takes Gauss-Newton steps: as many as it needs, or one, which says so', () => {
    // Links of two layers: θ of link 1 passes through tanh.
    const run = (solver: Solver.Solver) =>
      energies(andThen(explicit(x(1), 5), implicit(theta(1), 100, solver)), {
        grouping: affineWithNonlinearity,
      });
    const [before, full, short] = [energies(explicit(x(1), 5), { grouping: affineWithNonlinearity }), run(exact({ budget: 1000 })), run(cg(1))]; // prettier-ignore
    expect(full.solves[0]).toMatchObject({ route: 'gaussNewton', converged: true });
    expect(full.solves[0]?.residual).toBeLessThan(Solver.DEFAULT_TOLERANCE);
    expect(short.solves[0]).toMatchObject({ route: 'gaussNewton', converged: false });
    // Whether it has converged is by the tolerance that was asked for.
    const { residual = Number.NaN } = short.solves[0] ?? {};
    for (const by of [0.5, 1.01]) {
      const tolerance = by * Number(residual);
      expect(run(cg(1, { tolerance })).solves[0]).toMatchObject({ residual, converged: by > 1 });
    }
    expect(full.after).toBeLessThan(short.after);
    expect(short.after).toBeLessThan(before.after);
  });

  it('sees that a block is affine where its layer does not say so: one linear system, by one linearisation', () => {
    // Known by its forward function alone.
    const dense = linear(5, 4);
    const undeclared = layer<LinearParameters, readonly [5], readonly [4]>({
      name: 'undeclared',
      input: [5],
      output: [4],
      init: (key) => dense.init(key),
      forward: (p, at) => dense.forward(p, at),
    });
    scope(() => {
      // What the link reads has moved: a frozen step does not see that.
      const moved = andThen(explicit(x(4), 5), explicit(x(3), 5), explicit(x(2), 5));
      const [thawed, frozen] = [false, true].map((isFrozen) => {
        const [told, seen] = [dense, undeclared].map((third) => {
          const own = chain(linear(5, 5), tanh(5), third, tanh(4), linear(4, 3));
          const step = andThen(moved, implicit(theta(3), 10, exact(), { frozen: isFrozen }));
          const energy = energyOf(own, squaredError);
          return runStep(energy, step, own.init(Key.key(1)), example(), 'fast', ({ state, solves }) => ({
            solve: solves[0],
            u: values(state.parameters[2]?.decrement ?? []),
          }));
        });
        expect(seen?.solve).toMatchObject({ route: 'matrixFree', converged: true });
        // As many as there are unknowns, but for what rounding takes of their orthogonality.
        expect(seen?.solve?.iterations).toBeLessThanOrEqual(2 * 24);
        const [a, b] = [seen?.u ?? new Float64Array(0), told?.u ?? new Float64Array(1)];
        expect(relativeDistance(a, b)).toBeLessThan(1e-4);
        return b;
      });
      expect(relativeDistance(thawed ?? new Float64Array(1), frozen ?? new Float64Array(1))).toBeGreaterThan(
        0.01,
      );
    });
  });

  it('an activation below an elementwise layer says how it was minimised, and by what it counts as that', () => {
    const { solves } = energies(andThen(explicit(x(2), 5), implicit(x(1), 10, exact())));
    // The tolerance that `minimiseElementwise` states: 1e-4 of the derivative at the start.
    expect(solves).toMatchObject([
      { route: 'elementwise', precision: 'float32', tolerance: 1e-4, converged: true },
    ]);
    expect(Number(solves[0]?.residual)).toBeLessThan(1e-4);
    expect(solves[0]?.iterations).toBeGreaterThan(0);
  });

  it('an implicit step of a small τ is an explicit one', () => {
    scope(() => {
      const energy = energyOf(net, squaredError);
      const decrement = (step: Step): Float64Array =>
        runStep(energy, step, net.init(Key.key(1)), example(), 'fast', ({ state }) =>
          toHost(state.activations[2]?.decrement ?? Key.uniform(Key.key(1), [1])),
        );
      const [a, b] = [decrement(implicit(x(2), 1e-4, exact())), decrement(explicit(x(2), 1e-4))];
      expect(length(plus(a, b, -1))).toBeLessThan(1e-3 * length(b));
    });
  });

  it('repeat does a step again, until ends with the turn at which it is done, or the last', () => {
    const down = explicit(theta(3), 0.05);
    const after = (step: Step): number => energies(step).after;
    const { before } = energies(nothing);
    const expected = [before, after(down), after(andThen(down, down)), after(andThen(down, down, down))];
    expect([0, 1, 2, 3].map((times) => after(repeat(times, down)))).toEqual(expected);
    for (const [ends, most, turns] of [
      [3, 10, 3],
      [10, 2, 2],
      [1, 0, 0],
    ] as const) {
      const seen: Progress[] = [];
      expect(after(until((p) => (seen.push(p), p.turn === ends), most, down))).toBe(expected[turns]);
      expect(seen.map(({ turn }) => turn)).toEqual([1, 2, 3].slice(0, turns));
      // E of two interpreters of the same state: float32 rounding.
      seen.forEach((p, i) => {
        expect(p.before).toBeCloseTo(expected[i] ?? Number.NaN, 5);
        expect(p.energy).toBeCloseTo(expected[i + 1] ?? Number.NaN, 5);
      });
    }
    // The steps lower E by more than that.
    expect(expected.slice(1).every((e, i) => e < (expected[i] ?? 0) - 1e-4)).toBe(true);
  });

  it('forward makes the state feasible at the new parameters', () => {
    scope(() => {
      const energy = energyOf(net, squaredError);
      const e = example();
      const sweep = backprop().schedule(energy.links);
      const penalties = (step: Step): number =>
        runStep(energy, step, net.init(Key.key(1)), e, 'fast', ({ state }) =>
          energyTerms(energy, state, e.target)
            .slice(0, -1)
            .reduce((total, term) => total + toNumber(term), 0),
        );
      expect(penalties(andThen(sweep, forward))).toBe(0);
      expect(penalties(sweep)).toBeGreaterThan(1e-6);
    });
  });

  it('grouped links give the same gradients', () => {
    scope(() => {
      const e = example();
      const p = net.init(Key.key(1));
      const one = right(direction(net, squaredError, backprop())(p, e)).direction;
      const grouped = right(
        direction(net, squaredError, {
          ...backprop(),
          energy: { grouping: affineWithNonlinearity, coupling: () => 1 },
        })(p, e),
      ).direction;
      expect(treeDistance([...grouped], [...one])).toBeLessThan(1e-5);
    });
  });

  it('monoids of steps and schedules', () => {
    const [a, b] = [explicit(theta(1), 1), explicit(theta(2), 1)];
    expect(stepMonoid.concat(stepMonoid.empty, a)).toEqual(a);
    expect(stepMonoid.concat(stepMonoid.concat(a, b), a)).toEqual(
      stepMonoid.concat(a, stepMonoid.concat(b, a)),
    );
    const schedule = scheduleMonoid.concat(backprop().schedule, scheduleMonoid.empty);
    const { links } = energyOf(net, squaredError);
    expect(schedule(links)).toEqual(backprop().schedule(links));
  });

  it('uses the same direction whatever the solver, when it is exact', () => {
    scope(() => {
      const p = net.init(Key.key(1));
      const by = (solver: Parameters<typeof proxprop>[0]) =>
        right(direction(net, squaredError, proxprop(solver))(p, example())).direction;
      expect(treeDistance([...by({ solver: cg(30) })], [...by({ solver: exact() })])).toBeLessThan(1e-5);
    });
  });

  describe('what cannot run is one line', () => {
    const failure = (step: Step, loss: Loss = squaredError): string =>
      messageOf(attempt(() => energies(step, {}, loss)));
    const cases: readonly (readonly [string, () => string, string])[] = [
      [
        'two steps on one block',
        () => failure(jointly(explicit(x(1), 1), explicit(x(1), 2))),
        'schedule error at jointly: expected steps on different blocks, found 2 steps on x[1]',
      ],
      [
        'a block that is not there',
        () => failure(explicit(theta(9), 1)),
        'schedule error at θ_9: expected a block of the energy, found none of that number',
      ],
      [
        'the input as a block',
        () => failure(explicit(x(0), 1)),
        'schedule error at x[0]: expected a block of the energy, found none of that number',
      ],
      [
        'a step size of 0',
        () => failure(explicit(theta(1), 0)),
        'options error at step size of θ_1: expected a positive finite number, found 0',
      ],
      [
        'an infinite step size',
        () => failure(explicit(x(1), Infinity)),
        'options error at step size of x[1]: expected a positive finite number, found Infinity',
      ],
      [
        'a negative τ',
        () => failure(implicit(theta(1), -1, exact())),
        'options error at τ of θ_1: expected a positive number, found -1',
      ],
      [
        'half a repetition',
        () => failure(repeat(0.5, nothing)),
        'options error at repeat.times: expected a whole number of at least 0, found 0.5',
      ],
      [
        'a bound that is no number',
        () => failure(until(() => true, Number.NaN, nothing)),
        'options error at until.most: expected a whole number of at least 0, found NaN',
      ],
      [
        'a coupling of 0',
        () => messageOf(problem(net, squaredError, { ...backprop(), energy: { coupling: () => 0 } })),
        'options error at coupling of link 1: expected a positive finite number, found 0',
      ],
      [
        'no layers',
        () => messageOf(problem(chain(), squaredError, backprop())),
        'schedule error at energy.chain: expected at least one layer, found an empty chain',
      ],
    ];
    for (const [name, run, line] of cases)
      it(name, () => {
        const before = liveTensors();
        expect(run()).toBe(line);
        expect(liveTensors()).toBe(before);
      });
  });
});
