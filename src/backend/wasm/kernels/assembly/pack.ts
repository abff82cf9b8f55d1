/**
 * Copies blocks of a matrix into panels: `wide` neighbouring lines side by side, value by value,
 * over the depth of the block. The last panel is padded with zeros.
 */

/** Lines are rows of a matrix [·, length]: values from..to of `depth` columns from `l`. `wide` is 5 or 8. */
export function packRows(
  matrix: usize,
  length: i32,
  from: i32,
  to: i32,
  l: i32,
  depth: i32,
  wide: i32,
  out: usize,
): void {
  const stride = <usize>length << 2;
  const step = <usize>wide << 2;
  for (let i = from; i < to; i += wide) {
    const rows = min(wide, to - i);
    const source = matrix + (<usize>(i * length + l) << 2);
    let done = 0;
    for (; done + 4 <= rows; done += 4)
      interleave(source + <usize>done * stride, stride, depth, out + (<usize>done << 2), step);
    for (; done < rows; done++) spread(source + <usize>done * stride, depth, out + (<usize>done << 2), step);
    for (; done < wide; done++)
      for (let k = 0; k < depth; k++) store<f32>(out + <usize>k * step + (<usize>done << 2), 0);
    out += <usize>depth * step;
  }
}

/** Four rows side by side, by transposes of 4×4. */
@inline
function interleave(source: usize, stride: usize, depth: i32, out: usize, step: usize): void {
  const row1 = source + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let k = 0;
  for (; k + 4 <= depth; k += 4) {
    const at = <usize>k << 2;
    const x0 = v128.load(source + at);
    const x1 = v128.load(row1 + at);
    const x2 = v128.load(row2 + at);
    const x3 = v128.load(row3 + at);
    const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    const to = out + <usize>k * step;
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(to + step, v128.shuffle<f64>(low01, low23, 1, 3));
    v128.store(to + 2 * step, v128.shuffle<f64>(high01, high23, 0, 2));
    v128.store(to + 3 * step, v128.shuffle<f64>(high01, high23, 1, 3));
  }
  for (; k < depth; k++) {
    const at = <usize>k << 2;
    const to = out + <usize>k * step;
    store<f32>(to, load<f32>(source + at));
    store<f32>(to, load<f32>(row1 + at), 4);
    store<f32>(to, load<f32>(row2 + at), 8);
    store<f32>(to, load<f32>(row3 + at), 12);
  }
}

/** One row, each number `step` bytes behind the one before. */
@inline
function spread(row: usize, depth: i32, out: usize, step: usize): void {
  let k = 0;
  for (; k + 4 <= depth; k += 4) {
    const x = v128.load(row + (<usize>k << 2));
    v128.store32_lane(out, x, 0);
    v128.store32_lane(out + step, x, 1);
    v128.store32_lane(out + 2 * step, x, 2);
    v128.store32_lane(out + 3 * step, x, 3);
    out += 4 * step;
  }
  for (; k < depth; k++) {
    store<f32>(out, load<f32>(row + (<usize>k << 2)));
    out += step;
  }
}

/** Panels that are filled together, so that what the cache reads of a row is used before rows of the same place drive it out. */
const TOGETHER: i32 = 4;

@inline
function copyWide(source: usize, wide: i32, out: usize): void {
  v128.store(out, v128.load(source));
  if (wide == 8) v128.store(out, v128.load(source, 16), 16);
  else store<f32>(out, load<f32>(source, 16), 16);
}

/** Lines are columns of a matrix [·, length]: columns from..to of `depth` rows from `l`. */
export function packColumns(
  matrix: usize,
  length: i32,
  from: i32,
  to: i32,
  l: i32,
  depth: i32,
  wide: i32,
  out: usize,
): void {
  const stride = <usize>length << 2;
  const step = <usize>wide << 2;
  const panel = <usize>depth * step;
  let j = from;
  for (; j + TOGETHER * wide <= to; j += TOGETHER * wide) {
    let source = matrix + (<usize>(l * length + j) << 2);
    for (let k = 0; k < depth; k++) {
      copyWide(source, wide, out);
      copyWide(source + step, wide, out + panel);
      copyWide(source + 2 * step, wide, out + 2 * panel);
      copyWide(source + 3 * step, wide, out + 3 * panel);
      source += stride;
      out += step;
    }
    out += 3 * panel;
  }
  for (; j < to; j += wide) {
    const columns = min(wide, to - j);
    let source = matrix + (<usize>(l * length + j) << 2);
    if (columns == wide)
      for (let k = 0; k < depth; k++) {
        copyWide(source, wide, out);
        source += stride;
        out += step;
      }
    else
      for (let k = 0; k < depth; k++) {
        for (let s = 0; s < wide; s++)
          store<f32>(out + (<usize>s << 2), s < columns ? load<f32>(source + (<usize>s << 2)) : 0);
        source += stride;
        out += step;
      }
  }
}
