/**
 * The Gram matrix of a convolution from correlations of its images x [N, H, W, C]
 * (`../../gramLags.ts`): correlations at the borders of the images, sums of columns, and their
 * combination. Sums are float64, of 32 terms at a time in float32.
 */
import { gemmTile } from './gemm';
import { sumRowsOf } from './sum';
import { addSome, addWide, COLUMNS, DEPTH, HEIGHT, panelsOfA, panelsOfB, ROWS, tileOf, WIDTH } from './wide';

/**
 * A correlation to compute: places (a, b) from (firstRow, firstColumn) to (lastRow, lastColumn), a
 * lag, and the address of the result.
 */
@unmanaged
class Strip {
  firstRow!: i32;
  lastRow!: i32;
  firstColumn!: i32;
  lastColumn!: i32;
  rowLag!: i32;
  columnLag!: i32;
  /** Whether the result is Σ x[n, a, b, c] as [C], and no correlation. */
  plain!: i32;
  out!: u32;
}

/**
 * Strips from … to of those behind `list`, each Σ x[n, a + d, b + e, c]·x[n, a, b, c'] as [C, C] in float64, which begins as zeros. Outside
 * of the images x is zero.
 */
export function correlate(
  x: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  list: usize,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let item = from; item < to; item++) {
    const s = changetype<Strip>(list + <usize>item * offsetof<Strip>());
    if (s.plain) sumPlaces(x, images, height, width, channels, s);
    else
      for (let i = 0; i < channels; i += ROWS)
        for (let j = 0; j < channels; j += COLUMNS)
          correlateBlock(x, images, height, width, channels, s, i, min(i + ROWS, channels), j, min(j + COLUMNS, channels), scratch);
  }
}

function sumPlaces(x: usize, images: i32, height: i32, width: i32, channels: i32, s: Strip): void {
  for (let n = 0; n < images; n++)
    for (let a = s.firstRow; a <= s.lastRow; a++)
      for (let b = s.firstColumn; b <= s.lastColumn; b++) {
        const place = x + (<usize>(((n * height + a) * width + b) * channels) << 2);
        for (let c = 0; c < channels; c++) {
          const here = <usize>s.out + (<usize>c << 3);
          store<f64>(here, load<f64>(here) + <f64>load<f32>(place + (<usize>c << 2)));
        }
      }
}

/** Rows i0 … i1 and columns j0 … j1 of the result of a strip. */
function correlateBlock(
  x: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  s: Strip,
  i0: i32,
  i1: i32,
  j0: i32,
  j1: i32,
  scratch: usize,
): void {
  const d = s.rowLag;
  const e = s.columnLag;
  const a0 = max(s.firstRow, -d);
  const a1 = min(s.lastRow, height - 1 - d);
  const b0 = max(s.firstColumn, -e);
  const b1 = min(s.lastColumn, width - 1 - e);
  const lag = (d * width + e) * channels;
  const step = <usize>channels << 2;
  let depth = 0;
  for (let n = 0; n < images; n++)
    for (let a = a0; a <= a1; a++) {
      const first = ((n * height + a) * width + b0) * channels;
      let place = x + (<usize>first << 2);
      let lagged = x + (<usize>(first + lag) << 2);
      for (let b = b0; b <= b1; b++) {
        packPlace(lagged, i0, i1, HEIGHT, panelsOfA(scratch), depth);
        packPlace(place, j0, j1, WIDTH, panelsOfB(scratch), depth);
        place += step;
        lagged += step;
        if (++depth == DEPTH) {
          addPanels(<usize>s.out, channels, i0, i1, j0, j1, depth, scratch);
          depth = 0;
        }
      }
    }
  if (depth > 0) addPanels(<usize>s.out, channels, i0, i1, j0, j1, depth, scratch);
}

/** Channels from … to of a place, as line `depth` of panels that are DEPTH lines deep; zeros behind the last. `wide` is 5 or 8. */
@inline
function packPlace(place: usize, from: i32, to: i32, wide: i32, panels: usize, depth: i32): void {
  let target = panels + (<usize>(depth * wide) << 2);
  let c = from;
  for (; c + wide <= to; c += wide) {
    const source = place + (<usize>c << 2);
    v128.store(target, v128.load(source));
    if (wide == 8) v128.store(target, v128.load(source, 16), 16);
    else store<f32>(target, load<f32>(source, 16), 16);
    target += <usize>(DEPTH * wide) << 2;
  }
  if (c == to) return;
  for (let k = 0; k < wide; k++)
    store<f32>(target + (<usize>k << 2), c + k < to ? load<f32>(place + (<usize>(c + k) << 2)) : 0);
}

/** Adds the product of the panels to rows i0 … i1 and columns j0 … j1 of `out` [·, channels]. */
function addPanels(out: usize, channels: i32, i0: i32, i1: i32, j0: i32, j1: i32, depth: i32, scratch: usize): void {
  const tile = tileOf(scratch);
  const stride = <usize>channels << 3;
  for (let j = j0; j < j1; j += WIDTH) {
    const panelB = panelsOfB(scratch) + (<usize>((j - j0) * DEPTH) << 2);
    for (let i = i0; i < i1; i += HEIGHT) {
      const panelA = panelsOfA(scratch) + (<usize>((i - i0) * DEPTH) << 2);
      gemmTile(panelA, panelB, depth, tile, <usize>WIDTH << 2, false);
      const here = out + ((<usize>i * <usize>channels + <usize>j) << 3);
      if (i + HEIGHT <= i1 && j + WIDTH <= j1) addWide(tile, here, stride);
      else addSome(tile, here, stride, min(i1 - i, HEIGHT), min(j1 - j, WIDTH));
    }
  }
}

/** Columns of an item of `sumColumns` are all; its rows so many. */
const BAND: i32 = 2048;

export function columnItems(rows: i32): i32 {
  return (rows + BAND - 1) / BAND;
}

/** Bands from … to of Σ over the rows of x [rows, n] in float32, each band a row of its own of `out`, `size` numbers long. */
export function sumColumns(
  x: usize,
  rows: i32,
  n: i32,
  out: usize,
  size: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let band = from; band < to; band++) {
    const first = band * BAND;
    const start = x + (<usize>first * <usize>n << 2);
    const sums = out + (<usize>band * <usize>size << 3);
    sumRowsOf(start, <usize>n << 2, sums, min(BAND, rows - first), n, false, 1);
  }
}

/** A block of a matrix, and the term that is added to it. */
@unmanaged
class Term {
  from!: u32;
  to!: u32;
  /** 1 or −1. */
  sign!: i32;
  rows!: i32;
}

/** C += ± X for the terms behind `list`, blocks of C with a stride, and X of their size, all in float64. */
export function addTerms(list: usize, count: i32, columns: i32, stride: i32): void {
  for (let t = 0; t < count; t++) {
    const term = changetype<Term>(list + <usize>t * offsetof<Term>());
    const sign = f64x2.splat(<f64>term.sign);
    let from = <usize>term.from;
    let to = <usize>term.to;
    for (let r = 0; r < term.rows; r++) {
      let c = 0;
      for (; c + 2 <= columns; c += 2) {
        const at = <usize>c << 3;
        v128.store(to + at, f64x2.add(v128.load(to + at), f64x2.mul(sign, v128.load(from + at))));
      }
      if (c < columns) {
        const at = <usize>c << 3;
        store<f64>(to + at, load<f64>(to + at) + <f64>term.sign * load<f64>(from + at));
      }
      from += <usize>columns << 3;
      to += <usize>stride << 3;
    }
  }
}

export function storeDouble(at: usize, value: f64): void {
  store<f64>(at, value);
}
