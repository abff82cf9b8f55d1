/**
 * True residuals against reported ones: random and contrary ridge systems, solved by every solver, and judged by plain float64 sums that share
 * nothing with the library.
 */
import * as E from 'fp-ts/Either';
import { tensor } from '@tensorflow/tfjs-core';
import {
  attempt,
  cg,
  exact,
  linear,
  readNow,
  scope,
  type Solver,
  Solver as Solvers,
  toHost,
} from '../../src';

const generator = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface System {
  readonly rows: number;
  readonly fanIn: number;
  readonly units: number;
  readonly x: Float32Array;
  /** [units, rows] */
  readonly h: Float32Array;
  readonly beta: number;
  readonly what: string;
}

const kinds = [
  'plain',
  'duplicates',
  'constant column',
  'zero column',
  'offset',
  'rows of many sizes',
] as const;

/**
 * `contrary`: pairs of rows are equal and their errors opposite up to a part. `large`: so large that exact solves factor in float32.
 */
export type Kind = 'random' | 'contrary' | 'large';

/** A system of that kind. */
export const systemOf = (seed: number, of: Kind): System => {
  const contrary = of === 'contrary';
  const random = generator(seed);
  const pick = <A>(values: readonly A[]): A => values[Math.floor(random() * values.length)] as A;
  const log = (low: number, high: number): number =>
    Math.exp(Math.log(low) + random() * Math.log(high / low));
  const [wide, large] = [of === 'large', random() < 0.08];
  const size = (): number =>
    wide
      ? 210 + Math.floor(random() * 90)
      : large
        ? 60 + Math.floor(random() * 140)
        : 1 + Math.floor(random() * 40);
  const rows = !wide && large && random() < 0.15 ? 1200 : size();
  const [fanIn, units] = [
    size(),
    wide ? pick([150, 193]) : large ? pick([10, 64, 65]) : pick([1, 2, 3, 4, 5, 20, 65]),
  ];
  const scale = log(1e-5, 255);
  const kind = pick(kinds);
  const centred = random() < 0.5 ? 1 : 0;
  const beta = 1 / log(1e-6, 1e8);
  const apart = pick([0, 1e-4, 1e-3, 1e-2, 0.1]);
  const x = Float32Array.from({ length: rows * fanIn }, () => scale * (random() * (1 + centred) - centred));
  const h = Float32Array.from({ length: units * rows }, () => random() * 2 - 1);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < fanIn; c++) {
      const i = r * fanIn + c;
      if (kind === 'duplicates' && r % 3 > 0) x[i] = x[i - fanIn] ?? 0;
      if (kind === 'constant column' && c === 0) x[i] = scale;
      if (kind === 'zero column' && c % 2 === 0) x[i] = 0;
      if (kind === 'offset') x[i] = 10 * scale + (x[i] ?? 0);
      if (kind === 'rows of many sizes') x[i] = (x[i] ?? 0) * 10 ** -(r % 5);
    }
  if (contrary)
    for (let r = 1; r < rows; r += 2) {
      x.copyWithin(r * fanIn, (r - 1) * fanIn, r * fanIn);
      for (let u = 0; u < units; u++)
        h[u * rows + r] = -(h[u * rows + r - 1] ?? 0) + apart * (random() - 0.5);
    }
  const what = `${contrary ? `contrary by ${apart}, ` : ''}${kind}, ${rows} × ${fanIn} × ${units}, inputs ${scale.toExponential(1)}, 1/τ ${beta.toExponential(1)}`;
  return { rows, fanIn, units, x, h, beta, what };
};

/** ‖(AᵀA + βI)V − AᵀH‖, ‖AᵀH‖ and the block's energy at V over that at zero. */
export const judged = (
  { rows, fanIn, units, x, h, beta }: System,
  weights: Float64Array,
  bias: Float64Array,
): {
  readonly residual: number;
  readonly right: number;
  readonly uncancelled: number;
  readonly energy: number;
} => {
  let [left, right, uncancelled, energy, before] = [0, 0, 0, 0, 0];
  for (let u = 0; u < units; u++) {
    const [g, m] = [new Float64Array(fanIn + 1), new Float64Array(fanIn + 1)];
    for (let r = 0; r < rows; r++) {
      let y = bias[u] ?? Number.NaN;
      for (let c = 0; c < fanIn; c++) y += (x[r * fanIn + c] ?? 0) * (weights[u * fanIn + c] ?? 0);
      const target = h[u * rows + r] ?? 0;
      energy += (y - target) ** 2;
      before += target ** 2;
      for (let c = 0; c <= fanIn; c++) {
        const a = c === fanIn ? 1 : (x[r * fanIn + c] ?? 0);
        uncancelled += (a * target) ** 2;
        g[c] = (g[c] ?? 0) + a * target;
        m[c] = (m[c] ?? 0) + a * (target - y);
      }
    }
    for (let c = 0; c <= fanIn; c++) {
      const v = c === fanIn ? (bias[u] ?? 0) : (weights[u * fanIn + c] ?? 0);
      left += ((m[c] ?? 0) - beta * v) ** 2;
      right += (g[c] ?? 0) ** 2;
      energy += beta * v * v;
    }
  }
  return {
    residual: Math.sqrt(left),
    right: Math.sqrt(right),
    uncancelled: Math.sqrt(uncancelled),
    energy: before === 0 ? 0 : energy / before,
  };
};

