/**
 * A solver of your own: a function from a linear system to its solution. What it is told is the system as it stands, by products; what
 * comes of its answer the library measures itself, as for its own solvers.
 */
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { explaining, fail, isTensor, sameShape, scope, showShape, type Tree } from '../core';
import { concluded, measure } from './measure';
import { DEFAULT_TOLERANCE, type Design, type Solver } from './operator';
import { type Solution } from './solveReport';

/** (AᵀA + βI)·V = G for V [units, columns]: of a block without a design Gauss-Newton's system, in one row. */
export interface LinearSystem {
  /** G = AᵀH [units, columns]. */
  readonly right: Tensor;
  /** (AᵀA + βI)·V, a new tensor [units, columns]. */
  readonly product: (v: Tensor) => Tensor;
  /** β ≥ 0. */
  readonly beta: number;
  /** AᵀA [columns, columns], formed when it is asked for; only where the layer has a design whose AᵀA is one matrix. */
  readonly gram?: () => Tensor;
}

/** A record of what the library needs to know of a solver; `ownSolver` makes one. */
export interface OwnSolver {
  readonly kind: 'own';
  /** For reports and errors. */
  readonly name: string;
  /** V [units, columns], float32. Its tensors but the result are freed. */
  readonly solve: (system: LinearSystem) => Tensor;
  /** The relative residual at which a solution counts as converged. Default `DEFAULT_TOLERANCE`. */
  readonly tolerance?: number;
}

/** A solver of the library, or one of the user's own. */
export type AnySolver = Solver | OwnSolver;

/**
 * A solver of your own, to be given wherever `exact()` and `cg(k)` may be. Reports name its route `own`, and count its products as
 * iterations. A solution whose residual is above the tolerance is reported as not converged, and shortened where its block's energy
 * would rise. What `solve` throws is a `Fault` `solver` with your stack as its cause; so is a result of another shape.
 *
 * @example
 * // Richardson's iteration: V ← V + ω·(G − (AᵀA + βI)·V)
 * const richardson = ownSolver('richardson', ({ right, product }) => {
 *   let v = zerosLike(right);
 *   for (let i = 0; i < 20; i++) v = add(v, mul(sub(right, product(v)), 1e-3));
 *   return v;
 * });
 * console.log(proxprop({ solver: richardson }).name); // proxprop richardson
 */
export const ownSolver = (
  name: string,
  solve: OwnSolver['solve'],
  options: Pick<OwnSolver, 'tolerance'> = {},
): OwnSolver => ({ kind: 'own', name, solve, ...options });

/** What a solver of the user's own makes of a system, checked, and how many products it took. */
export const answerOf = (
  { name, solve }: OwnSolver,
  system: LinearSystem,
): { readonly value: Tensor; readonly products: number } => {
  let products = 0;
  const counted: LinearSystem = {
    ...system,
    product: (v) => {
      products += 1;
      return system.product(v);
    },
  };
  const value = explaining(`solver ${name}`, () => solve(counted), 'solver');
  const { right } = system;
  const given: unknown = value;
  if (!isTensor(given) || !sameShape(given.shape, right.shape) || given.dtype !== 'float32')
    return fail(
      'solver',
      `solver ${name}`,
      `a float32 tensor ${showShape(right.shape)}`,
      isTensor(given) ? `${given.dtype} ${showShape(given.shape)}` : typeof given,
    );
  return { value, products };
};

/** The ridge system of a design, by a solver of the user's own. */
export const solveOwn = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: OwnSolver,
): Solution<P> =>
  scope(() => {
    const right = design.pack(design.adjoint(h));
    const [way] = design.grams;
    const { value: packed, products } = answerOf(solver, {
      right,
      beta,
      product: (v) =>
        scope(() => add(design.pack(design.adjoint(design.apply(design.unpack(v)))), mul(v, beta))),
      ...(design.blocks === undefined && way !== undefined ? { gram: () => way.form() } : {}),
    });
    const value = design.unpack(packed);
    const tolerance = solver.tolerance ?? DEFAULT_TOLERANCE;
    return concluded(
      design,
      h,
      beta,
      { value, measured: measure(design, h, beta, value, { g: right }), g: right },
      { route: 'own', precision: 'float32', iterations: products, tolerance },
    );
  });
