/**
 * The inverse of a symmetric positive definite matrix in float64, in three stages of n³/6
 * multiply-adds each: the Cholesky factor L of M, the inverse of L, and L⁻ᵀ·L⁻¹. Matrices are
 * row-major, with rows of N numbers: n rounded up to a multiple of four. The rows and columns of
 * the padding are those of the identity.
 */
import { at, dots4x2 } from './dots';
import { solveLower } from './triangular';
import { HEAD } from './scratch';

/** N for an order n. */
export function paddedOrder(n: i32): i32 {
  return (n + 3) & ~3;
}

/** M = K + c + βI in float64, padded, from K [n, n] in float32. Gives the largest absolute row sum of K + c, or NaN. */
export function widen(k: usize, n: i32, beta: f64, plus: f64, m: usize): f64 {
  const size = paddedOrder(n);
  let largest: f64 = 0;
  for (let i = 0; i < size; i++) {
    let total: f64 = 0;
    for (let j = 0; j < size; j++) {
      const value: f64 = i < n && j < n ? <f64>load<f32>(k + (<usize>(i * n + j) << 2)) + plus : 0;
      total += abs(value);
      const shift: f64 = i != j ? 0 : i < n ? beta : 1;
      store<f64>(at(m, size, i, j), value + shift);
    }
    if (!(total <= largest)) largest = total;
  }
  return largest;
}

/**
 * The Cholesky factor L in the place of the lower half of M, a block of columns after the other: `factorBlock` factors the block on
 * the diagonal, and `factorBelow` makes of it what lies below. Each number is one sum in one order, whoever makes it.
 *
 * `factorBlock`: rows j0 … j1, multiples of four. 1, or 0 where M is not positive definite. `sums` holds 8 numbers.
 */
export function factorBlock(m: usize, size: i32, j0: i32, j1: i32, sums: usize): i32 {
  const stride = <usize>size << 3;
  for (let i = j0; i < j1; i += 4) {
    const rows = at(m, size, i, 0);
    solveLower(m, size, rows, j0, i, sums);
    // The block on the diagonal: first what lies to the left of it, then its own columns one by one.
    for (let j = 0; j < 4; j += 2) {
      dots4x2(rows, stride, at(m, size, i + j, 0), stride, i, sums);
      for (let r = j; r < 4; r++) {
        const here = at(m, size, i + r, i + j);
        const d = sums + (<usize>r << 4);
        store<f64>(here, load<f64>(here) - load<f64>(d));
        store<f64>(here, load<f64>(here, 8) - load<f64>(d, 8), 8);
      }
    }
    for (let j = i; j < i + 4; j++) {
      for (let r = j; r < i + 4; r++) {
        const here = at(m, size, r, j);
        let value = load<f64>(here);
        for (let k = i; k < j; k++) value -= load<f64>(at(m, size, r, k)) * load<f64>(at(m, size, j, k));
        if (r == j) {
          if (!(value > 0)) return 0;
          store<f64>(here, sqrt(value));
        } else store<f64>(here, value / load<f64>(at(m, size, j, j)));
      }
    }
  }
  return 1;
}

/** Columns j0 … j1 of the rows below: fours of them from `from` to `to`, counted from row j1 on. */
export function factorBelow(
  m: usize,
  size: i32,
  j0: i32,
  j1: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let i = j1 + 4 * from; i < j1 + 4 * to; i += 4)
    solveLower(m, size, at(m, size, i, 0), j0, j1, scratch + HEAD);
}

/** Fours of rows of Y [size, size] from `from` to `to`: row j of Y is column j of L⁻¹. */
export function invertFactor(l: usize, y: usize, size: i32, scratch: usize, from: i32, to: i32): void {
  const sums = scratch + HEAD;
  const stride = <usize>size << 3;
  for (let j = 4 * from; j < 4 * to; j += 4) {
    for (let r = j; r < j + 4; r++) {
      memory.fill(at(y, size, r, 0), 0, stride);
      store<f64>(at(y, size, r, r), 1 / load<f64>(at(l, size, r, r)));
      for (let i = r + 1; i < j + 4; i++) {
        let sum: f64 = 0;
        for (let k = r; k < i; k++) sum += load<f64>(at(l, size, i, k)) * load<f64>(at(y, size, r, k));
        store<f64>(at(y, size, r, i), -sum / load<f64>(at(l, size, i, i)));
      }
    }
    for (let i = j + 4; i < size; i += 2) {
      dots4x2(at(y, size, j, j), stride, at(l, size, i, j), stride, i - j, sums);
      const first = load<f64>(at(l, size, i, i));
      const between = load<f64>(at(l, size, i + 1, i));
      const second = load<f64>(at(l, size, i + 1, i + 1));
      for (let r = 0; r < 4; r++) {
        const here = at(y, size, j + r, i);
        const d = sums + (<usize>r << 4);
        const x = -load<f64>(d) / first;
        store<f64>(here, x);
        store<f64>(here, -(load<f64>(d, 8) + between * x) / second, 8);
      }
    }
  }
}

/** Fours of rows from `from` to `to` of the lower half of M⁻¹ [n, n], Σ_k Y[i, k]·Y[j, k], and their mirror image. */
export function multiply(
  y: usize,
  out: usize,
  n: i32,
  size: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const sums = scratch + HEAD;
  const stride = <usize>size << 3;
  for (let i = 4 * from; i < 4 * to; i += 4)
    for (let j = 0; j < i + 4; j += 2) {
      dots4x2(at(y, size, i, i), stride, at(y, size, j, i), stride, size - i, sums);
      for (let r = 0; r < 4; r++)
        for (let c = 0; c < 2; c++) {
          const row = i + r;
          const column = j + c;
          if (row >= n || column > row) continue;
          const value = <f32>load<f64>(sums + (<usize>(2 * r + c) << 3));
          store<f32>(out + (<usize>(row * n + column) << 2), value);
          store<f32>(out + (<usize>(column * n + row) << 2), value);
        }
    }
}
