/** The description of a convolution for its kernels: words in memory, in this order. */

/** Numbers of a padded band, unless one row of output sees more: 256 KB, for the second cache. */
const BAND: i32 = 1 << 16;

@unmanaged
export class Shape {
  /** Addresses. For the gradient by the filter, `filter` is the result and `out` its cotangent. */
  x!: u32;
  filter!: u32;
  out!: u32;
  /** Packed filter, or the sums of each slot (`convFilter.ts`). */
  work!: u32;
  /** Where each thread has its band, `bandBytes` long. */
  bandsAt!: u32;
  /**
   * Offsets in bytes: of each tap from the start of a window, and of each position's window from
   * the start of a band.
   */
  tapsAt!: u32;
  positionsAt!: u32;
  images!: i32;
  height!: i32;
  width!: i32;
  channels!: i32;
  units!: i32;
  kernelHeight!: i32;
  kernelWidth!: i32;
  top!: i32;
  left!: i32;
  outHeight!: i32;
  outWidth!: i32;
  strideHeight!: i32;
  strideWidth!: i32;
  dilationHeight!: i32;
  dilationWidth!: i32;
  /** A number for each unit that the sums begin with, or 0: zeros. */
  bias!: u32;
  /**
   * From here on by `planConvolution`. A row of the filter sees `parts` runs of `run` neighbouring numbers, `partStep` apart:
   * one of kw·C, or, where the filter is dilated, kw of C.
   */
  parts!: i32;
  run!: i32;
  partStep!: i32;
  /** Length of a padded row; rows of output in a band; bands of an image. */
  line!: i32;
  band!: i32;
  bands!: i32;
  /** Units rounded up to a multiple of four. */
  wide!: i32;
  bandBytes!: i32;
}

/** Words of a shape. */
export function shapeWords(): i32 {
  return offsetof<Shape>() >> 2;
}

@inline
export function taps(s: Shape): i32 {
  return s.kernelHeight * s.parts * s.run;
}

/** Padded rows that so many rows of output see. */
@inline
export function rowsSeen(s: Shape, outputs: i32): i32 {
  return (outputs - 1) * s.strideHeight + (s.kernelHeight - 1) * s.dilationHeight + 1;
}

/** Fills in what follows from the rest; the number of items of work. */
export function planConvolution(s: Shape): i32 {
  const dilated = s.dilationWidth > 1;
  s.parts = dilated ? s.kernelWidth : 1;
  s.run = dilated ? s.channels : s.kernelWidth * s.channels;
  s.partStep = s.dilationWidth * s.channels;
  s.line = ((s.outWidth - 1) * s.strideWidth + (s.kernelWidth - 1) * s.dilationWidth + 1) * s.channels;
  s.wide = (s.units + 3) & ~3;
  let band = s.outHeight;
  while (band > 1 && rowsSeen(s, band) * s.line > BAND) band = (band + 1) >> 1;
  s.band = band;
  // A little more, since tiles read past the end.
  s.bandBytes = (rowsSeen(s, band) * s.line << 2) + 64;
  s.bands = (s.outHeight + band - 1) / band;
  return s.images * s.bands;
}

/** Numbers of both tables of offsets. */
export function offsetsOf(s: Shape): i32 {
  return taps(s) + s.band * s.outWidth;
}

/**
 * Fill in the tables, the second behind the first: with them the innermost loops are single ones, whose sums stay in registers;
 * nested ones are half as fast.
 */
export function writeOffsets(s: Shape): void {
  let to = <usize>s.tapsAt;
  for (let i = 0; i < s.kernelHeight; i++)
    for (let j = 0; j < s.parts; j++)
      for (let l = 0; l < s.run; l++) {
        store<u32>(to, (i * s.dilationHeight * s.line + j * s.partStep + l) << 2);
        to += 4;
      }
  s.positionsAt = <u32>to;
  for (let y = 0; y < s.band; y++)
    for (let x = 0; x < s.outWidth; x++) {
      store<u32>(to, (y * s.strideHeight * s.line + x * s.strideWidth * s.channels) << 2);
      to += 4;
    }
}

/** The band of a thread, given its number. */
@inline
export function bandOf(s: Shape, member: i32): usize {
  return <usize>s.bandsAt + <usize>member * <usize>s.bandBytes;
}

/** The bytes of a band. */
export function bandBytes(s: Shape): i32 {
  return s.bandBytes;
}

/** The padded rows that `outputs` rows of output of image `n`, from `row` on, see. */
export function copyBand(s: Shape, n: i32, row: i32, outputs: i32, to: usize): void {
  const line = <usize>s.line << 2;
  // Columns of the image that are seen: from `skip` on, `kept` of them, behind `before` zeros.
  const before = max(0, s.left);
  const skip = max(0, -s.left);
  const kept = max(0, min(s.width - skip, s.line / s.channels - before));
  const first = row * s.strideHeight - s.top;
  const rows = rowsSeen(s, outputs);
  for (let r = 0; r < rows; r++) {
    const y = first + r;
    if (y < 0 || y >= s.height || kept == 0) memory.fill(to, 0, line);
    else {
      const head = <usize>(before * s.channels) << 2;
      const bytes = <usize>(kept * s.channels) << 2;
      const source = ((n * s.height + y) * s.width + skip) * s.channels;
      memory.fill(to, 0, head);
      memory.copy(to + head, <usize>s.x + (<usize>source << 2), bytes);
      memory.fill(to + head + bytes, 0, line - head - bytes);
    }
    to += line;
  }
}
