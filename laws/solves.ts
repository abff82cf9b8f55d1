/**
 * Laws 46 to 48 of ridge solves, each by any solver: units of H and of A do not matter, what was
 * asked for is what is done, and CG ends where it is asked to. A is a matrix without a column of
 * ones, so that all of it can be scaled.
 */
import * as fc from 'fast-check';
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { cg, exact, fail, Key, linear, readNow, Solver, toHost, type Tree } from '../src';
import { logUniform, seeds } from './arbitrary';
import { inner, plus, relativeDistance } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** The solve under law. */
export type RidgeSolve = (
  design: Solver.Design<Tree.Tree>,
  h: Tensor,
  beta: number,
  solver: Solver.Solver,
) => Solver.Solution<Tree.Tree>;

/** The size, damping and solver of a random linear system, and its seed. */
export interface SolveCase {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  /** β, relative to the mean square of a column of A. */
  readonly damping: number;
  readonly solver: Solver.Solver;
  readonly seed: number;
}

const tolerances = logUniform(1e-6, 1e-2);

/** Every kind × route × precision; scalars, iterations and tolerances at random. */
const solvers: readonly fc.Arbitrary<Solver.Solver>[] = (['float32', 'float64'] as const).flatMap(
  (precision) => [
    ...(['primal', 'dual'] as const).map((route) =>
      tolerances.map((tolerance) => exact({ route, precision, tolerance })),
    ),
    ...(['primal', 'dual', 'matrixFree'] as const).map((route) =>
      fc
        .record({
          iterations: fc.integer({ min: 1, max: 4 }),
          scalars: fc.constantFrom('perUnit' as const, 'perLayer' as const),
        })
        .map(({ iterations, scalars }) => cg(iterations, { route, precision, scalars })),
    ),
  ],
);

/**
 * Units around 64, from where on a residual is measured on combinations of them, and beyond; few
 * for one unit.
 */
const unitCounts = fc.oneof(fc.constantFrom(3, 64, 65, 400), fc.integer({ min: 1, max: 80 }));

const casesBy = (damping: readonly [number, number]): fc.Arbitrary<SolveCase> =>
  fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 14 }),
    units: unitCounts,
    damping: logUniform(...damping),
    solver: fc.oneof(...solvers),
    seed: seeds,
  });

interface System {
  /** A [rows, columns] and H [units, rows], row by row. */
  readonly a: Float64Array;
  readonly h: Float64Array;
  readonly beta: number;
}

const systemOf = ({ rows, columns, units, damping, seed }: SolveCase): System => {
  const drawn = (at: number, shape: readonly number[]): Float64Array =>
    toHost(Key.uniform(Key.fold(Key.key(seed), at), shape, -1, 1));
  const a = drawn(0, [rows, columns]);
  // Of so few digits that a square of a power of two times it is float32 too.
  const beta = Math.fround((damping * inner(a, a)) / columns);
  return { a, h: drawn(1, [units, rows]), beta };
};

const matrix = (values: Float64Array, shape: readonly number[]): Tensor =>
  tensor(Float32Array.from(values), [...shape]);

/** V [units, columns] of a system, and the report. */
const solved = (c: SolveCase, { a, h, beta }: System, solve: RidgeSolve) => {
  const { rows, columns, units } = c;
  const weights = matrix(a, [rows, columns]);
  const layer = linear(columns, rows);
  // A dense layer in its input: A is its weights.
  const design: Solver.Design<Tree.Tree> | undefined = layer.inputDesign?.(
    { weights, bias: tensor(new Float32Array(rows)) },
    units,
  );
  if (design === undefined) return fail('layer', 'law of solves', 'a design in the input', 'none');
  const { value, report } = solve(design, matrix(h, [units, rows]), beta, c.solver);
  return { v: toHost(design.pack(value)), report: readNow(report) };
};

const describeCase = ({ rows, columns, units, solver }: SolveCase): string =>
  `${rows} × ${columns} × ${units}, ${solver.kind} by ${solver.route ?? 'any'} in ${solver.precision ?? 'auto'}`;

const times = (by: number, values: Float64Array): Float64Array => values.map((v) => by * v);

/** A solve, and a factor c = 2^power for its right-hand side or its matrix. */
export interface ScaledCase extends SolveCase {
  /** The power of c = 2^power, which changes no digit. */
  readonly power: number;
}

/**
 * Law 47: H → cH makes V → cV, (A, β) → (cA, c²β) makes V → V/c, and both leave residual,
 * iterations and convergence as they are. c is a power of two, so nothing else is rounded: the
 * tolerance is one rounding of V, and a thousandth of the residual where squares of A leave the
 * range of float32 products.
 *
 * @param solve the solve under law. Default: `Solver.solveRidge`
 *
 * @example check(unitsOfSolves(), { numRuns: 3 }).violation ?? 'holds' // 'holds'
 */
