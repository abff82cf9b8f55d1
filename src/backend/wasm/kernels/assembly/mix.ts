/**
 * Eight combinations with signs of many rows (`solver/sketch.ts`): a fast Walsh-Hadamard transform of
 * each eight rows, which takes 24 additions in place of 64 multiply-adds.
 */
import { addRow } from './few';
import { madd } from './madd';
import { HEAD } from './scratch';

/** Rows of a group, and combinations. */
const ORDER: i32 = 8;
/** Groups of a block, whose sums are added up: one long sum would round as many times as it has terms. */
const GROUPS: i32 = 32;
/** The most columns of a part: its sums stay in the first cache. */
const COLUMNS: i32 = 512;
const ROW: usize = <usize>COLUMNS << 2;

/** Bytes of scratch that `mixSigns` needs: sums of a block, and of all. */
export function mixScratch(): i32 {
  return <i32>(HEAD + 2 * <usize>ORDER * ROW);
}

/** −1 where a number below 8 has an odd number of bits. */
@inline
function parity(bits: i32): f32 {
  return popcnt(bits) & 1 ? -1 : 1;
}

@inline
function sign(by: usize, units: i32, r: i32, i: i32): f32 {
  return load<f32>(by + (<usize>(r * units + i) << 2));
}

/** How the columns of a group from unit i on are exchanged: by the exclusive or with this number. */
@inline
function exchanged(by: usize, units: i32, i: i32): i32 {
  const first = sign(by, units, 0, i);
  let found = 0;
  for (let bit = 0; bit < 3; bit++) if (sign(by, units, 1 << bit, i) != first) found |= 1 << bit;
  return found;
}

/** Whether `by` [8, units] consists of signs as `signMatrix` gives them. */
export function areSigns(by: usize, units: i32): i32 {
  for (let i = 0; i < units; i++) {
    const own = sign(by, units, 0, i);
    if (abs(own) != 1) return 0;
    const column = (i % ORDER) ^ exchanged(by, units, i - (i % ORDER));
    for (let r = 1; r < ORDER; r++) if (sign(by, units, r, i) != own * parity(r & column)) return 0;
  }
  return 1;
}

/** `by`·M for M [units, columns], by parts of `width` columns from `from` to `to`. */
export function mixSigns(
  by: usize,
  units: i32,
  m: usize,
  columns: i32,
  out: usize,
  width: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const block = scratch + HEAD;
  const sums = block + <usize>ORDER * ROW;
  const whole = units - (units % ORDER);
  for (let item = from; item < to; item++) {
    const j = item * width;
    const count = min(width, columns - j);
    const start = m + (<usize>j << 2);
    memory.fill(sums, 0, <usize>ORDER * ROW);
    for (let first = 0; first < units; first += ORDER * GROUPS) {
      memory.fill(block, 0, <usize>ORDER * ROW);
      const last = min(first + ORDER * GROUPS, units);
      for (let i = first; i < min(last, whole); i += ORDER) addGroup(by, units, i, start, columns, count, block);
      for (let i = max(first, whole); i < last; i++)
        for (let r = 0; r < ORDER; r++)
          addRow(sign(by, units, r, i), start + (<usize>i * <usize>columns << 2), count, block + <usize>r * ROW);
      for (let r = 0; r < ORDER; r++) addRow(1, block + <usize>r * ROW, count, sums + <usize>r * ROW);
    }
    for (let r = 0; r < ORDER; r++)
      memory.copy(out + (<usize>(r * columns + j) << 2), sums + <usize>r * ROW, <usize>count << 2);
  }
}

