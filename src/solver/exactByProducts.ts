/**
 * Exact ridge solves without a read: for backends where reading stalls. The small system is inverted by products, the
 * inverse applied, and the solution refined a fixed number of times; nothing is done on the host, nothing depends on a
 * number that would have to be read first.
 *
 * Accuracy, in float32: on the golden cases, with condition numbers up to some 1e4, relative residuals of at most 3e-6 and directions
 * within 8e-5 of float64. The refinement takes out what the inverse leaves, up to 1e-7·κ of the solution, as long as that is
 * well below one: from κ = 1e6 on it gains little, and the residual says so. What the Gram matrix itself loses, about
 * 6e-8·κ/√n of the solution in its worst directions, n being the order of the system, stays. Where float32 is not
 * enough, `precision: 'float64'` solves on the host, and reads.
 */
import { abs, add, eye, matMul, max, mul, relu, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { scope, type Tree } from '../core';
import { chooseGram } from './cost';
import { dualGramOf, timesDual } from './dual';
import { inverseByProducts } from './inverseByProducts';
import { concluded, measure } from './measure';
import { DEFAULT_TOLERANCE, type Design, type Solver } from './operator';
import { type Solution } from './solveReport';

/**
 * The least share of the largest eigenvalue that is damped to: what float32 products can invert. The step is then that of a smaller τ,
 * which each refinement takes nearer to the one that was asked for, the block's energy falling all the way: M + δI being above M,
 * the iteration S += (M + δI)⁻¹(B − MS) takes the error down in every direction.
 */
const LEAST_SHARE = 2e-6;

/** K with its diagonal raised, so that K + βI has no eigenvalue below that share of the largest row sum. */
const invertible = (k: Tensor, beta: number): Tensor => {
  const missing = relu(sub(mul(max(sum(abs(k), 1)), LEAST_SHARE), beta));
  return add(k, mul(eye(k.shape[0]), missing));
};

type Exact = Extract<Solver, { kind: 'exact' }>;

/** The first takes out what the inverse leaves; the second what is left of that for condition numbers above 1e5. */
const REFINEMENTS = 2;

/** V = (AᵀA + βI)⁻¹·Aᵀ·H as in `solveExact`. A singular system is no failure here, but a residual near one. */
export const solveByProducts = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Exact,
  route: 'primal' | 'dual',
): Solution<P> =>
  scope(() => {
    const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
    const gram = way === undefined ? dualGramOf(design) : { k: way.form(), plus: 0 };
    const g = way === undefined ? undefined : design.pack(design.adjoint(h));
    const b = g ?? design.toUnits(h);
    const s = scope((): Tensor => {
      const make = (): Tensor =>
        inverseByProducts(invertible(gram.plus === 0 ? gram.k : add(gram.k, gram.plus), beta), beta).inverse;
      const inverse = design.shared?.tensor(`inverse of ${way?.name ?? route} + ${beta}`, make) ?? make();
      let found = matMul(b, inverse);
      for (let i = 0; i < REFINEMENTS; i++) {
        const defect = sub(b, add(timesDual(found, gram), mul(found, beta)));
        found = add(found, matMul(defect, inverse));
      }
      return found;
    });
    const value = way === undefined ? design.adjoint(design.fromUnits(s)) : design.unpack(s);
    const measured = measure(design, h, beta, value, g === undefined ? {} : { g });
    return concluded(
      design,
      h,
      beta,
      { value, measured },
      {
        route,
        ...(way === undefined ? {} : { gram: way.name }),
        precision: 'float32',
        iterations: REFINEMENTS,
        tolerance: solver.tolerance ?? DEFAULT_TOLERANCE,
      },
    );
  });
