/**
 * Exact ridge solves without a read, for backends where reads stall. The small system is inverted
 * by products, the inverse is applied, and the solution is refined a fixed number of times. Nothing
 * runs on the host, and nothing depends on a number that would have to be read first.
 *
 * Accuracy, in float32: on the golden cases, with condition numbers up to some 1e4, relative
 * residuals are at most 3e-6, and directions are within 8e-5 of float64. One refinement by the Gram
 * matrix removes the error of the inverse, up to 1e-7·κ of the solution. Refinements by A itself
 * remove the error of the Gram matrix, as long as both errors are well below one. From κ = 1e6 on
 * they improve little, and the residual says so. Each costs a product with A and one with Aᵀ, two
 * thirds of backprop. If float32 is not accurate enough, `precision: 'float64'` solves on the host,
 * with reads.
 */
import { abs, add, eye, matMul, max, mul, relu, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { scope, Tree } from '../core';
import { chooseGram } from './choose';
import { dualGramOf, timesDual } from './dual';
import { inverseByProducts } from './inverseByProducts';
import { concluded, measure } from './measure';
import { DEFAULT_TOLERANCE, type RidgeSystem, type Solver } from './operator';
import { type Solution } from './solveReport';

/**
 * The least share of the largest eigenvalue to which the system is damped: the limit of what
 * float32 products can invert. The step is then that of a smaller τ. Each refinement takes it
 * nearer to the requested step while the block's energy falls: M + δI is above M, so the iteration
 * S += (M + δI)⁻¹(B − MS) reduces the error in every direction.
 */
const LEAST_SHARE = 2e-6;

/**
 * K with its diagonal raised, so that K + βI has no eigenvalue below that share of the largest row
 * sum.
 */
export const invertible = (k: Tensor, beta: number): Tensor => {
  const missing = relu(sub(mul(max(sum(abs(k), 1)), LEAST_SHARE), beta));
  return add(k, mul(eye(k.shape[0]), missing));
};

type Exact = Extract<Solver, { kind: 'exact' }>;

/**
 * Refinements by the Gram matrix, which remove the error of the inverse; then refinements by A,
 * which remove the error of the Gram matrix.
 */
const BY_GRAM = 1;
const BY_DESIGN = 3;

/**
 * V = (AᵀA + βI)⁻¹·Aᵀ·H as in `solveExact`. A singular system does not fail; its residual is near
 * one.
 */
export const solveByProducts = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  solver: Exact,
  route: 'primal' | 'dual',
): Solution<P> =>
  scope(() => {
    const { design, h, beta } = system;
    const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
    const gram = way === undefined ? dualGramOf(design) : { k: way.form(), plus: 0 };
    const g = way === undefined ? undefined : design.pack(design.adjoint(h));
    const b = g ?? design.toUnits(h);
    const make = (): Tensor =>
      inverseByProducts(invertible(gram.plus === 0 ? gram.k : add(gram.k, gram.plus), beta), beta).inverse;
    const inverse = design.shared?.tensor(`inverse of ${way?.name ?? route} + ${beta}`, make) ?? make();
    const byGram = scope((): Tensor => {
      let found = matMul(b, inverse);
      for (let i = 0; i < BY_GRAM; i++) {
        const defect = sub(b, add(timesDual(found, gram), mul(found, beta)));
        found = add(found, matMul(defect, inverse));
      }
      return found;
    });
    const carried = (of: Tensor): P =>
      way === undefined ? design.adjoint(design.fromUnits(of)) : design.unpack(of);
    // In the dual, the correction is added to V, which is not computed anew: this also corrects the
    // rounding of Aᵀ·S.
    const refined = ([s, v]: readonly [Tensor, P]): readonly [Tensor, P] =>
      scope(() => {
        const miss = sub(h, design.apply(v));
        const seen = way === undefined ? design.toUnits(miss) : design.pack(design.adjoint(miss));
        const by = matMul(sub(seen, mul(s, beta)), inverse);
        return [add(s, by), Tree.zip((x, y) => add(x, y))(v, carried(by))];
      });
    const [, value] = Array.from({ length: BY_DESIGN }).reduce<readonly [Tensor, P]>(refined, [
      byGram,
      carried(byGram),
    ]);
    const measured = measure(system, value, g === undefined ? {} : { g });
    return concluded(
      system,
      { value, measured },
      {
        route,
        ...(way === undefined ? {} : { gram: way.name }),
        precision: 'float32',
        iterations: BY_GRAM + BY_DESIGN,
        tolerance: solver.tolerance ?? DEFAULT_TOLERANCE,
      },
    );
  });
