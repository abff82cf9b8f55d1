/**
 * Factors in float32, by kernels that some backends have: twice as fast as in float64, for systems
 * of dense layers that float32 determines well enough.
 *
 * In the dual, inputs with a common part m make one eigenvalue of AAᵀ large, about R·‖m‖², and
 * float32 loses of all others what it rounds of that one. So the examples are reflected first: for
 * the Householder reflection Q that takes the vector of ones to √R·e₁, the first row of Q·A is √R
 * times the mean row, and the others lack the common part. V = (Q·A)ᵀ·S' with ((Q·A)(Q·A)ᵀ + βI)·S'
 * = Q·H is the same V, and Cholesky factors are as accurate as the diagonal is graded: the large
 * first number harms no other.
 */
import { matMul, slice, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import { inPhase, scope, toHost, toNumber, type Tree } from '../core';
import { hasKernel, runOwnForOne } from '../ops';
import { type Design, type InputsOfDesign } from './operator';
import { singlePays } from './smallWork';

/** A factor of AAᵀ + βI or AᵀA + βI, which is applied by substitution. */
export interface SingleFactor {
  /** B·(K + βI)⁻¹ for rows of B. */
  readonly solved: (b: Tensor) => Tensor;
  /** Aᵀ·(K + βI)⁻¹ [columns, rows] in the dual. */
  readonly solvedInputs: (inputs: InputsOfDesign) => Tensor;
  /** The largest absolute row sum of K, in the dual without the mean of the examples. */
  readonly norm: number;
}

/** Rows of A of which an estimate of its size is made. */
const SAMPLE = 8;
/**
 * If the sample says that K exceeds the bound by this factor, K is not formed. The common part,
 * which the bound does not count, is most of what a sample of images shows.
 */
const HOPELESS = 16;

/** An estimate of the trace of AᵀA by a few rows. */
const traceOf = ({ x, ones }: InputsOfDesign, rows: number): number => {
  const few = Math.min(SAMPLE, rows);
  const seen = toNumber(scope(() => sum(square(slice(x, [0, 0], [few, x.shape[1] ?? 0])))));
  return rows * (seen / few + ones);
};

/**
 * The factor of the dual or primal system of a dense layer; `undefined` if the backend has no
 * kernel for it, if A does not lie in memory, if the largest absolute row sum of K exceeds `most`,
 * or if K + βI is not positive definite in float32. `form` forms AᵀA.
 */
export const factorSingle = <P extends Tree.Tree>(
  design: Design<P>,
  route: 'primal' | 'dual',
  beta: number,
  most: number,
  form: () => Tensor,
): SingleFactor | undefined => {
  const { inputs, rows } = design;
  if (inputs === undefined || !hasKernel('FactorSingle') || !(beta > 0)) return undefined;
  if (!singlePays(design, route === 'dual' ? rows : design.columns)) return undefined;
  if (!(traceOf(inputs, rows) <= HOPELESS * most)) return undefined;
  const once = (name: string, make: () => Tensor): Tensor => design.shared?.tensor(name, make) ?? make();
  const dual = route === 'dual';
  const gramOfReflected = (): Tensor =>
    scope(() => {
      const x = runOwnForOne('Reflect', { x: inputs.x }, {});
      return matMul(x, x, false, true);
    });
  const k = inPhase('gram', () => (dual ? once('QxxᵀQ', gramOfReflected) : form()));
  const reflected = dual ? 1 : 0;
  const first = dual ? inputs.ones * rows : 0;
  const factor = inPhase('factor', () =>
    once(`${route} + ${beta} up to ${most} in float32`, () =>
      runOwnForOne('FactorSingle', { k }, { beta, first, reflected, most }),
    ),
  );
  const [status, norm = Number.NaN] = toHost(scope(() => slice(factor, [factor.size - 2], [2])));
  if (status !== 1) return undefined;
  const solved = (b: Tensor, turned: 0 | 1, ones: 0 | 1): Tensor =>
    runOwnForOne('SubstituteSingle', { factor, b }, { reflected, turned, ones });
  return { solved: (b) => solved(b, 0, 0), solvedInputs: ({ x, ones }) => solved(x, 1, ones), norm };
};
