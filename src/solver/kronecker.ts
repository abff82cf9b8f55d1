/**
 * Metrics that are Kronecker products of two small matrices, each a running mean over the batches:
 *
 *     Ā ← mean of AᵀA/R,   Ḡ ← mean of N·HᵀH        R rows of A [R, F], N examples, H [R, U] gradients by the outputs
 *     V = (Ḡ + √λ/π·I)⁻¹·G·(Ā + π√λ·I)⁻¹,   π² = (tr Ā/F)/(tr Ḡ/U)
 *
 * G and V are [U, F]. With both factors this is K-FAC's factored damping (Martens and Grosse 2015,
 * section 6.3). For positions that share their weights, N·HᵀH and AᵀA/R are the factors of KFC
 * (Grosse and Martens 2016), up to a number that cancels. With the factor of the inputs alone it is
 * FOOF (Benzing 2022): V = G·(Ā + λI)⁻¹.
 */
import {
  add,
  div,
  eye,
  greater,
  matMul,
  mul,
  norm,
  scalar,
  sqrt,
  sub,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { fail, fraction, positive, readsStall, scope, toNumber, whole } from '../core';
import { type GramMean, nextMean } from './averaged';
import { singular } from './double';
import { invertible } from './exactByProducts';
import { invertShifted } from './inverse';
import { inverseByProducts } from './inverseByProducts';
import { DEFAULT_TOLERANCE } from './operator';
import { judged, type Measured, type SolveReport } from './solveReport';

// Type aliases, not interfaces: only aliases are trees to the compiler.
/** The inverse of a damped factor, and its age in batches, a scalar. */
export type FactorInverse = { readonly inverse: Tensor; readonly age: Tensor };

/** One factor of the metric: its running mean, and the inverse that multiplies directions. */
export interface Factor {
  /** The running mean of the factor. */
  readonly mean: GramMean;
  /** The inverse of its damped mean. */
  readonly of: FactorInverse;
}

/** Both factors of the metric. A one-sided metric has no `outputs`. */
export interface Factors {
  /** Ā, the factor of the inputs, [F, F]. */
  readonly inputs: Factor;
  /** Ḡ, the factor of the gradients by the outputs, [U, U]. */
  readonly outputs?: Factor;
}

/** How factors are averaged and damped. */
export interface FactorOptions {
  /** ρ in [0, 1): in the running mean, each older batch counts ρ times as much. */
  readonly average: number;
  /** λ > 0. */
  readonly damping: number;
  /** How many batches use one inverse, at least 1. */
  readonly every: number;
}

/** The factors of one batch: AᵀA [F, F] of R rows, and HᵀH [U, U] times the number of examples. */
export interface BatchFactors {
  /** AᵀA [F, F], a sum over the rows. */
  readonly gram: Tensor;
  /** R: examples times positions. */
  readonly rows: number;
  /** N·HᵀH [U, U]; missing for a one-sided metric. */
  readonly outputs?: Tensor;
}

/**
 * Throws a `Fault` with tag `options` if ρ is not in [0, 1), λ is not positive and finite, or
 * `every` is below 1.
 *
 * @example checkFactorOptions({ average: 0.95, damping: 1e-3, every: 10 })
 */
export const checkFactorOptions = ({ average, damping, every }: FactorOptions): void => {
  fraction('factors.average', average);
  positive('factors.damping', damping);
  whole('factors.every', every, 1);
};

/** Whether the inverse has to be made anew. If every batch makes it anew, nothing is read. */
export const isDue = (every: number, before: FactorInverse | undefined): boolean =>
  before === undefined || every === 1 || toNumber(before.age) + 1 >= every;

const meanOf = ({ mean, weight }: GramMean): Tensor => div(mean, weight);

/** tr M/n. */
const level = (m: Tensor): Tensor => {
  const [n = 1] = m.shape;
  return div(sum(mul(m, eye(n))), n);
};

/** (M + s·I)⁻¹ for a scalar s > 0, and its error ‖I − (M + s·I)·X‖/√n. */
const inverted = (
  path: string,
  m: Tensor,
  s: Tensor,
  mayRead: boolean,
): { readonly inverse: Tensor; readonly residual: Measured } => {
  const [n = 1] = m.shape;
  const relative = div(m, s);
  if (!mayRead) {
    const { inverse, residual } = inverseByProducts(invertible(relative, 1), 1);
    return { inverse: div(inverse, s), residual };
  }
  const { inverse, definite } = invertShifted(relative, 1);
  if (!definite) return singular(path, n, 1);
  const defect = sub(eye(n), add(matMul(relative, inverse), inverse));
  return { inverse: div(inverse, s), residual: toNumber(norm(defect)) / Math.sqrt(n) };
};

const reportOf = (residual: Measured): SolveReport => ({
  route: 'primal',
  precision: 'float32',
  iterations: 0,
  ...judged(residual, DEFAULT_TOLERANCE),
});

/**
 * π of the factored damping; 1 if a factor is 0. It takes roots first, since the ratio of the
 * traces overflows if gradients have vanished.
 */
const balance = (a: Tensor, g: Tensor): Tensor => {
  const [inputs, outputs] = [sqrt(level(a)), sqrt(level(g))];
  const one = scalar(1);
  const known = greater(mul(inputs, outputs), 0);
  return where(known, div(inputs, where(known, outputs, one)), one);
};

/**
 * The factors after a batch, and reports of the inverses that were made. The residual of a report
 * is ‖I − M·X‖/√n. `path` names the link in errors. You dispose of the tensors of the factors.
 *
 * The factors are AᵀA of the inputs and, if the batch has one, HᵀH of the `outputs`. Inverses are
 * computed anew after `every` batches. For `mayRead` see `solveRidge`.
 *
 * Throws a `Fault` with tag `shape` if `before` belongs to another layer, and `solver` for a batch
 * that is not finite.
 *
 * @example
 * const options = { average: 0.95, damping: 0.1, every: 1 };
 * const { factors } = nextFactors('link 1', { gram: eye(3), rows: 4 }, options, undefined);
 * inMetric(ones([2, 3]), factors).shape // [2, 3]
 */
export const nextFactors = (
  path: string,
  { gram, rows, outputs: outer }: BatchFactors,
  { average, damping, every }: FactorOptions,
  before: Factors | undefined,
  mayRead = !readsStall(),
): { readonly factors: Factors; readonly reports: readonly SolveReport[] } => {
  if (before !== undefined && before.inputs.mean.mean.shape.join() !== gram.shape.join())
    fail(
      'shape',
      path,
      `factors [${gram.shape.join(', ')}]`,
      `[${before.inputs.mean.mean.shape.join(', ')}]`,
    );
  const reports: SolveReport[] = [];
  const inputs = nextMean(gram, rows, average, before?.inputs.mean);
  const outputs = outer === undefined ? undefined : nextMean(outer, 1, average, before?.outputs?.mean);
  const due = isDue(every, before?.inputs.of);
  const of = (mean: GramMean, shift: Tensor, old: FactorInverse | undefined): FactorInverse => {
    if (!due && old !== undefined) return { inverse: old.inverse.clone(), age: add(old.age, 1) };
    const { inverse, residual } = inverted(path, meanOf(mean), shift, mayRead);
    reports.push(reportOf(residual));
    return { inverse, age: scalar(0) };
  };
  if (outputs === undefined)
    return {
      factors: { inputs: { mean: inputs, of: of(inputs, scalar(damping), before?.inputs.of) } },
      reports,
    };
  const pi = due ? balance(meanOf(inputs), meanOf(outputs)) : scalar(1);
  const root = Math.sqrt(damping);
  return {
    factors: {
      inputs: { mean: inputs, of: of(inputs, mul(pi, root), before?.inputs.of) },
      outputs: { mean: outputs, of: of(outputs, div(root, pi), before?.outputs?.of) },
    },
    reports,
  };
};

/**
 * V = (Ḡ + √λ/π·I)⁻¹·G·(Ā + π√λ·I)⁻¹ for G [U, F], by the inverses of the factors; without a factor
 * of the outputs V = G·(Ā + λI)⁻¹. You dispose of V.
 *
 * `g` is G. It does not check that the factors are those of its layer: if the shapes differ, tfjs
 * throws an error.
 *
 * @example
 * const options = { average: 0, damping: 0.1, every: 1 };
 * const { factors } = nextFactors('link 1', { gram: eye(3), rows: 1 }, options, undefined);
 * inMetric(ones([1, 3]), factors).shape // [1, 3]
 */
export const inMetric = (g: Tensor, { inputs, outputs }: Factors): Tensor =>
  scope(() => {
    const right = matMul(g, inputs.of.inverse);
    return outputs === undefined ? right : matMul(outputs.of.inverse, right);
  });
