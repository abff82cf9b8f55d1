/**
 * Convolutions of images [N, H, W, C] with filters [kh, kw, C, U]. An image, or a band of its rows,
 * is copied together with its padding. The input of one output position is then, for each row of
 * the filter, a run of neighbouring numbers. So the convolution is a product of matrices, of which
 * one is never stored.
 */
import { madd } from './madd';
import { HEAD, memberOf } from './scratch';
import { bandOf, copyBand, Shape, taps } from './shape';

/** Output positions of a tile. */
const HEIGHT: i32 = 5;

/** Numbers of a packed filter with its bias. */
export function packedFilter(s: Shape): i32 {
  return (taps(s) + 1) * s.wide;
}

/**
 * The filter in panels of eight units, the last of four where that is enough, missing ones zero; before the taps of each what
 * its sums begin with.
 */
export function packFilter(s: Shape): void {
  let to = <usize>s.work;
  for (let u = 0; u < s.units; u += 8) {
    const wide = u + 4 < s.units ? 8 : 4;
    for (let i = u; i < u + wide; i++) {
      const begins = s.bias != 0 && i < s.units;
      store<f32>(to, begins ? load<f32>(<usize>s.bias + (<usize>i << 2)) : 0);
      to += 4;
    }
    for (let t = 0; t < taps(s); t++)
      for (let i = u; i < u + wide; i++) {
        store<f32>(to, i < s.units ? load<f32>(<usize>s.filter + (<usize>(t * s.units + i) << 2)) : 0);
        to += 4;
      }
  }
}

/** Items of work: images, or bands of them. */
export function convolve(s: Shape, scratch: usize, from: i32, to: i32): void {
  // For a tile that is wider or higher than the rest.
  const edge = scratch + HEAD;
  const band = bandOf(s, memberOf(scratch));
  const stride = <usize>s.units << 2;
  for (let item = from; item < to; item++) {
    const n = item / s.bands;
    const row = (item % s.bands) * s.band;
    const outputs = min(s.band, s.outHeight - row);
    copyBand(s, n, row, outputs, band);
    const positions = outputs * s.outWidth;
    const last = positions - 1;
    const out = <usize>s.out + (<usize>((n * s.outHeight + row) * s.outWidth * s.units) << 2);
    for (let p = 0; p < positions; p += HEIGHT) {
      // The last tile begins early, and recomputes some positions.
      const q = max(0, min(p, positions - HEIGHT));
      const rows = min(HEIGHT, positions - q);
      const a0 = seen(s, q, band);
      const a1 = seen(s, min(q + 1, last), band);
      const a2 = seen(s, min(q + 2, last), band);
      const a3 = seen(s, min(q + 3, last), band);
      const a4 = seen(s, min(q + 4, last), band);
      let filter = <usize>s.work;
      for (let u = 0; u < s.units; u += 8) {
        const here = out + <usize>q * stride + (<usize>u << 2);
        const narrow = u + 4 >= s.units;
        const direct = rows == HEIGHT && (narrow ? u + 4 == s.units : u + 8 <= s.units);
        const target = direct ? here : edge;
        const step = direct ? stride : 32;
        if (narrow) convTile4(s, a0, a1, a2, a3, a4, filter, target, step);
        else convTile8(s, a0, a1, a2, a3, a4, filter, target, step);
        if (!direct)
          for (let r = 0; r < rows; r++)
            for (let i = 0; i < min(8, s.units - u); i++)
              store<f32>(
                here + <usize>r * stride + (<usize>i << 2),
                load<f32>(edge + (<usize>(r * 8 + i) << 2)),
              );
        filter += <usize>(taps(s) + 1) << 5;
      }
    }
  }
}

/** Where an output position sees the band. */
@inline
function seen(s: Shape, position: i32, band: usize): usize {
  return band + <usize>load<u32>(<usize>s.positionsAt + (<usize>position << 2));
}

/** Five positions by eight units. */
export function convTile8(
  s: Shape,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  b: usize,
  c: usize,
  stride: usize,
): void {
  let c00 = v128.load(b);
  let c01 = v128.load(b, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  let c40 = c00;
  let c41 = c01;
  b += 32;
  let offset = <usize>s.tapsAt;
  for (let left = taps(s); left != 0; left--) {
    const o = <usize>load<u32>(offset);
    offset += 4;
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += 32;
    const x0 = v128.load32_splat(a0 + o);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(a1 + o);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(a2 + o);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(a3 + o);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    const x4 = v128.load32_splat(a4 + o);
    c40 = madd(x4, b0, c40);
    c41 = madd(x4, b1, c41);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += stride;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

/** Five positions by four units. */
export function convTile4(
  s: Shape,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  b: usize,
  c: usize,
  stride: usize,
): void {
  let c0 = v128.load(b);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  b += 16;
  let offset = <usize>s.tapsAt;
  for (let left = taps(s); left != 0; left--) {
    const o = <usize>load<u32>(offset);
    offset += 4;
    const b0 = v128.load(b);
    b += 16;
    c0 = madd(v128.load32_splat(a0 + o), b0, c0);
    c1 = madd(v128.load32_splat(a1 + o), b0, c1);
    c2 = madd(v128.load32_splat(a2 + o), b0, c2);
    c3 = madd(v128.load32_splat(a3 + o), b0, c3);
    c4 = madd(v128.load32_splat(a4 + o), b0, c4);
  }
  v128.store(c, c0);
  v128.store(c + stride, c1);
  v128.store(c + 2 * stride, c2);
  v128.store(c + 3 * stride, c3);
  v128.store(c + 4 * stride, c4);
}
