/** The reference for `solveAveraged`: from the matrices A themselves, in float64 on the host. */
import { scalar, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { fail, toHost, toNumber, type Tree } from '../core';
import { type AveragedSolution, type GramMean } from './averaged';
import { cholesky, choleskySolve } from './cholesky';
import { gramOfRows, normHost, relative, shifted, timesTransposed, transposeHost } from './host';
import { DEFAULT_TOLERANCE, type Design } from './operator';
import { judged } from './solveReport';

/** AᵀA, row-major. */
const gramOf = ({ matrix, rows, columns }: Design<Tree.Tree>): Float64Array =>
  gramOfRows(transposeHost(toHost(matrix()), rows, columns), columns, rows);

/** A design, and the weight w of its term w/2·‖A·V − H‖². */
export interface WeightedDesign {
  readonly design: Design<Tree.Tree>;
  readonly weight: number;
}

/**
 * V = (w·R·C/ω + I/τ)⁻¹·g in float64 on the host, for g [units, columns], the gradient at V = 0. C
 * and ω are as in `solveAveraged`, w is the weight of the first design, and R the rows of all
 * designs. AᵀA is the sum of theirs, each times its weight over w. You dispose of the result.
 * Throws a `Fault` with tag `solver` for a singular system.
 *
 * `others` are the further designs of the same parameters, `rho` is ρ, `tolerance` the residual up
 * to which the solve counts as converged, and `before` the mean before this batch.
 *
 * @example
 * const g = design.pack(design.adjoint(residual));
 * solveAveragedPlain({ design, weight: 1 }, [], g, 0.05, 0.9).report.converged // true
 */
export const solveAveragedPlain = (
  first: WeightedDesign,
  others: readonly WeightedDesign[],
  g: Tensor,
  tau: number,
  rho: number,
  tolerance = DEFAULT_TOLERANCE,
  before?: GramMean,
): AveragedSolution<Tree.Tree> => {
  const { design, weight } = first;
  const { columns: n, units } = design;
  const all = [first, ...others];
  const rows = all.reduce((total, one) => total + one.design.rows, 0);
  const grams = all.map((one) => ({ gram: gramOf(one.design), by: one.weight / weight }));
  const old = before === undefined ? undefined : toHost(before.mean);
  const omega = (before === undefined ? 0 : toNumber(before.weight)) * rho + 1 - rho;
  const mean = Float64Array.from({ length: n * n }, (_, i) => {
    const own = grams.reduce((total, { gram, by }) => total + by * (gram[i] ?? Number.NaN), 0);
    return (old?.[i] ?? 0) * rho + (own * (1 - rho)) / rows;
  });
  const system = shifted(
    mean.map((c) => (weight * rows * c) / omega),
    n,
    1 / tau,
  );
  const factor =
    cholesky(system, n) ??
    fail('solver', 'averaged Cholesky', 'a positive definite system', 'a singular one');
  const host = toHost(g);
  // As it is returned: rounded to the numbers of the parameters.
  const v = Float32Array.from(choleskySolve(factor, n, host, units));
  const image = timesTransposed(new Float64Array(v), system, units, n, n);
  const defect = host.map((x, i) => x - (image[i] ?? Number.NaN));
  return {
    value: design.unpack(tensor(v, g.shape)),
    memory: { mean: tensor(Float32Array.from(mean), [n, n]), weight: scalar(omega) },
    report: {
      route: 'primal',
      precision: 'float64',
      iterations: 0,
      ...judged(relative(normHost(defect), normHost(host)), tolerance),
    },
  };
};
