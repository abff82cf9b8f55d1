/**
 * Triangular systems in float64 for four right-hand sides at once. M contains L, and for the second
 * system Lᵀ above its diagonal.
 */
import { at, dots4x2 } from './dots';

/** Unknowns from j0 to j1 of four rows of L·x = b in place, given those before them. */
@inline
export function solveLower(m: usize, size: i32, rows: usize, j0: i32, j1: i32, sums: usize): void {
  const stride = <usize>size << 3;
  for (let j = j0; j < j1; j += 2) {
    dots4x2(rows, stride, at(m, size, j, 0), stride, j, sums);
    const first = load<f64>(at(m, size, j, j));
    const between = load<f64>(at(m, size, j + 1, j));
    const second = load<f64>(at(m, size, j + 1, j + 1));
    for (let r = 0; r < 4; r++) {
      const here = rows + <usize>r * stride + (<usize>j << 3);
      const d = sums + (<usize>r << 4);
      const x = (load<f64>(here) - load<f64>(d)) / first;
      store<f64>(here, x);
      store<f64>(here, (load<f64>(here, 8) - load<f64>(d, 8) - x * between) / second, 8);
    }
  }
}

/** Unknowns from i0 to i1 of four rows of Lᵀ·x = b, in place, the last first, given those behind them. */
@inline
export function solveUpper(m: usize, size: i32, rows: usize, i0: i32, i1: i32, sums: usize): void {
  const stride = <usize>size << 3;
  for (let i = i1 - 2; i >= i0; i -= 2) {
    const rest = size - i - 2;
    dots4x2(rows + (<usize>(i + 2) << 3), stride, at(m, size, i, i + 2), stride, rest, sums);
    const first = load<f64>(at(m, size, i, i));
    const between = load<f64>(at(m, size, i, i + 1));
    const second = load<f64>(at(m, size, i + 1, i + 1));
    for (let r = 0; r < 4; r++) {
      const here = rows + <usize>r * stride + (<usize>i << 3);
      const d = sums + (<usize>r << 4);
      const y = (load<f64>(here, 8) - load<f64>(d, 8)) / second;
      store<f64>(here, y, 8);
      store<f64>(here, (load<f64>(here) - load<f64>(d) - between * y) / first);
    }
  }
}