export const unitsOfSolves = (solve: RidgeSolve = Solver.solveRidge): Law<ScaledCase> => ({
  number: numberOf('unitsOfSolves'),
  name: 'units of solves: those of H and of A change V alone',
  // What is absolute shows where numbers become small, and where CG may end early.
  strata: [
    ({ solver, power }) => solver.kind === 'cg' && power < 0,
    ({ solver, power }) => solver.kind === 'cg' && power > 0,
    ({ solver }) => solver.kind === 'exact',
  ],
  arbitrary: fc
    .record({ base: casesBy([1e-3, 10]), power: fc.constantFrom(-20, -12, 5, 20) })
    .map(({ base, power }) => ({ ...base, power })),
  holds: (c) => {
    const by = 2 ** c.power;
    const system = systemOf(c);
    const base = solved(c, system, solve);
    const same = (what: string, other: typeof base, back: number): Verdict =>
      all(
        atMost(`V by ${what} (${describeCase(c)})`, relativeDistance(times(back, other.v), base.v), 1e-6),
        atMost(
          `the residual by ${what} (${describeCase(c)})`,
          Math.abs(other.report.residual - base.report.residual),
          1e-3 * base.report.residual + 1e-12,
        ),
        other.report.iterations === base.report.iterations && other.report.converged === base.report.converged
          ? true
          : `${what} changes iterations or convergence (${describeCase(c)})`,
      );
    return all(
      same('cH', solved(c, { ...system, h: times(by, system.h) }, solve), 1 / by),
      same(
        'cA and c²β',
        solved(c, { ...system, a: times(by, system.a), beta: by * by * system.beta }, solve),
        by,
      ),
    );
  },
});

/** M·v = AᵀA·v + βv of one unit, and AᵀH, on the host. */
const productsOf = ({ a, beta }: System, rows: number, columns: number) => {
  const at = (r: number): Float64Array => a.subarray(r * columns, (r + 1) * columns);
  const adjoint = (h: Float64Array): Float64Array =>
    h.reduce<Float64Array>((sum, v, r) => plus(sum, at(r), v), new Float64Array(columns));
  const apply = (v: Float64Array): Float64Array =>
    Float64Array.from({ length: rows }, (_, r) => inner(at(r), v));
  return { adjoint, system: (v: Float64Array) => plus(adjoint(apply(v)), v, beta) };
};

const each = (m: Float64Array, size: number, f: (row: Float64Array) => Float64Array): Float64Array =>
  Float64Array.from(
    Array.from({ length: m.length / size }, (_, u) => [...f(m.subarray(u * size, (u + 1) * size))]).flat(),
  );

interface Iterated {
  readonly v: Float64Array;
  /** The squared residual. */
  readonly left: number;
}

/**
 * The iterates of conjugate gradients from zero as textbooks state them, on all numbers of g
 * together. The first is zero.
 */
const textbook = (
  product: (v: Float64Array) => Float64Array,
  g: Float64Array,
  iterations: number,
): readonly Iterated[] => {
  let v: Float64Array = new Float64Array(g.length);
  let [s, q] = [g, g];
  const all: Iterated[] = [{ v, left: inner(g, g) }];
  for (let k = 0; k < iterations; k++) {
    const before = inner(s, s);
    // A system that is solved before stays as it is.
    if (before > 1e-30 * inner(g, g)) {
      const image = product(q);
      const alpha = before / inner(q, image);
      v = plus(v, q, alpha);
      s = plus(s, image, -alpha);
      q = plus(s, q, inner(s, s) / before);
    }
    all.push({ v, left: inner(s, s) });
  }
  return all;
};

/**
 * The iterates of a case in float64, by another way than the library's: for each unit, or for all
 * of them as one.
 */
const iteratesOf = (
  { rows, columns, units, solver }: SolveCase,
  system: System,
  iterations: number,
): readonly Iterated[] => {
  const { adjoint, system: product } = productsOf(system, rows, columns);
  const g = each(system.h, rows, adjoint);
  if (solver.kind === 'cg' && solver.scalars === 'perLayer')
    return textbook((m) => each(m, columns, product), g, iterations);
  const byUnit = Array.from({ length: units }, (_, u) =>
    textbook(product, g.subarray(u * columns, (u + 1) * columns), iterations),
  );
  return Array.from({ length: iterations + 1 }, (_, k) => ({
    v: Float64Array.from(byUnit.flatMap((own) => [...(own[k]?.v ?? [])])),
    left: byUnit.reduce((total, own) => total + (own[k]?.left ?? Number.NaN), 0),
  }));
};

