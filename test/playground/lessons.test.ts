/** What the lessons compute, beside closed forms and by hand. */
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentOf } from '../../examples/playground/model/experiment';
import { HEAT_TAUS, heatMap, withTau } from '../../examples/playground/model/heat';
import { saved } from '../../examples/playground/model/lessons';
import { ownLayer } from '../../examples/playground/model/own';
import { finalLoss, runOf } from '../../examples/playground/model/run';
import { type State } from '../../examples/playground/model/state';
import { sweepView, TAU } from '../../examples/playground/model/sweep';
import {
  above,
  line,
  type Place,
  quadratic,
  STEPS,
  valleyPaths,
} from '../../examples/playground/model/valley';
import { judged } from '../../examples/playground/worker/judge';
import { liveTensors } from '../../src';
import { messageOf, right, started } from '../support';

beforeAll(() => started('wasm'));

/** float32 has 24 bits, and sixteen steps add up their rounding, which grows where steps are unstable: relative to the size. */
const TOLERANCE = 1e-4;

describe('the valley', () => {
  const form = quadratic(line());
  const { hessian, minimum, curvatures } = form;
  const [ww, wb, bb] = hessian;

  it('has the curvatures of its Hessian', () => {
    const [great, small] = curvatures;
    expect(great + small).toBeCloseTo(ww + bb, 12);
    expect(great * small).toBeCloseTo(ww * bb - wb * wb, 12);
    expect(great).toBeGreaterThan(10 * small);
  });

  const apart = (found: Place, expected: Place): number =>
    Math.hypot(found[0] - expected[0], found[1] - expected[1]) / (1 + Math.hypot(...expected));

  it.each([0.01, 0.3, 0.83, 0.9, 5, 100])('η = %d: steps of the library are those of the formulas', (eta) => {
    const paths = valleyPaths(eta);
    const gradient = ([w, b]: Place): Place => {
      const [dw, db] = [w - minimum[0], b - minimum[1]];
      return [ww * dw + wb * db, wb * dw + bb * db];
    };
    paths.explicit.slice(1).forEach((place, k) => {
      const from = paths.explicit[k] ?? place;
      const [gw, gb] = gradient(from);
      expect(apart(place, [from[0] - eta * gw, from[1] - eta * gb])).toBeLessThan(TOLERANCE);
    });
    expect(paths.implicit.length).toBe(STEPS + 1);
    paths.implicit.slice(1).forEach((place, k) => {
      // Optimality: u − θ + η·∇q(u) = 0.
      const from = paths.implicit[k] ?? place;
      const [gw, gb] = gradient(place);
      expect(apart([place[0] + eta * gw, place[1] + eta * gb], from)).toBeLessThan(TOLERANCE * (1 + eta));
      expect(above(form, place)).toBeLessThanOrEqual(above(form, from) + 1e-9);
    });
  });

  it('is left by explicit steps beyond 2/λ alone', () => {
    const limit = 2 / curvatures[0];
    const ends = (eta: number): number => above(form, valleyPaths(eta).explicit.at(-1) ?? [0, 0]);
    const first = above(form, valleyPaths(1).explicit[0] ?? [0, 0]);
    expect(ends(0.95 * limit)).toBeLessThan(first);
    expect(ends(1.1 * limit)).toBeGreaterThan(first);
  });

  it('leaves no tensor behind', () => {
    const before = liveTensors();
    valleyPaths(1);
    sweepView([0, 0.1, 0, 0], 5);
    expect(liveTensors()).toBe(before);
  });
});

