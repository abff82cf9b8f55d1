/**
 * The reference for `nextFactors` and `inMetric`: from the matrices A and H themselves, in float64
 * on the host.
 */
import { scalar, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { fail, toHost, toNumber } from '../core';
import { type GramMean } from './averaged';
import { cholesky, choleskySolve } from './cholesky';
import { gramOfRows, shifted } from './host';
import { type Factor, type FactorInverse, type FactorOptions, type Factors, isDue } from './kronecker';

/** The rows of A and of H of one batch, on the host: R rows of N examples. */
export interface PlainBatch {
  /** Aᵀ [F, R], row-major. */
  readonly inputs: Float64Array;
  /** F. */
  readonly columns: number;
  /** Hᵀ [U, R], row-major; missing for a one-sided metric. */
  readonly outputs?: Float64Array;
  /** U. */
  readonly units: number;
  /** R. */
  readonly rows: number;
  /** N. */
  readonly examples: number;
}

interface Mean {
  readonly kept: GramMean;
  /** M itself. */
  readonly value: Float64Array;
}

const meanAfter = (own: Float64Array, n: number, rho: number, before: GramMean | undefined): Mean => {
  const old = before === undefined ? undefined : toHost(before.mean);
  const weight = (before === undefined ? 0 : toNumber(before.weight)) * rho + 1 - rho;
  const sum = own.map((v, i) => (old?.[i] ?? 0) * rho + v * (1 - rho));
  return {
    kept: { mean: tensor(Float32Array.from(sum), [n, n]), weight: scalar(weight) },
    value: sum.map((v) => v / weight),
  };
};

const levelOf = (m: Float64Array, n: number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += m[i * (n + 1)] ?? Number.NaN;
  return total / n;
};

const inverseOf = (m: Float64Array, n: number, shift: number): FactorInverse => {
  const factor =
    cholesky(shifted(m, n, shift), n) ??
    fail('solver', 'factors', 'a positive definite factor', 'a singular one');
  const identity = Float64Array.from({ length: n * n }, (_, k) => Number(k % (n + 1) === 0));
  return {
    inverse: tensor(Float32Array.from(choleskySolve(factor, n, identity, n)), [n, n]),
    age: scalar(0),
  };
};

/**
 * The factors after a batch, as `nextFactors` gives them, in float64 on the host. You dispose of
 * their tensors. Throws a `Fault` with tag `solver` if a factor is not positive definite.
 *
 * `before` are the factors before the batch; inverses are computed anew after `every` batches.
 *
 * @example
 * const inputs = Float64Array.of(1, 0, 0, 1);
 * const batch = { inputs, columns: 2, units: 3, rows: 2, examples: 2 };
 * const options = { average: 0.95, damping: 0.1, every: 1 };
 * nextFactorsPlain(batch, options, undefined).inputs.of.inverse.shape // [2, 2]
 */
export const nextFactorsPlain = (
  batch: PlainBatch,
  { average, damping, every }: FactorOptions,
  before: Factors | undefined,
): Factors => {
  const { columns, units, rows, examples } = batch;
  const due = isDue(every, before?.inputs.of);
  const gram = gramOfRows(batch.inputs, columns, rows).map((v) => v / rows);
  const inputs = meanAfter(gram, columns, average, before?.inputs.mean);
  const made = (mean: Mean, n: number, shift: number, old: FactorInverse | undefined): Factor => ({
    mean: mean.kept,
    of:
      due || old === undefined
        ? inverseOf(mean.value, n, shift)
        : { inverse: old.inverse.clone(), age: scalar(toNumber(old.age) + 1) },
  });
  if (batch.outputs === undefined) return { inputs: made(inputs, columns, damping, before?.inputs.of) };
  const outer = gramOfRows(batch.outputs, units, rows).map((v) => v * examples);
  const outputs = meanAfter(outer, units, average, before?.outputs?.mean);
  const [a, g] = [levelOf(inputs.value, columns), levelOf(outputs.value, units)];
  const pi = a * g > 0 ? Math.sqrt(a / g) : 1;
  const root = Math.sqrt(damping);
  return {
    inputs: made(inputs, columns, pi * root, before?.inputs.of),
    outputs: made(outputs, units, root / pi, before?.outputs?.of),
  };
};

/**
 * V as `inMetric` gives it, in float64 on the host. You dispose of V.
 *
 * `g` is G, and the second argument has the factors of the inputs and, if there is one, of the
 * `outputs`.
 *
 * @example
 * const inputs = Float64Array.of(1, 0, 0, 1);
 * const batch = { inputs, columns: 2, units: 3, rows: 2, examples: 2 };
 * const options = { average: 0.95, damping: 0.1, every: 1 };
 * inMetricPlain(ones([3, 2]), nextFactorsPlain(batch, options, undefined)).shape // [3, 2]
 */
export const inMetricPlain = (g: Tensor, { inputs, outputs }: Factors): Tensor => {
  const [units = 1, columns = 1] = g.shape;
  const product = (a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array =>
    Float64Array.from({ length: m * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let total = 0;
      for (let l = 0; l < k; l++) total += (a[i * k + l] ?? Number.NaN) * (b[l * n + j] ?? Number.NaN);
      return total;
    });
  const right = product(toHost(g), toHost(inputs.of.inverse), units, columns, columns);
  const found =
    outputs === undefined ? right : product(toHost(outputs.of.inverse), right, units, units, columns);
  return tensor(Float32Array.from(found), [units, columns]);
};
