/**
 * The gradient of a convolution by its filter: dw[t, u] = Σ over images and output positions p of
 * x[p + t]·dy[p, u]. For each band (see `conv.ts`), a tile of five neighbouring taps by eight units
 * is summed over all positions.
 *
 * The bands are divided into slots, each with sums of its own, which are added at the end. The
 * number of slots, and the slot of each band, depend on the shape alone. So any number of threads
 * adds the same numbers in the same order. At most 128 positions are summed in float32. The sums of
 * these are float64: a filter sees tens of thousands of positions, and a float32 sum of so many
 * would lose hundreds of roundings.
 */
import { madd } from './madd';
import { HEAD, memberOf } from './scratch';
import { bandOf, copyBand, Shape, taps } from './shape';
import { turnFour } from './transpose';

/** Taps and units of a tile. */
const HEIGHT: i32 = 5;
const WIDTH: i32 = 8;
/** Taps of a tile of four units. */
const TALL: i32 = 8;
/** Slots at most: enough to share among eight threads. */
const SLOTS: i32 = 16;
/** Numbers of the sums of all slots, unless those of one are more: 4 MB. */
const ROOM: i32 = 1 << 19;
/** Positions that are added up in float32. */
const CHAIN: i32 = 128;
/** Units of a piece. */
const UNITS: i32 = 32;

/** Taps of a run, rounded up to whole tiles: the additional ones see what lies behind, and are left out at the end. */
@inline
function height(s: Shape): i32 {
  return ((s.run + HEIGHT - 1) / HEIGHT) * HEIGHT;
}

/** Numbers of the sums of one slot. */
@inline
function slotSums(s: Shape): i32 {
  return s.kernelHeight * s.parts * height(s) * s.wide;
}

@inline
function slotsOf(s: Shape): i32 {
  return max(1, min(min(SLOTS, s.images * s.bands), ROOM / max(1, slotSums(s))));
}

/** Blocks of units that divide the sums of a slot, if few slots would give few items. */
@inline
function blocksOf(s: Shape): i32 {
  return slotsOf(s) >= SLOTS / 2 ? 1 : (s.wide + UNITS - 1) / UNITS;
}

/** Pieces that the sums of a slot are cut into: blocks of units for each row of the filter. They cut no sum. */
@inline
function piecesOf(s: Shape): i32 {
  return slotsOf(s) >= SLOTS / 2 ? 1 : s.kernelHeight * blocksOf(s);
}

/** Numbers in float64 that the sums of all slots take. */
export function filterSums(s: Shape): i32 {
  return slotsOf(s) * slotSums(s);
}

/** Items of work: pieces of slots. */
export function filterItems(s: Shape): i32 {
  return slotsOf(s) * piecesOf(s);
}

/** Items from..to of those of all shapes behind `list`, added to their sums, which begin as zeros. */
export function filterGradient(list: usize, scratch: usize, from: i32, to: i32): void {
  let at = list;
  /** The items of the shapes before that at `at`. */
  let before = 0;
  for (let item = from; item < to; item++) {
    let s = changetype<Shape>(<usize>load<u32>(at));
    let items = filterItems(s);
    for (; item >= before + items; items = filterItems(s)) {
      before += items;
      at += 4;
      s = changetype<Shape>(<usize>load<u32>(at));
    }
    addItem(s, item - before, scratch);
  }
}

function addItem(s: Shape, item: i32, scratch: usize): void {
  const pieces = piecesOf(s);
  const blocks = blocksOf(s);
  const piece = item % pieces;
  const row = pieces == 1 ? 0 : piece / blocks;
  const rows = pieces == 1 ? s.kernelHeight : 1;
  const first = pieces == 1 ? 0 : (piece % blocks) * UNITS;
  const end = pieces == 1 ? s.wide : min(first + UNITS, s.wide);
  sumPiece(s, item / pieces, row, row + rows, first, end, bandOf(s, memberOf(scratch)), scratch + HEAD);
}

/** Rows i0..i1 of the filter by units u0..u1, over the bands of a slot in their order. */
function sumPiece(
  s: Shape,
  slot: i32,
  i0: i32,
  i1: i32,
  u0: i32,
  u1: i32,
  band: usize,
  tile: usize,
): void {
  const slots = slotsOf(s);
  const bands = s.images * s.bands;
  const step = <usize>s.units << 2;
  const table = <usize>s.positionsAt;
  const stride = <usize>s.wide << 3;
  const mine = <usize>s.work + (<usize>(slot * slotSums(s) + i0 * s.parts * height(s) * s.wide) << 3);
  const last = <i32>((<i64>(slot + 1) * bands) / slots);
  for (let item = <i32>((<i64>slot * bands) / slots); item < last; item++) {
    const n = item / s.bands;
    const row = (item % s.bands) * s.band;
    const outputs = min(s.band, s.outHeight - row);
    const positions = outputs * s.outWidth;
    copyBand(s, n, row, outputs, band);
    const dy = <usize>s.out + (<usize>((n * s.outHeight + row) * s.outWidth * s.units) << 2);
    let sums = mine;
    for (let i = i0; i < i1; i++)
      for (let j = 0; j < s.parts; j++) {
        const a = band + (<usize>(i * s.dilationHeight * s.line + j * s.partStep) << 2);
        for (let first = 0; first < positions; first += CHAIN) {
          const count = min(CHAIN, positions - first);
          const places = table + (<usize>first << 2);
          const from = dy + <usize>first * step;
          let u = u0;
          for (; u + WIDTH <= u1; u += WIDTH) {
            const b = from + (<usize>u << 2);
            let to = sums + (<usize>u << 3);
            for (let l = 0; l < s.run; l += HEIGHT) {
              filterTile(a + (<usize>l << 2), places, count, b, step, tile, to, stride);
              to += <usize>HEIGHT * stride;
            }
          }
          if (u == u1) continue;
          const b = from + (<usize>u << 2);
          let to = sums + (<usize>u << 3);
          for (let l = 0; l < s.run; l += TALL) {
            const rows = min(TALL, height(s) - l);
            tallTile(a + (<usize>l << 2), places, count, b, step, tile, rows, to, stride);
            to += <usize>TALL * stride;
          }
        }
        sums += <usize>height(s) * stride;
      }
  }
}