/** Exact solves that may factor in float32. */
const exactSolvers: readonly (readonly [string, Solvers.Solver])[] = [
  ['exact', exact()],
  ['exact primal', exact({ route: 'primal' })],
  ['exact dual', exact({ route: 'dual' })],
  ['exact dual float32', exact({ route: 'dual', precision: 'float32' })],
];

/** Every solver × route × precision. */
export const solvers: readonly (readonly [string, Solvers.Solver])[] = [
  ['exact', exact()],
  ...(['primal', 'dual'] as const).flatMap((route) =>
    (['float32', 'float64'] as const).map(
      (precision) => [`exact ${route} ${precision}`, exact({ route, precision })] as const,
    ),
  ),
  ['cg(3)', cg(3)],
  ['cg(10)', cg(10)],
  ['cg(60)', cg(60)],
  ...(['primal', 'dual', 'matrixFree'] as const).map(
    (route) => [`cg(20) ${route} float32`, cg(20, { route, precision: 'float32' })] as const,
  ),
  ['cg(20) dual float64', cg(20, { route: 'dual', precision: 'float64' })],
];

export interface Survey {
  readonly solves: number;
  readonly converged: number;
  readonly faults: readonly string[];
  /** Converged, with a true residual above 1e-3. */
  readonly silent: readonly string[];
  /** Above the block's energy at no step at all. */
  readonly uphill: readonly string[];
  /** Converged solves by (true residual)/(tolerance): the largest. */
  readonly worst: number;
}

/** Energies are compared in units of the one before: beside rounding of V in float32, squared, nothing may be added. */
const ROUNDING = 1e-6;

/**
 * `count` systems from a seed on, each by one of the solvers in turn; large ones by exact solvers. Systems whose AᵀH is rounding of itself are
 * not counted.
 */
export const survey = (count: number, kind: Kind, seed: number): Survey => {
  const takers = kind === 'large' ? exactSolvers : solvers;
  const [silent, uphill, faults]: [string[], string[], string[]] = [[], [], []];
  let [solves, converged, worst] = [0, 0, 0];
  for (let i = 0; solves < count; i++) {
    const system = systemOf(seed + i, kind);
    const [name, solver] = takers[(i * 7) % takers.length] ?? ['exact', exact()];
    scope(() => {
      const { rows, fanIn, units, x, h, beta, what } = system;
      const design = linear(fanIn, units).design?.(tensor(x, [rows, fanIn]));
      if (design === undefined) throw new Error('a dense layer has a design');
      const zero = judged(system, new Float64Array(units * fanIn), new Float64Array(units));
      // Nothing to solve: errors that cancel to rounding of these very sums.
      if (zero.right <= 1e-12 * zero.uncancelled) return;
      solves++;
      const found = attempt(() => Solvers.solveRidge(design, tensor(h, [units, rows]), beta, solver));
      if (E.isLeft(found)) {
        faults.push(`${name}, ${what}: ${found.left.found}`);
        return;
      }
      const report: Solver.ReadReport = readNow(found.right.report);
      const { weights, bias } = found.right.value;
      const { residual, right, energy } = judged(system, toHost(weights), toHost(bias));
      const relative = residual / right;
      const line = `${name} (${report.route}, ${report.precision}), ${what}: true ${relative.toExponential(1)}, reported ${report.residual.toExponential(1)}, energy ${energy}`;
      if (report.converged) {
        converged++;
        worst = Math.max(worst, relative / report.tolerance);
        if (!(relative <= 1e-3)) silent.push(line);
      }
      if (!(energy <= 1 + ROUNDING)) uphill.push(line);
    });
  }
  return { solves, converged, faults, silent, uphill, worst };
};
