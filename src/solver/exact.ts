/**
 * Exact ridge solves by Cholesky factorisation, primal or dual.
 *
 *     primal   (AᵀA + βI)·V = AᵀH                          F×F system
 *     dual     V = Aᵀ·S with (AAᵀ + βI)·S = H              R×R system, the same V
 *
 * Two precisions. `float32`: the Gram matrix and all products of unit matrices are fast float32 products; only
 * the small system is factored in float64, its inverse applied as a product, and the solution refined where the
 * residual of some units asks for it. `float64`: everything on the host. The first loses about ε·κ/√n of the solution (ε = 6e-8,
 * κ = condition number, n = order of the system: rounding errors of the Gram matrix are spread over its
 * spectrum), so `auto` leaves it where that exceeds `ACCEPTED_LOSS`, or where the residual is too large, unless the
 * host would take longer than a step should. Where reading stalls the system is solved by `exactByProducts.ts` instead.
 */
import { add, matMul, mul, sub, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { fail, inPhase, norm, readsStall, scope, toHost, type Tree } from '../core';
import { cholesky, choleskySolve } from './cholesky';
import { gramOfRows, normHost, relative, shifted, timesTransposed, transposeHost } from './host';
import { chooseGram } from './cost';
import { solveByProducts } from './exactByProducts';
import { invertShifted } from './inverse';
import { sampled } from './sample';
import { DEFAULT_TOLERANCE, type Design, LARGE_WORK, SMALL_WORK, type Solver } from './operator';
import { judged, type Solution } from './solveReport';

type Exact = Extract<Solver, { kind: 'exact' }>;

const EPSILON = 2 ** -24;
/** An error of 2e-4 in the worst directions is far below what one stochastic step means. */
const ACCEPTED_LOSS = 2e-4;
const asTensor = (values: Float64Array, shape: [number, number]): Tensor =>
  tensor(new Float32Array(values), shape, 'float32');

/** Whether float32 products are accurate enough for this spectrum. */
const wellConditioned = (size: number, beta: number, n: number): boolean =>
  (EPSILON * size) / (beta * Math.sqrt(n)) <= ACCEPTED_LOSS;

/** Solve S·(K + βI) = B for unit-major B [u, n], given the inverse: as a product, and refined once where that is not enough. */
const solveFast = (
  k: Tensor,
  beta: number,
  inverse: Tensor,
  b: Tensor,
  tolerance: number,
): { readonly value: Tensor; readonly residual: number; readonly refinements: number } =>
  scope(() => {
    const defect = (of: Tensor, s: Tensor): Tensor => sub(of, add(matMul(s, k), mul(s, beta)));
    const residualOf = (s: Tensor): number => {
      const [some = b, solved = s] = sampled(b, s);
      return relative(norm(defect(some, solved)), norm(some));
    };
    const value = matMul(b, inverse);
    const residual = residualOf(value);
    if (residual <= tolerance) return { value, residual, refinements: 0 };
    const refined = add(value, matMul(defect(b, value), inverse));
    return { value: refined, residual: residualOf(refined), refinements: 1 };
  });

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
  if (readsStall() && precision !== 'float64') return solveByProducts(design, h, beta, solver, route);
  const n = route === 'dual' ? rows : columns;
  const onHost = (): Solution<P> => {
    const { value, residual } = solveOnHost(design, h, beta, route);
    return {
      value,
      report: { route, precision: 'float64', iterations: 0, ...judged(residual, tolerance) },
    };
  };
  const work = n * (rows * columns + n * n + n * units);
  if (precision === 'float64' || (precision === 'auto' && work <= SMALL_WORK)) return onHost();

  const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
  const k = inPhase('gram', () => way?.form() ?? design.dualGram());
  const { inverse, norm: size, definite } = inPhase('factor', () => invertShifted(k, beta));
  const mayLeave = precision === 'auto' && work <= LARGE_WORK;
  // Where steps diverge the host would be asked for every one, and take longer than a step should.
  if (!definite && !mayLeave)
    return fail(
      'solver',
      `${route} Cholesky`,
      'a Gram matrix that is finite and positive definite in float32 (or precision float64)',
      `another one of order ${n}, with 1/τ = ${beta}`,
    );
  if (!definite || (mayLeave && !wellConditioned(size, beta, n))) return onHost();
  const b = route === 'dual' ? design.toUnits(h) : design.pack(design.adjoint(h));
  const fast = solveFast(k, beta, inverse, b, tolerance);
  if (mayLeave && fast.residual > tolerance) return onHost();
  return {
    value: route === 'dual' ? design.adjoint(design.fromUnits(fast.value)) : design.unpack(fast.value),
    report: {
      route,
      ...(way === undefined ? {} : { gram: way.name }),
      precision: 'float32',
      iterations: fast.refinements,
      ...judged(fast.residual, tolerance),
    },
  };
};
