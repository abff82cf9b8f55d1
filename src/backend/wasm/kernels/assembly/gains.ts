/**
 * A gain and a bias for each feature of rows x [R, F], and the pull-back, each in one pass:
 *
 *     y = x ∘ gain + bias,   dx = dy ∘ gain,   dgain = Σ_r dy∘x,   dbias = Σ_r dy
 */

/** Rows of an item of work. */
const ROWS: i32 = 128;

export function gainItems(rows: i32): i32 {
  return (rows + ROWS - 1) / ROWS;
}

/** y of items from..to. */
export function gainAndBias(
  x: usize,
  gain: usize,
  bias: usize,
  y: usize,
  rows: i32,
  features: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const end = <usize>features << 2;
  const last = min(to * ROWS, rows);
  for (let r = from * ROWS; r < last; r++) {
    const here = <usize>r * end;
    let i: usize = 0;
    for (; i + 16 <= end; i += 16) {
      const scaled = f32x4.mul(v128.load(x + here + i), v128.load(gain + i));
      v128.store(y + here + i, f32x4.add(v128.load(bias + i), scaled));
    }
    for (; i < end; i += 4) store<f32>(y + here + i, load<f32>(bias + i) + load<f32>(x + here + i) * load<f32>(gain + i));
  }
}

/** dx of items from..to, and their sums in float64: of dy∘x to `sums` [items, F], of dy to the same behind it. */
export function gainAndBiasGradient(
  x: usize,
  gain: usize,
  dy: usize,
  dx: usize,
  sums: usize,
  rows: i32,
  features: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const end = <usize>features << 2;
  const second = sums + (<usize>gainItems(rows) * end << 1);
  for (let item = from; item < to; item++) {
    const start = <usize>(item * ROWS) * end;
    const stop = <usize>min((item + 1) * ROWS, rows) * end;
    const ofGain = sums + (<usize>item * end << 1);
    const ofBias = second + (<usize>item * end << 1);
    let i: usize = 0;
    for (; i + 16 <= end; i += 16) {
      const by = v128.load(gain + i);
      let low = f64x2.splat(0);
      let high = f64x2.splat(0);
      let lowest = f64x2.splat(0);
      let highest = f64x2.splat(0);
      for (let here = start + i; here < stop; here += end) {
        const d = v128.load(dy + here);
        const z = f32x4.mul(d, v128.load(x + here));
        v128.store(dx + here, f32x4.mul(d, by));
        low = f64x2.add(low, f64x2.promote_low_f32x4(z));
        high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(z, z, 1, 1)));
        lowest = f64x2.add(lowest, f64x2.promote_low_f32x4(d));
        highest = f64x2.add(highest, f64x2.promote_low_f32x4(i64x2.shuffle(d, d, 1, 1)));
      }
      v128.store(ofGain + 2 * i, low);
      v128.store(ofGain + 2 * i, high, 16);
      v128.store(ofBias + 2 * i, lowest);
      v128.store(ofBias + 2 * i, highest, 16);
    }
    for (; i < end; i += 4) {
      let gains: f64 = 0;
      let biases: f64 = 0;
      for (let here = start + i; here < stop; here += end) {
        const d = load<f32>(dy + here);
        store<f32>(dx + here, d * load<f32>(gain + i));
        gains += <f64>(d * load<f32>(x + here));
        biases += <f64>d;
      }
      store<f64>(ofGain + 2 * i, gains);
      store<f64>(ofBias + 2 * i, biases);
    }
  }
}
