/**
 * Pooling over images [N, H, W, C], and the gradient of max pooling. If a window contains a NaN,
 * its result is NaN.
 */

/** Words of what describes a pooling: the images, what goes with the windows (results, or their cotangents), the gradient. */
@unmanaged
class Pool {
  x!: u32;
  dy!: u32;
  dx!: u32;
  height!: i32;
  width!: i32;
  channels!: i32;
  outHeight!: i32;
  outWidth!: i32;
  filterHeight!: i32;
  filterWidth!: i32;
  strideHeight!: i32;
  strideWidth!: i32;
  top!: i32;
  left!: i32;
}

/** For images from..to, the greatest number of each window, or where `mean` is 1 the mean of those that it sees. */
export function pool(s: Pool, mean: i32, scratch: usize, from: i32, to: i32): void {
  const column = <usize>s.channels << 2;
  const line = <usize>(s.width * s.channels) << 2;
  const image = <usize>s.height * line;
  const whole = <usize>(s.channels & ~3) << 2;
  for (let n = from; n < to; n++) {
    const x = <usize>s.x + <usize>n * image;
    let out = <usize>s.dy + <usize>(n * s.outHeight * s.outWidth) * column;
    for (let p = 0; p < s.outHeight; p++) {
      const firstRow = p * s.strideHeight - s.top;
      const rowFrom = max(0, firstRow);
      const rows = max(0, min(s.height, firstRow + s.filterHeight) - rowFrom);
      for (let q = 0; q < s.outWidth; q++) {
        const firstColumn = q * s.strideWidth - s.left;
        const columnFrom = max(0, firstColumn);
        const columns = max(0, min(s.width, firstColumn + s.filterWidth) - columnFrom);
        const corner = x + <usize>rowFrom * line + <usize>columnFrom * column;
        const count = <f32>(rows * columns);
        let c: usize = 0;
        if (mean == 0 && rows == 2 && columns == 2)
          for (; c < whole; c += 16) {
            const above = f32x4.max(v128.load(corner + c), v128.load(corner + c + column));
            const below = f32x4.max(v128.load(corner + c + line), v128.load(corner + c + line + column));
            v128.store(out + c, f32x4.max(above, below));
          }
        for (; c < whole; c += 16) {
          let sofar = f32x4.splat(mean == 1 ? 0 : -Infinity);
          for (let i = 0; i < rows; i++)
            for (let j = 0; j < columns; j++) {
              const value = v128.load(corner + c + <usize>i * line + <usize>j * column);
              sofar = mean == 1 ? f32x4.add(sofar, value) : f32x4.max(sofar, value);
            }
          v128.store(out + c, mean == 1 ? f32x4.div(sofar, f32x4.splat(count)) : sofar);
        }
        for (; c < column; c += 4) {
          let sofar: f32 = mean == 1 ? 0 : -Infinity;
          for (let i = 0; i < rows; i++)
            for (let j = 0; j < columns; j++) {
              const value = load<f32>(corner + c + <usize>i * line + <usize>j * column);
              sofar = mean == 1 ? sofar + value : max<f32>(sofar, value);
            }
          store<f32>(out + c, mean == 1 ? sofar / count : sofar);
        }
        out += column;
      }
    }
  }
}

/** For images from..to, each cotangent to the first greatest entry of its window; NaN wherever x is NaN. */
export function maxPoolGradient(s: Pool, scratch: usize, from: i32, to: i32): void {
  const size = s.height * s.width * s.channels;
  const column = s.channels;
  const line = s.width * s.channels;
  // Windows that do not overlap: four channels at a time, and each place is written once.
  const apart =
    s.strideHeight >= s.filterHeight && s.strideWidth >= s.filterWidth && (s.channels & 3) == 0;
  if (apart) {
    for (let n = from; n < to; n++) windowsApart(s, n);
    return;
  }
  for (let n = from; n < to; n++) {
    const x = <usize>s.x + (<usize>(n * size) << 2);
    const dx = <usize>s.dx + (<usize>(n * size) << 2);
    let dy = <usize>s.dy + (<usize>(n * s.outHeight * s.outWidth * s.channels) << 2);
    memory.fill(dx, 0, <usize>size << 2);
    for (let p = 0; p < s.outHeight; p++) {
      const firstRow = p * s.strideHeight - s.top;
      const rowFrom = max(0, firstRow);
      const rowTo = min(s.height, firstRow + s.filterHeight);
      for (let q = 0; q < s.outWidth; q++) {
        const firstColumn = q * s.strideWidth - s.left;
        const columnFrom = max(0, firstColumn);
        const columnTo = min(s.width, firstColumn + s.filterWidth);
        // A window that lies wholly in the padding sees nothing to give its cotangent to.
        if (rowFrom >= rowTo || columnFrom >= columnTo) {
          dy += <usize>column << 2;
          continue;
        }
        const corner = rowFrom * line + columnFrom * column;
        for (let c = 0; c < s.channels; c++) {
          let best = corner + c;
          let greatest = load<f32>(x + (<usize>best << 2));
          for (let i = rowFrom; i < rowTo; i++)
            for (let j = columnFrom; j < columnTo; j++) {
              const place = i * line + j * column + c;
              const value = load<f32>(x + (<usize>place << 2));
              const better = value > greatest;
              greatest = better ? value : greatest;
              best = better ? place : best;
            }
          const there = dx + (<usize>best << 2);
          store<f32>(there, load<f32>(there) + load<f32>(dy));
          dy += 4;
        }
      }
    }
    markNaN(x, dx, size);
  }
}

