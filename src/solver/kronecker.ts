/**
 * Metrics that are Kronecker products of two small matrices, each a running mean over the batches:
 *
 *     Ā ← mean of AᵀA/R,   Ḡ ← mean of N·HᵀH        R rows of A [R, F], N examples, H [R, U] gradients by the outputs
 *     V = (Ḡ + √λ/π·I)⁻¹·G·(Ā + π√λ·I)⁻¹,   π² = (tr Ā/F)/(tr Ḡ/U)
 *
 * G and V are [U, F]. With both sides it is K-FAC's factored damping (Martens and Grosse 2015, section 6.3); for positions that share
 * their weights N·HᵀH and AᵀA/R are the factors of KFC (Grosse and Martens 2016), up to a number that cancels. With the inputs alone it is
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
/** The inverse of a damped factor, and how many batches ago it was made, a scalar. */
export type FactorInverse = { readonly inverse: Tensor; readonly age: Tensor };

/** A side of the metric: what is averaged, and the inverse that directions are multiplied by. */
export interface Factor {
  readonly mean: GramMean;
  readonly of: FactorInverse;
}

/** Both sides; in one-sided metrics there is no second. */
export interface Factors {
  readonly inputs: Factor;
  readonly outputs?: Factor;
}

/** How factors are averaged and damped. */
export interface FactorOptions {
  /** ρ in [0, 1): how much an older batch counts, each; see `exact`. */
  readonly average: number;
  /** λ. */
  readonly damping: number;
  /** Batches from one inverse to the next. */
  readonly every: number;
}

/** What one batch says of both sides: AᵀA of R rows, and HᵀH times the number of examples. */
export interface BatchFactors {
  readonly gram: Tensor;
  readonly rows: number;
  readonly outputs?: Tensor;
}

/** A `Fault` `options` for ρ outside [0, 1), a λ that is not positive and finite, or `every` below 1. */
export const checkFactorOptions = ({ average, damping, every }: FactorOptions): void => {
  fraction('factors.average', average);
  positive('factors.damping', damping);
  whole('factors.every', every, 1);
};

/** Whether the inverse is to be made anew. Where it is so for every batch nothing is read. */
export const isDue = (every: number, before: FactorInverse | undefined): boolean =>
  before === undefined || every === 1 || toNumber(before.age) + 1 >= every;

const meanOf = ({ mean, weight }: GramMean): Tensor => div(mean, weight);

/** tr M/n. */
const level = (m: Tensor): Tensor => {
  const [n = 1] = m.shape;
  return div(sum(mul(m, eye(n))), n);
};

/** (M + s·I)⁻¹ for a scalar s > 0, and how far it is from that: ‖I − (M + s·I)·X‖/√n. */
const inverted = (
  path: string,
  m: Tensor,
  s: Tensor,
): { readonly inverse: Tensor; readonly residual: Measured } => {
  const [n = 1] = m.shape;
  const relative = div(m, s);
  if (readsStall()) {
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

/** π of the factored damping; 1 where a factor is 0. Roots first: where gradients have faded the ratio of the traces overflows. */
const balance = (a: Tensor, g: Tensor): Tensor => {
  const [inputs, outputs] = [sqrt(level(a)), sqrt(level(g))];
  const one = scalar(1);
  const known = greater(mul(inputs, outputs), 0);
  return where(known, div(inputs, where(known, outputs, one)), one);
};

/**
 * The factors after a batch, and reports of the inverses that were made: what is measured is ‖I − M·X‖/√n of each. The tensors are the
 * caller's. A `Fault`: `shape` where factors of another layer are given, `solver` for a batch that is not finite.
 */
export const nextFactors = (
  path: string,
  { gram, rows, outputs: outer }: BatchFactors,
  { average, damping, every }: FactorOptions,
  before: Factors | undefined,
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
    const { inverse, residual } = inverted(path, meanOf(mean), shift);
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

/** V = (Ḡ + …)⁻¹·G·(Ā + …)⁻¹ for G [U, F]. */
export const inMetric = (g: Tensor, { inputs, outputs }: Factors): Tensor =>
  scope(() => {
    const right = matMul(g, inputs.of.inverse);
    return outputs === undefined ? right : matMul(outputs.of.inverse, right);
  });
