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
import { dispose, fail, inPhase, scope, toHost, toNumber, type Tree } from '../core';
import { hasKernel, runOwn, runOwnForOne } from '../ops';
import { type DualSolution } from './along';
import { type Design, type InputsOfDesign } from './operator';
import { singlePays } from './smallWork';
import { joinedOf } from './split';

/** The dual of reflected examples. */
export interface ReflectedDual<P> {
  /** H·Q for rows H [m, R] of units, and its inverse. */
  readonly reflected: (units: Tensor) => Tensor;
  /** For S' [units, R] of H·Q: V = (Q·A)ᵀ·S', and S', both corrected along the mean row of A. */
  readonly settled: (s: Tensor, h: Tensor) => DualSolution<P>;
  /**
   * ((AAᵀ + βI)⁻¹·A)ᵀ [columns, R], of the examples as they are, corrected along the mean row of A: the
   * columns of `inputs.x`, and that of ones.
   */
  readonly columns: () => readonly Tensor[];
  /** V of the columns [units, ·] of `inputs.x`, and that of ones. */
  readonly joined: (most: Tensor, last: Tensor | undefined) => P;
}

/** A factor of AAᵀ + βI or AᵀA + βI, which is applied by substitution. */
export interface SingleFactor<P> {
  /** B·(K + βI)⁻¹ for rows of B; in the dual, K is that of reflected examples. */
  readonly solved: (b: Tensor) => Tensor;
  /** The largest absolute row sum of K, in the dual without the mean of the examples. */
  readonly norm: number;
  /** The dual alone. */
  readonly dual?: ReflectedDual<P>;
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
): SingleFactor<P> | undefined => {
  const { inputs, rows } = design;
  if (inputs === undefined || !hasKernel('FactorSingle') || !(beta > 0)) return undefined;
  if (!singlePays(design, route === 'dual' ? rows : design.columns)) return undefined;
  if (!(traceOf(inputs, rows) <= HOPELESS * most)) return undefined;
  const once = (name: string, make: () => Tensor): Tensor => design.shared?.tensor(name, make) ?? make();
  const factorOf = (k: Tensor, first: number, reflected: 0 | 1): Tensor =>
    inPhase('factor', () =>
      once(`${route} + ${beta} up to ${most} in float32`, () =>
        runOwnForOne('FactorSingle', { k }, { beta, first, reflected, most }),
      ),
    );
  const factored = (factor: Tensor): SingleFactor<P> | undefined => {
    const [status, norm = Number.NaN] = toHost(scope(() => slice(factor, [factor.size - 2], [2])));
    const solved = (b: Tensor): Tensor =>
      runOwnForOne('SubstituteSingle', { factor, b }, { turned: 0, ones: 0 });
    return status === 1 ? { solved, norm } : undefined;
  };
  if (route === 'primal') return factored(factorOf(inPhase('gram', form), 0, 0));

  const { ones } = inputs;
  const reflect = (): Tensor => runOwnForOne('Reflect', { x: inputs.x }, { axis: 0 });
  // Q·x is as large as x: it is freed once V or the columns are solved, and made anew if V by these has not converged.
  let own: Tensor | undefined;
  const reflectedInputs = (): Tensor =>
    design.shared?.tensor('Qx', reflect) ?? (own?.isDisposed === false ? own : (own = reflect()));
  const k = inPhase('gram', () => {
    const x = reflectedInputs();
    return once('QxxᵀQ', () => matMul(x, x, false, true));
  });
  const factor = factorOf(k, ones * rows, 1);
  const found = factored(factor);
  if (found === undefined) return undefined;
  const joined = (most: Tensor, last: Tensor | undefined): P =>
    last === undefined ? design.unpack(most) : joinedOf(design, { most, last });
  const free = (): void => {
    if (own !== undefined) dispose(own);
  };
  const settled = (s: Tensor, h: Tensor): DualSolution<P> => {
    const operands = { s, h, k, x: reflectedInputs(), a: inputs.x };
    const [most, both, last] = runOwn('SettleUnits', operands, { beta, ones });
    free();
    return both === undefined || most === undefined
      ? fail('backend', 'SettleUnits', 'V and S', 'less')
      : { s: both, value: joined(most, last) };
  };
  const columns = (): readonly Tensor[] => {
    const solvedColumns = scope(() => {
      const x = reflectedInputs();
      const t = runOwnForOne('SubstituteSingle', { factor, b: x }, { turned: 1, ones });
      return runOwn('SettleColumns', { t, k, x, a: inputs.x }, { beta, ones });
    });
    free();
    return solvedColumns;
  };
  const reflected = (units: Tensor): Tensor => runOwnForOne('Reflect', { x: units }, { axis: 1 });
  return { ...found, dual: { reflected, settled, columns, joined } };
};
