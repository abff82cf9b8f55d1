/**
 * Scaled dot-product attention of sequences [N, T, D] by heads, and its pull-back. A head reads its
 * features of queries, keys and values in place, and scores exist for some rows of queries at a time:
 *
 *     S = Q·Kᵀ/√w,   P = softmax S,   Y = P·V
 *     dV = Pᵀ·dY,   dP = dY·Vᵀ,   dS = P ∘ (dP − Σ_j P∘dP),   dQ = dS·K/√w,   dK = dSᵀ·Q/√w
 */
import { exponentials, largestOf } from './entropy';
import { partsOf, productAll } from './gemm';
import { memberOf } from './scratch';

/** Rows of queries whose scores are held at once: whole tiles. */
const ROWS: i32 = 120;

/** Numbers of a thread's area for one matrix of scores. */
export function attendRoom(length: i32): i32 {
  return min(ROWS, length) * length;
}

/** Items of work of a sequence and a head. */
export function attendItems(length: i32): i32 {
  return partsOf(length, ROWS);
}

@inline
function scaled(x: usize, by: f32, n: i32): void {
  const four = f32x4.splat(by);
  let i: usize = 0;
  const end = <usize>n << 2;
  for (; i + 16 <= end; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), four));
  for (; i < end; i += 4) store<f32>(x + i, load<f32>(x + i) * by);
}

/** Σ x·y of n numbers, in float64. */
function inner(x: usize, y: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i: usize = 0;
  const end = <usize>n << 2;
  for (; i + 16 <= end; i += 16) {
    const z = f32x4.mul(v128.load(x + i), v128.load(y + i));
    low = f64x2.add(low, f64x2.promote_low_f32x4(z));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(z, z, 1, 1)));
  }
  low = f64x2.add(low, high);
  let total = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; i < end; i += 4) total += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
  return total;
}

/** y = by·x∘(y − shift) for n numbers. */
function weighted(x: usize, y: usize, shift: f32, by: f32, n: i32): void {
  const shifts = f32x4.splat(shift);
  const times = f32x4.splat(by);
  let i: usize = 0;
  const end = <usize>n << 2;
  for (; i + 16 <= end; i += 16) {
    const moved = f32x4.sub(v128.load(y + i), shifts);
    v128.store(y + i, f32x4.mul(f32x4.mul(v128.load(x + i), moved), times));
  }
  for (; i < end; i += 4) store<f32>(y + i, load<f32>(x + i) * (load<f32>(y + i) - shift) * by);
}

/** The weights P [rows, seen] of rows of queries, of which the first is `first`. */
function weigh(
  q: usize,
  k: usize,
  p: usize,
  first: i32,
  rows: i32,
  seen: i32,
  features: i32,
  width: i32,
  causal: i32,
  scratch: usize,
): void {
  productAll(q + (<usize>(first * features) << 2), features, k, features, p, seen, rows, seen, width, 0, 1, false, scratch);
  const scale = <f32>(1 / sqrt(<f64>width));
  for (let r = 0; r < rows; r++) {
    const row = p + (<usize>(r * seen) << 2);
    const places = causal ? first + r + 1 : seen;
    const total = exponentials(row, largestOf(row, places), scale, places, row);
    scaled(row, <f32>(1 / total), places);
    // A call of its own, even for no bytes.
    if (places < seen) memory.fill(row + (<usize>places << 2), 0, <usize>(seen - places) << 2);
  }
}

/**
 * Y of items from..to: `attendItems` of each head of each sequence. `area` is `attendRoom` numbers for each thread.
 */
export function attend(
  q: usize,
  k: usize,
  v: usize,
  y: usize,
  length: i32,
  features: i32,
  heads: i32,
  causal: i32,
  area: usize,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const width = features / heads;
  const p = area + (<usize>(memberOf(scratch) * attendRoom(length)) << 2);
  const parts = attendItems(length);
  for (let item = from; item < to; item++) {
    const head = item / parts;
    const at = <usize>((head / heads) * length * features + (head % heads) * width) << 2;
    const first = (item % parts) * ROWS;
    const rows = min(ROWS, length - first);
    const seen = causal ? first + rows : length;
    weigh(q + at, k + at, p, first, rows, seen, features, width, causal, scratch);
    const out = y + at + (<usize>(first * features) << 2);
    productAll(p, seen, v + at, features, out, features, rows, width, seen, 0, 0, false, scratch);
  }
}

/** dQ, dK and dV of heads from..to of all sequences. `area` is twice `attendRoom` numbers for each thread. */
export function attendGradient(
  q: usize,
  k: usize,
  v: usize,
  dy: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  length: i32,
  features: i32,
  heads: i32,
  causal: i32,
  area: usize,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const width = features / heads;
  const room = <usize>attendRoom(length) << 2;
  const p = area + 2 * <usize>memberOf(scratch) * room;
  const ds = p + room;
  const scale = <f32>(1 / sqrt(<f64>width));
  for (let head = from; head < to; head++) {
    const at = <usize>((head / heads) * length * features + (head % heads) * width) << 2;
    // From the last part on: it sees all places, so that it writes what the others are added to.
    for (let part = attendItems(length) - 1; part >= 0; part--) {
      const first = part * ROWS;
      const rows = min(ROWS, length - first);
      const seen = causal ? first + rows : length;
      const onto = first + rows < length;
      const here = at + (<usize>(first * features) << 2);
      weigh(q + at, k + at, p, first, rows, seen, features, width, causal, scratch);
      productAll(p, seen, dy + here, features, dv + at, features, seen, width, rows, 1, 0, onto, scratch);
      productAll(dy + here, features, v + at, features, ds, seen, rows, seen, width, 0, 1, false, scratch);
      for (let r = 0; r < rows; r++) {
        const row = <usize>(r * seen) << 2;
        weighted(p + row, ds + row, <f32>inner(p + row, ds + row, seen), scale, seen);
      }
      productAll(ds, seen, k + at, features, dq + here, features, rows, width, seen, 0, 0, false, scratch);
      productAll(ds, seen, q + here, features, dk + at, features, seen, width, rows, 1, 0, onto, scratch);
    }
  }
}
