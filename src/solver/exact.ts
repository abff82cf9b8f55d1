/**
 * Exact ridge solves by Cholesky factorisation, primal or dual.
 *
 *     primal   (AᵀA + βI)·V = AᵀH                          F×F system
 *     dual     V = Aᵀ·S with (AAᵀ + βI)·S = H              R×R system, the same V
 *
 * Two precisions. `float32`: the Gram matrix and all products of unit matrices are fast float32 products; only
 * the small system is factored on the host in float64, its inverse factor applied as a product, and the
 * solution refined. `float64`: everything on the host. The first loses about ε·κ/√n of the solution (ε = 6e-8,
 * κ = condition number, n = order of the system: rounding errors of the Gram matrix are spread over its
 * spectrum), so `auto` leaves it where that exceeds `ACCEPTED_LOSS`, or where the residual is too large, unless the
 * host would take longer than a step should.
 */
import { add, matMul, mul, norm as tensorNorm, sub, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { fail, scope, toHost, toNumber, type Tree } from '../core';
import { cholesky, choleskySolve, invertLower } from './cholesky';
import { gramOfRows, normHost, relative, shifted, timesTransposed, transposeHost } from './host';
import { chooseGram } from './cost';
import {
  DEFAULT_TOLERANCE,
  type Design,
  LARGE_WORK,
  SMALL_WORK,
  type Solution,
  type Solver,
} from './operator';

type Exact = Extract<Solver, { kind: 'exact' }>;

const EPSILON = 2 ** -24;
/** An error of 2e-4 in the worst directions is far below what one stochastic step means. */
const ACCEPTED_LOSS = 2e-4;
/** The largest row sum of absolute values: a bound of the largest eigenvalue, never below 1/√n of it. */
const rowSumNorm = (m: Float64Array, n: number): number => {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let total = 0;
    for (let j = 0; j < n; j++) total += Math.abs(m[i * n + j] ?? 0);
    largest = Math.max(largest, total);
  }
  return largest;
};

const asTensor = (values: Float64Array, shape: [number, number]): Tensor =>
  tensor(new Float32Array(values), shape, 'float32');

/** Whether float32 products are accurate enough for this spectrum. */
const wellConditioned = (norm: number, beta: number, n: number): boolean =>
  (EPSILON * norm) / (beta * Math.sqrt(n)) <= ACCEPTED_LOSS;

/** Solve S·(K + βI) = B for unit-major B [u, n], K a float32 tensor with the host copy `k`. */
const solveFast = (
  k: Tensor,
  kHost: Float64Array,
  beta: number,
  b: Tensor,
  tolerance: number,
): { readonly value: Tensor; readonly residual: number; readonly refinements: number } | undefined => {
  const n = k.shape[0];
  const factor = cholesky(shifted(kHost, n, beta), n);
  if (factor === undefined) return undefined;
  return scope(() => {
    const inverse = asTensor(invertLower(factor, n), [n, n]);
    const apply = (rhs: Tensor): Tensor => matMul(matMul(rhs, inverse, false, true), inverse);
    const defect = (s: Tensor): Tensor => sub(b, add(matMul(s, k), mul(s, beta)));
    const size = toNumber(tensorNorm(b));
    let value = apply(b);
    let left = defect(value);
    let residual = relative(toNumber(tensorNorm(left)), size);
    let refinements = 0;
    // One round of refinement, where the solution is not yet what was asked for.
    if (residual > tolerance) {
      value = add(value, apply(left));
      left = defect(value);
      residual = relative(toNumber(tensorNorm(left)), size);
      refinements++;
    }
    return { value, residual, refinements };
  });
};

/** The same in float64 on the host, from A itself. The residual is that before rounding to float32. */
const solveOnHost = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  route: 'primal' | 'dual',
): { readonly value: P; readonly residual: number } => {
  const { rows, columns, units } = design;
  const a = toHost(design.matrix());
  const transposed = transposeHost(a, rows, columns);
  const n = route === 'dual' ? rows : columns;
  const m = shifted(
    route === 'dual' ? gramOfRows(a, rows, columns) : gramOfRows(transposed, columns, rows),
    n,
    beta,
  );
  const hHost = toHost(design.toUnits(h));
  const b = route === 'dual' ? hHost : timesTransposed(hHost, transposed, units, columns, rows);
  const factor =
    cholesky(m, n) ??
    fail(
      'solver',
      `${route} Cholesky`,
      'a positive definite system (a finite τ, or independent columns)',
      `a singular one of order ${n}, with 1/τ = ${beta}`,
    );
  const s = choleskySolve(factor, n, b, units);
  const image = timesTransposed(s, m, units, n, n);
  const residual = relative(normHost(image.map((y, i) => y - (b[i] ?? 0))), normHost(b));
  const v = route === 'dual' ? timesTransposed(s, transposed, units, columns, rows) : s;
  return { value: design.unpack(asTensor(v, [units, columns])), residual };
};

/**
 * V = (AᵀA + βI)⁻¹·Aᵀ·H for H as the design holds it, β ≥ 0. A `Fault` `solver` when the system is singular.
 * Both routes give the same V by the push-through identity (AᵀA + βI)⁻¹Aᵀ = Aᵀ(AAᵀ + βI)⁻¹.
 */
export const solveExact = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Exact,
  route: 'primal' | 'dual',
): Solution<P> => {
  const { rows, columns, units } = design;
  const tolerance = solver.tolerance ?? DEFAULT_TOLERANCE;
  const precision = solver.precision ?? 'auto';
  const n = route === 'dual' ? rows : columns;
  const onHost = (): Solution<P> => {
    const { value, residual } = solveOnHost(design, h, beta, route);
    return {
      value,
      report: { route, precision: 'float64', iterations: 0, residual, converged: residual <= tolerance },
    };
  };
  const work = n * (rows * columns + n * n + n * units);
  if (precision === 'float64' || (precision === 'auto' && work <= SMALL_WORK)) return onHost();

  const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
  const k = way?.form() ?? design.dualGram();
  const kHost = toHost(k);
  const mayLeave = precision === 'auto' && work <= LARGE_WORK;
  if (mayLeave && !wellConditioned(rowSumNorm(kHost, n), beta, n)) return onHost();
  const b = route === 'dual' ? design.toUnits(h) : design.pack(design.adjoint(h));
  const fast = solveFast(k, kHost, beta, b, tolerance);
  if (fast === undefined || (mayLeave && fast.residual > tolerance)) return onHost();
  return {
    value: route === 'dual' ? design.adjoint(design.fromUnits(fast.value)) : design.unpack(fast.value),
    report: {
      route,
      ...(way === undefined ? {} : { gram: way.name }),
      precision: 'float32',
      iterations: fast.refinements,
      residual: fast.residual,
      converged: fast.residual <= tolerance,
    },
  };
};