/** V of a case in float64. */
const reference = (c: SolveCase, system: System): Float64Array => {
  // Of an exact solve the iterate of so many as make up for what rounding takes of their orthogonality.
  const iterations = c.solver.kind === 'cg' ? c.solver.iterations : 10 * Math.min(c.rows, c.columns);
  return iteratesOf(c, system, iterations).at(-1)?.v ?? new Float64Array(0);
};

/**
 * The error that V may have in float64: the rounding of V to float32, and for an exact V that of
 * its last coordinate too.
 */
const ROUNDED = { exact: 1e-5, cg: 2 ** -23 };

/**
 * Law 48: the report of a solve names the options that you asked for, and in float64 V is the
 * solution, or the iterate, rounded to float32 once. The damping is so small that float32
 * throughout would be off by more.
 *
 * @param solve the solve under law. Default: `Solver.solveRidge`
 *
 * @example check(askedIsDone(), { numRuns: 3 }).violation ?? 'holds' // 'holds'
 */
export const askedIsDone = (solve: RidgeSolve = Solver.solveRidge): Law<SolveCase> => ({
  number: numberOf('askedIsDone'),
  name: 'options: what was asked for is what is done and said',
  // In float64 V is looked at too.
  strata: [
    ({ solver }) => solver.precision === 'float64' && solver.kind === 'cg',
    ({ solver }) => solver.precision === 'float64' && solver.kind === 'exact',
    ({ solver }) => solver.precision === 'float32',
  ],
  arbitrary: casesBy([1e-4, 1]),
  holds: (c) => {
    const { solver } = c;
    const system = systemOf(c);
    const { v, report } = solved(c, system, solve);
    const asked: Readonly<Record<string, unknown>> = {
      route: solver.route,
      gram: solver.route === 'primal' ? 'product' : undefined,
      precision: solver.precision,
      scalars: solver.kind === 'cg' ? solver.scalars : undefined,
      tolerance: solver.tolerance ?? Solver.DEFAULT_TOLERANCE,
      converged: report.residual <= report.tolerance,
      ...(solver.kind === 'cg' ? { iterations: solver.iterations } : {}),
    };
    const said: Readonly<Record<string, unknown>> = { ...report };
    return all(
      ...Object.entries(asked).map(([name, value]): Verdict =>
        said[name] === value
          ? true
          : `${name} is ${String(said[name])} for ${String(value)} (${describeCase(c)})`,
      ),
      solver.precision === 'float64'
        ? atMost(
            `the distance to V in float64 (${describeCase(c)})`,
            relativeDistance(v, reference(c, system)),
            ROUNDED[solver.kind],
          )
        : true,
    );
  },
});

/**
 * Law 49: CG with a tolerance ends at the first iterate whose residual, over all units, is at most
 * that tolerance; all routes have the same iterates. A residual within a thousandth of the
 * tolerance decides nothing, as float32 may take it for either side. Run it on backends that read:
 * on others no loop can end early.
 *
 * @param solve the solve under law. Default: `Solver.solveRidge`
 *
 * @example check(endsWhereAsked(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const endsWhereAsked = (solve: RidgeSolve = Solver.solveRidge): Law<SolveCase> => ({
  number: numberOf('endsWhereAsked'),
  name: 'CG ends at the first iterate that is good enough',
  arbitrary: fc
    .record({
      base: casesBy([1e-2, 1]),
      route: fc.constantFrom('primal' as const, 'dual' as const, 'matrixFree' as const),
      precision: fc.constantFrom('float32' as const, 'float64' as const),
      scalars: fc.constantFrom('perUnit' as const, 'perLayer' as const),
      iterations: fc.integer({ min: 1, max: 6 }),
      tolerance: logUniform(3e-3, 0.5),
    })
    .map(({ base, iterations, ...options }) => ({ ...base, solver: cg(iterations, options) })),
  holds: (c) => {
    const { solver } = c;
    if (solver.kind !== 'cg') return 'a case of CG';
    const system = systemOf(c);
    const tolerance = solver.tolerance ?? 0;
    const iterates = iteratesOf(c, system, solver.iterations);
    const left = iterates.map((own) => Math.sqrt(own.left / (iterates[0]?.left ?? 1)));
    if (left.some((size) => Math.abs(size / tolerance - 1) < 1e-3)) return true;
    const first = left.findIndex((size) => size <= tolerance);
    const expected = first < 0 ? solver.iterations : first;
    const { report } = solved(c, system, solve);
    return report.iterations === expected
      ? true
      : `${report.iterations} iterations, not ${expected} (${describeCase(c)})`;
  },
});