/** Four float32 numbers added to four of float64. */
@inline
function addFour(x: usize, to: usize): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(v128.load64_zero(x))));
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(v128.load64_zero(x, 8))), 16);
}

/** The sums of all slots together, in the order of the slots, as a filter. */
export function sumFilter(s: Shape): void {
  const count = taps(s);
  let to = <usize>s.filter;
  for (let tap = 0; tap < count; tap++)
    for (let u = 0; u < s.units; u += 2) {
      const total = sumOfSlots(s, tap, u);
      store<f32>(to, <f32>f64x2.extract_lane(total, 0));
      if (u + 1 < s.units) store<f32>(to, <f32>f64x2.extract_lane(total, 1), 4);
      to += u + 1 < s.units ? 8 : 4;
    }
}

/**
 * The same in float64, tap t and unit u at number t·tapStep + u·unitStep of `to`. Taps are counted row, column, channel, or where
 * `channels` are given, and not 1, channel, row, column.
 */
export function sumFilterWide(s: Shape, to: usize, channels: i32, tapStep: i32, unitStep: i32): void {
  const count = taps(s);
  const each = count / channels;
  const next = <usize>unitStep << 3;
  for (let tap = 0; tap < count; tap++) {
    const place = (tap % channels) * each + tap / channels;
    let here = to + (<usize>(place * tapStep) << 3);
    for (let u = 0; u < s.units; u += 2) {
      const total = sumOfSlots(s, tap, u);
      store<f64>(here, f64x2.extract_lane(total, 0));
      if (u + 1 < s.units) store<f64>(here + next, f64x2.extract_lane(total, 1));
      here += 2 * next;
    }
  }
}

/** What the slots have for a tap and two units, together. */
@inline
function sumOfSlots(s: Shape, tap: i32, u: i32): v128 {
  const slots = slotsOf(s);
  const each = <usize>slotSums(s) << 3;
  const place = (tap / s.run) * height(s) + (tap % s.run);
  let from = <usize>s.work + (<usize>(place * s.wide + u) << 3);
  let total = v128.load(from);
  for (let slot = 1; slot < slots; slot++) {
    from += each;
    total = f64x2.add(total, v128.load(from));
  }
  return total;
}

/**
 * Five taps by eight units: sums over so many positions, added to those in float64 at `sums`, whose rows lie `stride` bytes apart. They
 * go by way of `tile`: taken from the registers themselves, they would not all stay there, and a gradient take 1.7 times as long.
 */
export function filterTile(
  a: usize,
  table: usize,
  positions: i32,
  b: usize,
  step: usize,
  tile: usize,
  sums: usize,
  stride: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  for (let left = positions; left != 0; left--) {
    const p = a + <usize>load<u32>(table);
    table += 4;
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(p);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(p, 4);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(p, 8);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(p, 12);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    const x4 = v128.load32_splat(p, 16);
    c40 = madd(x4, b0, c40);
    c41 = madd(x4, b1, c41);
    b += step;
  }
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
  v128.store(tile, c40, 128);
  v128.store(tile, c41, 144);
  for (let r = 0; r < HEIGHT; r++) {
    addFour(tile, sums);
    addFour(tile + 16, sums + 32);
    tile += 32;
    sums += stride;
  }
}

/** Eight taps by four units: the same for what is left of the units. Taps lie side by side, so they are the vectors. */
export function tallTile(
  a: usize,
  table: usize,
  positions: i32,
  b: usize,
  step: usize,
  tile: usize,
  rows: i32,
  sums: usize,
  stride: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (let left = positions; left != 0; left--) {
    const p = a + <usize>load<u32>(table);
    table += 4;
    const x0 = v128.load(p);
    const x1 = v128.load(p, 16);
    const b0 = v128.load32_splat(b);
    c00 = madd(b0, x0, c00);
    c01 = madd(b0, x1, c01);
    const b1 = v128.load32_splat(b, 4);
    c10 = madd(b1, x0, c10);
    c11 = madd(b1, x1, c11);
    const b2 = v128.load32_splat(b, 8);
    c20 = madd(b2, x0, c20);
    c21 = madd(b2, x1, c21);
    const b3 = v128.load32_splat(b, 12);
    c30 = madd(b3, x0, c30);
    c31 = madd(b3, x1, c31);
    b += step;
  }
  // By units, to be turned.
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
  const turned = tile + 128;
  turnFour(tile, 32, turned, 16);
  turnFour(tile + 16, 32, turned + 64, 16);
  for (let r = 0; r < rows; r++) addFour(turned + (<usize>r << 4), sums + <usize>r * stride);
}
