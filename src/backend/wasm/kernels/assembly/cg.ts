/**
 * Conjugate gradients for `(AᵀA + βI)·v = Aᵀh`, run in the dual with K = AAᵀ, for many right-hand
 * sides h at once, each a row. A block of rows runs all iterations before the next block begins, so
 * it stays in the cache.
 */
import { productAll } from './gemm';
import { madd } from './madd';
import { memberOf } from './scratch';

/** Rows of a block. */
const ROWS: i32 = 100;

/** Bytes of work space of each thread, for rows of n values. */
export function dualCgWork(n: i32): i32 {
  return (5 * n + 2) * ROWS << 2;
}

/** Items of work. */
export function dualCgItems(units: i32): i32 {
  return (units + ROWS - 1) / ROWS;
}

/** The product of rows [rows, n] with K + c, c = `plus` being added to every entry: c apart, so that it rounds nothing away. */
function timesGram(
  x: usize,
  k: usize,
  plus: f32,
  y: usize,
  rows: i32,
  n: i32,
  scratch: usize,
): void {
  productAll(x, n, k, n, y, n, rows, n, n, 0, 0, false, scratch);
  if (plus == 0) return;
  const stride = <usize>n << 2;
  for (let r: usize = 0; r < <usize>rows; r++) addToAll(y + r * stride, plus * total(x + r * stride, n), n);
}

/**
 * W [units, n], the iterate with V = W·A, for H [units, n] and K + `plus` [n, n] symmetric, after `iterations` from zero. A row whose
 * squared residual is at most `solved` times that of zero, or has no curvature left, stays as it is.
 */
export function dualCg(
  k: usize,
  n: i32,
  beta: f32,
  plus: f32,
  h: usize,
  w: usize,
  units: i32,
  iterations: i32,
  solved: f32,
  work: usize,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const size = <usize>(ROWS * n) << 2;
  const s = work + <usize>memberOf(scratch) * <usize>dualCgWork(n);
  const q = s + size;
  const ks = q + size;
  const kq = ks + size;
  const kkq = kq + size;
  const squares = kkq + size;
  const bounds = squares + (<usize>ROWS << 2);
  const stride = <usize>n << 2;
  for (let item = from; item < to; item++) {
    const rows = min(ROWS, units - item * ROWS);
    const bytes = <usize>rows * stride;
    const begin = <usize>(item * ROWS) * stride;
    memory.copy(s, h + begin, bytes);
    memory.copy(q, h + begin, bytes);
    memory.fill(w + begin, 0, bytes);
    timesGram(s, k, plus, ks, rows, n, scratch);
    memory.copy(kq, ks, bytes);
    for (let r: usize = 0; r < <usize>rows; r++) {
      const square = dot(s + r * stride, ks + r * stride, n);
      store<f32>(squares + (r << 2), square);
      store<f32>(bounds + (r << 2), square * solved);
    }
    for (let i = 0; i < iterations; i++) {
      const last = i == iterations - 1;
      // The last iterate needs nothing of what follows.
      if (!last) timesGram(kq, k, plus, kkq, rows, n, scratch);
      for (let r: usize = 0; r < <usize>rows; r++) {
        const at = r * stride;
        const square = load<f32>(squares + (r << 2));
        if (!(square > load<f32>(bounds + (r << 2)))) continue;
        const curvature = dot(kq + at, kq + at, n) + beta * dot(kq + at, q + at, n);
        const alpha: f32 = curvature > 0 ? square / curvature : 0;
        addScaled(w + begin + at, q + at, alpha, n);
        if (last) continue;
        // s −= α(Kq + βq), and the same for Ks.
        addScaled(s + at, kq + at, -alpha, n);
        addScaled(s + at, q + at, -alpha * beta, n);
        addScaled(ks + at, kkq + at, -alpha, n);
        addScaled(ks + at, kq + at, -alpha * beta, n);
        const next = dot(s + at, ks + at, n);
        store<f32>(squares + (r << 2), next);
        const along: f32 = next > load<f32>(bounds + (r << 2)) ? next / square : 0;
        scaledPlus(q + at, along, s + at, n);
        scaledPlus(kq + at, along, ks + at, n);
      }
    }
  }
}

function dot(x: usize, y: usize, n: i32): f32 {
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = <usize>i << 2;
    sum0 = madd(v128.load(x + at), v128.load(y + at), sum0);
    sum1 = madd(v128.load(x + at, 16), v128.load(y + at, 16), sum1);
  }
  const sum = f32x4.add(sum0, sum1);
  let found =
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  for (; i < n; i++) found += load<f32>(x + (<usize>i << 2)) * load<f32>(y + (<usize>i << 2));
  return found;
}

/** The sum of n numbers. */
function total(x: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) sum = f32x4.add(sum, v128.load(x + (<usize>i << 2)));
  let rest =
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  for (; i < n; i++) rest += load<f32>(x + (<usize>i << 2));
  return rest;
}

/** x += c in every entry. */
function addToAll(x: usize, c: f32, n: i32): void {
  const summand = f32x4.splat(c);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = x + (<usize>i << 2);
    v128.store(at, f32x4.add(v128.load(at), summand));
  }
  for (; i < n; i++) {
    const at = x + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + c);
  }
}

/** x += c·y */
function addScaled(x: usize, y: usize, c: f32, n: i32): void {
  const factor = f32x4.splat(c);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    v128.store(x + at, f32x4.add(v128.load(x + at), f32x4.mul(factor, v128.load(y + at))));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(x + at, load<f32>(x + at) + c * load<f32>(y + at));
  }
}

/** x = c·x + y */
function scaledPlus(x: usize, c: f32, y: usize, n: i32): void {
  const factor = f32x4.splat(c);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    v128.store(x + at, f32x4.add(v128.load(y + at), f32x4.mul(factor, v128.load(x + at))));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(x + at, load<f32>(y + at) + c * load<f32>(x + at));
  }
}
