/**
 * Exact ridge solves in float64, from the float32 numbers of A and H to V in float32. If the
 * backend has the kernel `RidgeDouble`, it does all of it; otherwise the host does. Both take the
 * same steps:
 *
 *  - They form the Gram matrix and its Cholesky factor, and solve for S or V by substitution, never
 *    by an inverse.
 *  - They round V to float32 and solve for its last coordinate once more. It absorbs the rounding
 *    of the others along the mean of the inputs, by far the largest eigenvector if that mean is not
 *    zero.
 *  - They measure V as it is returned, in float64.
 *
 * If β > 0 but the system is singular in float64, it is damped by the size of the rounding: the
 * step is that of a smaller τ.
 */
import { eye, tensor } from '@tensorflow/tfjs-core';
import { fail, scope, toHost, type Tree } from '../core';
import { dampings, hasKernel, runOwn } from '../ops';
import { cholesky, choleskySolve } from './cholesky';
import { at, dotRows, gramOfRows, ratioOf, shifted, timesTransposed, transposeHost } from './host';
import { type Measurement } from './measure';
import { type Design, type RidgeSystem } from './operator';
import { combinations, signMatrix, signTensor } from './sketch';

/**
 * The numbers of a system on the host. Matrices are row-major: `a` [rows, columns], h [units,
 * rows], v [units, columns].
 */
interface Numbers {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  readonly a: Float64Array;
  readonly transposed: Float64Array;
  readonly h: Float64Array;
  readonly beta: number;
}

/** Throws a `Fault` with tag `solver`: β = 0 and the columns are dependent. */
export const singular = (route: string, n: number, beta: number): never =>
  fail(
    'solver',
    `${route} Cholesky`,
    'a positive definite system (a finite τ, or independent columns)',
    `a singular one of order ${n}, with 1/τ = ${beta}`,
  );

/** Throws a `Fault` with tag `solver`: inputs are not finite. */
export const notFiniteSystem = (route: string): never =>
  fail('solver', `${route} Gram matrix`, 'finite inputs', 'a sum of their squares that is not finite');

/** The largest absolute row sum of a matrix of order n: at least its largest eigenvalue. */
const rowSumNorm = (m: Float64Array, n: number): number => {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let total = 0;
    for (let j = 0; j < n; j++) total += Math.abs(at(m, i * n + j));
    if (!(total <= largest)) largest = total;
  }
  return largest;
};

const factored = (k: Float64Array, n: number, beta: number, route: string): Float64Array => {
  const size = rowSumNorm(k, n);
  if (!(size < Infinity)) return notFiniteSystem(route);
  for (const by of dampings(beta, size, n)) {
    const factor = cholesky(shifted(k, n, by), n);
    if (factor !== undefined) return factor;
  }
  return singular(route, n, beta);
};

/** V in float32. The last coordinate of each unit is solved for after the others were rounded. */
const rounded = (s: Numbers, v: Float64Array): Float64Array => {
  const { rows, columns, units, transposed, h, beta } = s;
  const last = columns - 1;
  const out = Float64Array.from(new Float32Array(v));
  const image = timesTransposed(transposed.subarray(last * rows), transposed, 1, columns, rows);
  const curvature = at(image, last) + beta;
  if (!(curvature > 0)) return out;
  for (let u = 0; u < units; u++) {
    const i = u * columns + last;
    const slope =
      dotRows(h, u * rows, transposed, last * rows, rows) -
      dotRows(image, 0, out, u * columns, columns) -
      beta * at(out, i);
    out[i] = Math.fround(at(out, i) + slope / curvature);
  }
  return out;
};

const squares = (x: Float64Array): number => dotRows(x, 0, x, 0, x.length);

/** `by`·M for M [units, n]. */
const combined = (by: Float32Array | undefined, m: Float64Array, units: number): Float64Array =>
  by === undefined
    ? m
    : timesTransposed(
        new Float64Array(by),
        transposeHost(m, units, m.length / units),
        combinations(units),
        m.length / units,
        units,
      );

/** Like `measure`, in float64. */
const measuredHost = (s: Numbers, v: Float64Array): Measurement => {
  const { rows, columns, units, a, transposed, beta } = s;
  const by = signMatrix(units);
  const m = combinations(units);
  const [hs, vs] = [combined(by, s.h, units), combined(by, v, units)];
  const image = timesTransposed(vs, a, m, rows, columns);
  const miss = hs.map((y, i) => y - at(image, i));
  const left = timesTransposed(miss, transposed, m, columns, rows).map((y, i) => y - beta * at(vs, i));
  const right = timesTransposed(hs, transposed, m, columns, rows);
  return {
    residual: ratioOf(Math.sqrt(squares(left)), Math.sqrt(squares(right))),
    length: ratioOf(dotRows(image, 0, hs, 0, hs.length), squares(image) + beta * squares(vs)),
  };
};

export interface Candidate<P> {
  readonly value: P;
  readonly measured: Measurement;
}

/** The system of a design on the host, from its float32 numbers. */
export const float64Of = <P extends Tree.Tree>({ design, h, beta }: RidgeSystem<P>): Numbers => {
  const { rows, columns, units } = design;
  return scope(() => {
    const a = toHost(design.matrix());
    return {
      rows,
      columns,
      units,
      a,
      transposed: transposeHost(a, rows, columns),
      h: toHost(design.toUnits(h)),
      beta,
    };
  });
};

/** V [units, columns] in float64 as a float32 tensor, with its measurement. */
export const finished = <P extends Tree.Tree>(
  design: Design<P>,
  s: Numbers,
  v: Float64Array,
): Candidate<P> => ({
  value: design.unpack(tensor(new Float32Array(v), [s.units, s.columns])),
  measured: measuredHost(s, Float64Array.from(new Float32Array(v))),
});

/** V = (AᵀA + βI)⁻¹·Aᵀ·H on the host: the reference for the kernel. */
export const solveDoublePlain = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  route: 'primal' | 'dual',
): Candidate<P> => {
  const s = float64Of(system);
  const { rows, columns, units, a, transposed, beta } = s;
  const n = route === 'dual' ? rows : columns;
  const k = route === 'dual' ? gramOfRows(a, rows, columns) : gramOfRows(transposed, columns, rows);
  const factor = factored(k, n, beta, route);
  const adjoint = (m: Float64Array): Float64Array => timesTransposed(m, transposed, units, columns, rows);
  const v =
    route === 'dual'
      ? adjoint(choleskySolve(factor, n, s.h, units))
      : choleskySolve(factor, n, adjoint(s.h), units);
  return finished(system.design, s, rounded(s, v));
};

/**
 * V = (AᵀA + βI)⁻¹·Aᵀ·H in float64. Throws a `Fault` with tag `solver` if the inputs are not
 * finite, or if β = 0 and the system is singular.
 */
export const solveDouble = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  route: 'primal' | 'dual',
): Candidate<P> => {
  if (!hasKernel('RidgeDouble')) return solveDoublePlain(system, route);
  const { design, h, beta } = system;
  return scope(() => {
    const [a, held] = [design.matrix(), design.toUnits(h)];
    const by = signTensor(design.units) ?? eye(design.units);
    const [v = held, facts = held] = runOwn(
      'RidgeDouble',
      { a, h: held, by },
      { beta, dual: route === 'dual' },
    );
    const [status, residual = Number.NaN, length = Number.NaN] = facts.dataSync();
    if (status === 2) return notFiniteSystem(route);
    if (status !== 1) return singular(route, route === 'dual' ? design.rows : design.columns, beta);
    return { value: design.unpack(v), measured: { residual, length } };
  });
};