/** Adds the combinations of the eight rows from i on to the sums. */
function addGroup(by: usize, units: i32, i: i32, m: usize, columns: i32, count: i32, sums: usize): void {
  const by0 = exchanged(by, units, i);
  const stride = <usize>columns << 2;
  const rows = m + <usize>i * stride;
  const d = by + (<usize>i << 2);
  const x0 = rows + <usize>by0 * stride;
  const x1 = rows + <usize>(by0 ^ 1) * stride;
  const x2 = rows + <usize>(by0 ^ 2) * stride;
  const x3 = rows + <usize>(by0 ^ 3) * stride;
  const x4 = rows + <usize>(by0 ^ 4) * stride;
  const x5 = rows + <usize>(by0 ^ 5) * stride;
  const x6 = rows + <usize>(by0 ^ 6) * stride;
  const x7 = rows + <usize>(by0 ^ 7) * stride;
  const d0 = v128.load32_splat(d + (<usize>by0 << 2));
  const d1 = v128.load32_splat(d + (<usize>(by0 ^ 1) << 2));
  const d2 = v128.load32_splat(d + (<usize>(by0 ^ 2) << 2));
  const d3 = v128.load32_splat(d + (<usize>(by0 ^ 3) << 2));
  const d4 = v128.load32_splat(d + (<usize>(by0 ^ 4) << 2));
  const d5 = v128.load32_splat(d + (<usize>(by0 ^ 5) << 2));
  const d6 = v128.load32_splat(d + (<usize>(by0 ^ 6) << 2));
  const d7 = v128.load32_splat(d + (<usize>(by0 ^ 7) << 2));
  const end = <usize>count << 2;
  let at: usize = 0;
  for (; at + 16 <= end; at += 16) {
    const a0 = f32x4.mul(d0, v128.load(x0 + at));
    const a1 = f32x4.mul(d1, v128.load(x1 + at));
    const a2 = f32x4.mul(d2, v128.load(x2 + at));
    const a3 = f32x4.mul(d3, v128.load(x3 + at));
    const a4 = f32x4.mul(d4, v128.load(x4 + at));
    const a5 = f32x4.mul(d5, v128.load(x5 + at));
    const a6 = f32x4.mul(d6, v128.load(x6 + at));
    const a7 = f32x4.mul(d7, v128.load(x7 + at));
    const b0 = f32x4.add(a0, a1);
    const b1 = f32x4.sub(a0, a1);
    const b2 = f32x4.add(a2, a3);
    const b3 = f32x4.sub(a2, a3);
    const b4 = f32x4.add(a4, a5);
    const b5 = f32x4.sub(a4, a5);
    const b6 = f32x4.add(a6, a7);
    const b7 = f32x4.sub(a6, a7);
    const c0 = f32x4.add(b0, b2);
    const c1 = f32x4.add(b1, b3);
    const c2 = f32x4.sub(b0, b2);
    const c3 = f32x4.sub(b1, b3);
    const c4 = f32x4.add(b4, b6);
    const c5 = f32x4.add(b5, b7);
    const c6 = f32x4.sub(b4, b6);
    const c7 = f32x4.sub(b5, b7);
    const sum = sums + at;
    v128.store(sum, f32x4.add(v128.load(sum), f32x4.add(c0, c4)));
    v128.store(sum, f32x4.add(v128.load(sum, ROW), f32x4.add(c1, c5)), ROW);
    v128.store(sum, f32x4.add(v128.load(sum, 2 * ROW), f32x4.add(c2, c6)), 2 * ROW);
    v128.store(sum, f32x4.add(v128.load(sum, 3 * ROW), f32x4.add(c3, c7)), 3 * ROW);
    v128.store(sum, f32x4.add(v128.load(sum, 4 * ROW), f32x4.sub(c0, c4)), 4 * ROW);
    v128.store(sum, f32x4.add(v128.load(sum, 5 * ROW), f32x4.sub(c1, c5)), 5 * ROW);
    v128.store(sum, f32x4.add(v128.load(sum, 6 * ROW), f32x4.sub(c2, c6)), 6 * ROW);
    v128.store(sum, f32x4.add(v128.load(sum, 7 * ROW), f32x4.sub(c3, c7)), 7 * ROW);
  }
  for (; at < end; at += 4)
    for (let k = 0; k < ORDER; k++) {
      const value = v128.load32_zero(rows + <usize>k * stride + at);
      for (let r = 0; r < ORDER; r++) {
        const sum = sums + <usize>r * ROW + at;
        const own = v128.load32_splat(d + (<usize>(r * units + k) << 2));
        v128.store32_lane(sum, madd(own, value, v128.load32_zero(sum)), 0);
      }
    }
}