/** NaN wherever x is. */
function markNaN(x: usize, dx: usize, size: i32): void {
  const end = <usize>size << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const value = load<f32>(x + i);
    if (value != value) store<f32>(dx + i, value);
  }
}

/** All bits set, which is a NaN, if x is NaN. */
@inline
function unordered(x: v128): v128 {
  return f32x4.ne(x, x);
}

function windowsApart(s: Pool, n: i32): void {
  const size = s.height * s.width * s.channels;
  const column = <usize>s.channels << 2;
  const line = <usize>(s.width * s.channels) << 2;
  const x = <usize>s.x + (<usize>(n * size) << 2);
  const dx = <usize>s.dx + (<usize>(n * size) << 2);
  let dy = <usize>s.dy + (<usize>(n * s.outHeight * s.outWidth * s.channels) << 2);
  const covered =
    s.strideHeight == s.filterHeight &&
    s.strideWidth == s.filterWidth &&
    s.outHeight * s.strideHeight - s.top >= s.height &&
    s.outWidth * s.strideWidth - s.left >= s.width;
  if (!covered) {
    memory.fill(dx, 0, <usize>size << 2);
    markNaN(x, dx, size);
  }
  for (let p = 0; p < s.outHeight; p++) {
    const firstRow = p * s.strideHeight - s.top;
    const rowFrom = max(0, firstRow);
    const rows = min(s.height, firstRow + s.filterHeight) - rowFrom;
    for (let q = 0; q < s.outWidth; q++) {
      const firstColumn = q * s.strideWidth - s.left;
      const columnFrom = max(0, firstColumn);
      const columns = min(s.width, firstColumn + s.filterWidth) - columnFrom;
      if (rows <= 0 || columns <= 0) {
        dy += column;
        continue;
      }
      const corner = <usize>rowFrom * line + <usize>columnFrom * column;
      if (rows == 2 && columns == 2) {
        fourPlaces(x + corner, dx + corner, dy, line, column);
        dy += column;
        continue;
      }
      for (let c: usize = 0; c < column; c += 16) {
        const first = corner + c;
        let greatest = v128.load(x + first);
        let best = i32x4.splat(0);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            const value = v128.load(x + first + <usize>i * line + <usize>j * column);
            const better = f32x4.gt(value, greatest);
            greatest = v128.bitselect(value, greatest, better);
            best = v128.bitselect(i32x4.splat(i * columns + j), best, better);
          }
        const cotangent = v128.load(dy);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            const here = i32x4.eq(best, i32x4.splat(i * columns + j));
            const place = first + <usize>i * line + <usize>j * column;
            v128.store(dx + place, v128.or(v128.and(cotangent, here), unordered(v128.load(x + place))));
          }
        dy += 16;
      }
    }
  }
}

/** A window of two by two, the usual one: twice as fast without loops over its places. */
function fourPlaces(x: usize, dx: usize, dy: usize, line: usize, column: usize): void {
  for (let c: usize = 0; c < column; c += 16) {
    const x00 = v128.load(x);
    const x01 = v128.load(x + column);
    const x10 = v128.load(x + line);
    const x11 = v128.load(x + line + column);
    const cotangent = v128.load(dy);
    // In each row the first of the greatest, then the first of both.
    const right0 = f32x4.gt(x01, x00);
    const right1 = f32x4.gt(x11, x10);
    const below = f32x4.gt(v128.bitselect(x11, x10, right1), v128.bitselect(x01, x00, right0));
    const above = v128.andnot(cotangent, below);
    const under = v128.and(cotangent, below);
    v128.store(dx, v128.or(v128.andnot(above, right0), unordered(x00)));
    v128.store(dx + column, v128.or(v128.and(above, right0), unordered(x01)));
    v128.store(dx + line, v128.or(v128.andnot(under, right1), unordered(x10)));
    v128.store(dx + line + column, v128.or(v128.and(under, right1), unordered(x11)));
    x += 16;
    dx += 16;
    dy += 16;
  }
}