describe('the sweep', () => {
  const home = [0, 0, 0, 0];
  const far = ({ moves }: ReturnType<typeof sweepView>): number =>
    Math.max(
      ...moves.flatMap(({ swept, gradient }) => swept.map((s, i) => Math.abs(s - (gradient[i] ?? 0)))),
    );

  it('is backprop from the forward pass', () => {
    // Numbers of size 1 in float32.
    expect(far(sweepView(home, 5))).toBeLessThan(1e-6);
  });

  it('is not backprop where an activation was moved, nor half way', () => {
    for (const [moved, stage] of [
      [[0, 0.2, 0, 0], 5],
      [home, 4],
      [home, 0],
    ] as const)
      expect(far(sweepView(moved, stage))).toBeGreaterThan(0.01);
  });

  it('moves each activation by −τ times its gradient, from the last to the first', () => {
    const full = sweepView(home, 5);
    const [, , , x4 = 0] = full.forward;
    // The output is 0.9·x[4] + 0.1; the loss ½(output − 1)².
    const slope = 0.9 * (0.9 * x4 + 0.1 - full.target);
    expect((full.after[3] ?? 0) - x4).toBeCloseTo(-TAU * slope, 6);
    for (let stage = 0; stage < 5; stage++) {
      const view = sweepView(home, stage);
      const stepped = view.after.map((after, i) => Math.abs(after - (view.before[i] ?? 0)) > 1e-6);
      expect(stepped).toEqual([1, 2, 3, 4].map((l) => l > 4 - stage));
    }
  });

  it('has the energy of its penalties: 1/2τ times the squares of what was moved', () => {
    const [atHome, moved] = [sweepView(home, 0), sweepView([0, 0, 0, 0.3], 0)];
    const output = 0.9 * ((moved.forward[3] ?? 0) + 0.3) + 0.1;
    expect(atHome.energy).toBeCloseTo((atHome.output - 1) ** 2 / 2, 6);
    expect(moved.energy).toBeCloseTo((output - 1) ** 2 / 2 + 0.3 ** 2 / (2 * TAU), 6);
  });
});

describe('the heat map', () => {
  const state: State = { ...saved('robust'), steps: 3, data: { kind: 'spiral', noise: 0.1, count: 30 } };

  it('has a cell for each τ and method, of a run with that τ', async () => {
    const experiment = right(experimentOf(state));
    const cells = [];
    for await (const cell of heatMap(experiment)) cells.push(cell);
    expect(cells.length).toBe(HEAT_TAUS.length * state.methods.length);
    const chosen = cells.find(({ method, tau }) => method === 1 && tau === 0.5);
    const last = [];
    for await (const point of runOf({ ...experiment, state: withTau(state, 1, 0.5) }, 1)) last.push(point);
    expect(last.at(-1)).toMatchObject({ step: 3, loss: chosen?.loss });
  });

  it('says of a run that diverges that it has no loss', async () => {
    const wild: State = {
      ...withTau(state, 0, 50),
      ...{ loss: 'squaredError', steps: 60, network: [{ kind: 'dense', units: 8, activation: 'relu' }] },
    };
    expect(await finalLoss(right(experimentOf(wild)), 0)).toBeNull();
  });
});

describe('a layer of the reader’s own', () => {
  const reports = async (code: string): Promise<readonly string[]> => {
    const found = [];
    for await (const { line: text, held } of judged(right(ownLayer(code)), code))
      found.push(held ? '' : text);
    return found;
  };

  it('that is sound is held by the laws', async () => {
    const found = await reports(saved('layer').own);
    expect(found.length).toBeGreaterThan(10);
    expect(found.join('')).toBe('');
  });

  it.each([
    ['is random', '({ init: () => ({}), forward: (_, x) => mul(x, Math.random()) })', 'pure'],
    ['has another shape', '({ init: () => ({}), forward: (_, x) => sum(x, 1) })', 'shape'],
    ['looks at the whole batch', '({ init: () => ({}), forward: (_, x) => sub(x, mean(x, 0)) })', 'batch'],
  ])('that %s is refused', async (_, code, word) => {
    const broken = (await reports(code)).filter((text) => text !== '');
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.join(' ')).toContain(word);
    for (const text of broken) expect(text.length).toBeLessThanOrEqual(300);
  });

  it.each([
    ['({ init: ', /^layer error at your layer: expected JavaScript of a layer, found /],
    ['42', /^layer error at your layer: expected \(\{ name, init: .*, found number$/],
    ['({ init: () => ({}), forward: 1 })', /^layer error at your layer: expected \(\{ name/],
  ])('%s is one line', (code, message) => {
    expect(messageOf(ownLayer(code))).toMatch(message);
  });
});
