/** The gradient of max pooling over images [N, H, W, C]. */

/** Words of what describes a pooling. */
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

/** For images from..to, each cotangent to the first greatest entry of its window. */
export function maxPoolGradient(s: Pool, scratch: usize, from: i32, to: i32): void {
  const size = s.height * s.width * s.channels;
  const column = s.channels;
  const line = s.width * s.channels;
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
  }
}
