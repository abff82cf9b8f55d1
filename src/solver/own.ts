/**
 * Solvers of your own: a function from a linear system to its solution. The function gets the
 * system by its products. The library measures the solution itself, as for its own solvers.
 */
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { explaining, fail, isTensor, sameShape, scope, showShape, type Tree } from '../core';
import { concluded, measure } from './measure';
import { DEFAULT_TOLERANCE, type RidgeSystem, type Solver } from './operator';
import { type Solution } from './solveReport';

/**
 * (AᵀA + βI)·V = G for V [units, columns]. For a block without a design it is Gauss-Newton's
 * system, with one row.
 */
export interface LinearSystem {
  /** G = AᵀH [units, columns]. */
  readonly right: Tensor;
  /** (AᵀA + βI)·V as a new tensor [units, columns]. */
  readonly product: (v: Tensor) => Tensor;
  /** β ≥ 0. */
  readonly beta: number;
  /**
   * AᵀA [columns, columns], computed when you call it. Only present if the layer has a design whose
   * AᵀA is one matrix.
   */
  readonly gram?: () => Tensor;
}

/** A solver of your own as data; `ownSolver` makes one. */
export interface OwnSolver {
  readonly kind: 'own';
  /** The name in reports and errors. */
  readonly name: string;
  /** Returns V [units, columns], float32. All other tensors that it makes are freed. */
  readonly solve: (system: LinearSystem) => Tensor;
  /**
   * The relative residual at which a solution counts as converged. Default `DEFAULT_TOLERANCE`,
   * 1e-4.
   */
  readonly tolerance?: number;
}

/** A solver of the library, or one of your own. */
export type AnySolver = Solver | OwnSolver;

/**
 * A solver of your own, which you can use wherever `exact()` and `cg(k)` are accepted. Reports give
 * its route as `own`, and its products as iterations. If the residual of its solution exceeds the
 * tolerance, the solve is reported as not converged, and the solution is shortened if it would
 * raise the energy of its block.
 *
 * If `solve` throws, the step throws a `Fault` with tag `solver` whose cause is the exception. The
 * same tag is used for a result that is no float32 tensor of the shape of the right-hand side.
 *
 * `name` stands in reports and errors. `options.tolerance` is the relative residual up to which a
 * solution counts as converged.
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

/**
 * Calls a solver of your own on a system, checks its solution, and counts its products. Throws a
 * `Fault` with tag `solver` if it throws or returns no float32 tensor of the shape of the
 * right-hand side.
 *
 * The first argument is the solver; its `solve` gets the system.
 *
 * @example
 * const half = ownSolver('half', ({ right }) => mul(right, 0.5)); // solves 2·V = G
 * answerOf(half, { right: ones([1, 2]), product: (v) => mul(v, 2), beta: 2 }).products // 0
 */
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

/** Solves the ridge system of a design by a solver of your own. */
export const solveOwn = <P extends Tree.Tree>(system: RidgeSystem<P>, solver: OwnSolver): Solution<P> =>
  scope(() => {
    const { design, h, beta } = system;
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
      system,
      { value, measured: measure(system, value, { g: right }), g: right },
      { route: 'own', precision: 'float32', iterations: products, tolerance },
    );
  });
