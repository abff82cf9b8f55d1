/** (K + c + βI)⁻¹, factored in float64 if host and backend share their memory. */
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { toHost } from '../core';
import { hasKernel, runOwn } from '../ops';
import { cholesky, invertLower } from './cholesky';
import { gramOfRows, shifted, transposeHost } from './host';

/** (K + c + βI)⁻¹, its norm, and whether the system was positive definite. */
export interface ShiftedInverse {
  /** [n, n], float32. */
  readonly inverse: Tensor;
  /**
   * The largest absolute row sum of K + c: at least its largest eigenvalue, and at most √n times
   * it.
   */
  readonly norm: number;
  /** Whether K + c + βI is positive definite in float64. If false, the inverse is meaningless. */
  readonly definite: boolean;
}

const rowSumNorm = (m: Float64Array, n: number): number => {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let total = 0;
    for (let j = 0; j < n; j++) total += Math.abs(m[i * n + j] ?? 0);
    // True for NaN too.
    if (!(total <= largest)) largest = total;
  }
  return largest;
};

/**
 * `invertShifted` on the host: the reference for the kernel `InverseShifted` of a backend.
 *
 * `k`, `beta` and `plus` are those of `invertShifted`.
 *
 * @example invertShiftedPlain(eye(2), 1).norm // 1
 */
export const invertShiftedPlain = (k: Tensor, beta: number, plus = 0): ShiftedInverse => {
  const n = Math.sqrt(k.size);
  const host = toHost(k).map((value) => value + plus);
  const norm = rowSumNorm(host, n);
  const factor = cholesky(shifted(host, n, beta), n);
  if (factor === undefined) return { inverse: k, norm, definite: false };
  // M⁻¹ = L⁻ᵀ·L⁻¹: the Gram matrix of the columns of L⁻¹.
  const inverse = gramOfRows(transposeHost(invertLower(factor, n), n, n), n, n);
  return { inverse: tensor(new Float32Array(inverse), [n, n], 'float32'), norm, definite: true };
};

/**
 * (K + c + βI)⁻¹ for a symmetric positive semidefinite K [n, n], a number c = `plus` that is added
 * to every entry, and β ≥ 0. It is computed by Cholesky in float64 and rounded to float32 at the
 * end, by the backend's own kernel if it has one. If the system is not positive definite,
 * `definite` is false. You dispose of the inverse.
 *
 * `k` is K.
 *
 * @example invertShifted(eye(2), 1).definite // true
 */
export const invertShifted = (k: Tensor, beta: number, plus = 0): ShiftedInverse => {
  if (!hasKernel('InverseShifted')) return invertShiftedPlain(k, beta, plus);
  const [inverse = k, facts = k] = runOwn('InverseShifted', { k }, { beta, plus });
  const [norm = Number.NaN, definite = 0] = facts.dataSync();
  return { inverse, norm, definite: definite === 1 };
};
