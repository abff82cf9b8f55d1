/**
 * How a Gauss-Newton step is shortened and damped where its block's energy would not fall, beside the same in one number:
 * of f(w) = sin(k·w) with the target t, φ(u) = ½(f(w + u) − t)² + u²/(2τ).
 */
import * as fc from 'fast-check';
import { add, mul, ones, sin, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { cg, direction, exact, Key, layer, linear, proxprop, scope, softmaxCrossEntropy } from '../../src';
import { stepBy } from '../../laws';
import { right, started } from '../support';

const SEED = 1;
/** In [0, 1], as often everywhere: `fc.double` draws small numbers more often. */
const share = fc.integer({ min: 0, max: 1e6 }).map((i) => i / 1e6);
const CASES = 200;

interface Case {
  readonly k: number;
  readonly w: number;
  readonly t: number;
  readonly tau: number;
}

/** The step in float64: u, how many directions were rejected, and how near the nearest decision was, relative to what was promised. */
const inOneNumber = ({ k, w, t, tau }: Case) => {
  const beta = 1 / tau;
  const phi = (u: number): number => 0.5 * (Math.sin(k * (w + u)) - t) ** 2 + (u * u * beta) / 2;
  const jacobian = k * Math.cos(k * w);
  const slope = jacobian * (Math.sin(k * w) - t);
  let [damping, near] = [0, Infinity];
  for (let rejected = 0; rejected <= 8; rejected++) {
    const d = -slope / (jacobian ** 2 + beta + damping);
    for (const s of [1, 0.5, 0.25]) {
      const margin = (phi(s * d) - phi(0) - 1e-4 * s * slope * d) / Math.abs(slope * d);
      near = Math.min(near, Math.abs(margin));
      if (margin <= 0) return { u: s * d, rejected, near };
    }
    damping = damping === 0 ? 4 * Math.max((-slope * d) / d ** 2 - beta, 1e-3 * beta, 1e-12) : 10 * damping;
  }
  return { u: 0, rejected: 9, near };
};

const wave = (k: number) =>
  layer<{ readonly w: Tensor }, readonly [1], readonly [1]>({
    name: 'wave',
    input: [1],
    output: [1],
    init: (key) => ({ w: Key.uniform(key, [1], -1, 1) }),
    forward: ({ w }, x) => mul(x, sin(mul(w, k))),
  });

beforeAll(() => started('wasm'));

it('takes the first of ½ and ¼ that lowers the energy, and then four times the curvature as damping, and ten times that', () => {
  const counts = new Map<number, number>();
  fc.assert(
    fc.property(fc.noBias(fc.tuple(share, share, share, share)), ([a, b, d, e]) => {
      // Targets out of reach: near a crest the curvature of what can be reached is hardly seen.
      const c = {
        k: Math.fround(2 * 4 ** a),
        w: Math.fround(2 * b - 1),
        t: Math.fround(10 * d - 5),
        tau: 10 * 100 ** e,
      };
      const { u, rejected, near } = inOneNumber(c);
      // In float32 such a decision may fall the other way; and steps of rounding's size are taken unseen.
      if (near < 5e-3 || Math.abs(u * c.k) < 1e-2) return;
      counts.set(rejected, (counts.get(rejected) ?? 0) + 1);
      scope(() => {
        const setting = {
          layer: wave(c.k),
          parameters: { w: tensor([c.w], [1]) },
          input: ones([1, 1]),
          target: tensor([c.t], [1, 1]),
        };
        const found = stepBy(cg(1))(setting, c.tau).u[0] ?? Number.NaN;
        // A slope is known to the rounding of sin and cos, which near a crest is a thousandth of it.
        expect(Math.abs(found - u)).toBeLessThan(1e-3 * Math.abs(u));
      });
    }),
    { seed: SEED, numRuns: CASES },
  );
  console.log(`damped steps: ${CASES} cases, seed ${SEED}, by directions rejected:`, [...counts].sort());
  expect(counts.get(0)).toBeGreaterThan(10);
  expect(counts.get(1)).toBeGreaterThan(3);
  expect(counts.get(2)).toBeGreaterThan(1);
});

it('takes the better of two places that only rounding tells apart', () => {
  const waves = layer<{ readonly w: Tensor }, readonly [8], readonly [8]>({
    name: 'waves',
    input: [8],
    output: [8],
    init: (key) => ({ w: Key.uniform(key, [8], -1, 1) }),
    forward: ({ w }, x) => mul(x, sin(w)),
  });
  const residuals = Array.from({ length: 60 }, (_, seed) =>
    scope(() => {
      const [first, second, third] = Key.split(Key.key(seed), 3).map((key, i) =>
        Key.uniform(key, i === 0 ? [8] : [16, 8], 0.5, 1),
      );
      if (first === undefined || second === undefined || third === undefined) throw new Error('three keys');
      const parameters = { w: first };
      // So near that a step moves no output by more than float32 rounds it.
      const target = mul(waves.forward(parameters, second), add(1, mul(third, 1e-7)));
      const { u, report } = stepBy(exact())({ layer: waves, parameters, input: second, target }, 10);
      return { moved: u.some((e) => e !== 0), residual: Number(report.residual) };
    }),
  );
  const after = residuals.filter(({ residual }) => residual > 0.5);
  // Where the slope falls by less than half the place is kept all the same; where it rises the step is not taken.
  expect(after.filter(({ moved }) => moved).length).toBeGreaterThan(5);
  for (const { moved, residual } of after) expect(moved ? residual < 1 : residual === 1).toBe(true);
});

it('says that it is made in float32, whatever it is asked for', () => {
  scope(() => {
    const net = linear(3, 2);
    const batch = { input: ones([4, 3]), target: tensor([0, 1, 1, 0], [4], 'int32') };
    const method = proxprop({ last: { tauTheta: 1, solver: exact({ precision: 'float64' }) } });
    const { solves } = right(direction(net, softmaxCrossEntropy, method)(net.init(Key.key(1)), batch));
    expect(solves.map(({ route, precision }) => [route, precision])).toEqual([['gaussNewton', 'float32']]);
  });
});
