/** What layers compute, in plain loops over arrays, from the formulas of their docstrings. In float64. */

/** Numbers of a row-major array, seen by their indices. */
export interface Grid {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** A grid from a function of its indices. */
export const gridOf = (shape: readonly number[], f: (...index: readonly number[]) => number): Grid => {
  const size = shape.reduce((a, b) => a * b, 1);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return {
    shape,
    values: Float64Array.from({ length: size }, (_, i) =>
      f(...strides.map((stride, axis) => Math.floor(i / stride) % (shape[axis] ?? 1))),
    ),
  };
};

/** The entry at an index; 0 outside, as in padding. */
export const at = ({ shape, values }: Grid, ...index: readonly number[]): number => {
  if (index.some((i, axis) => i < 0 || i >= (shape[axis] ?? 0) || !Number.isInteger(i))) return 0;
  return values[index.reduce((place, i, axis) => place * (shape[axis] ?? 1) + i, 0)] ?? Number.NaN;
};

/** Σ_{0 ≤ i < n} f(i) */
export const total = (n: number, f: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += f(i);
  return sum;
};

export interface Slide {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly same: boolean;
}

/** Places of a window on an axis, and the zeros before it: those of `same` are shared out, the odd one at the end. */
const axisOf = (extent: number, { kernel, stride, dilation, same }: Slide, axis: 0 | 1) => {
  const span = (kernel[axis] - 1) * dilation[axis] + 1;
  const places = same ? Math.ceil(extent / stride[axis]) : Math.floor((extent - span) / stride[axis]) + 1;
  const padding = same ? Math.max(0, (places - 1) * stride[axis] + span - extent) : 0;
  return { places, before: Math.floor(padding / 2) };
};

/** For each output place, a sum over the entries of its window. */
const windows = (
  x: Grid,
  slide: Slide,
  channels: number,
  entry: (n: number, c: number) => (i: number, j: number, row: number, column: number) => number,
  join: (entries: readonly { readonly value: number; readonly inside: boolean }[]) => number,
): Grid => {
  const [n = 0, h = 0, w = 0] = x.shape;
  const rows = axisOf(h, slide, 0);
  const columns = axisOf(w, slide, 1);
  return gridOf([n, rows.places, columns.places, channels], (m = 0, p = 0, q = 0, c = 0) => {
    const f = entry(m, c);
    const entries = [];
    for (let i = 0; i < slide.kernel[0]; i++)
      for (let j = 0; j < slide.kernel[1]; j++) {
        const row = p * slide.stride[0] + i * slide.dilation[0] - rows.before;
        const column = q * slide.stride[1] + j * slide.dilation[1] - columns.before;
        const inside = row >= 0 && row < h && column >= 0 && column < w;
        entries.push({ value: f(i, j, row, column), inside });
      }
    return join(entries);
  });
};

const sum = (entries: readonly { readonly value: number }[]): number =>
  entries.reduce((s, { value }) => s + value, 0);

export const convolution = (x: Grid, filter: Grid, bias: Grid, slide: Slide): Grid => {
  const [, , channels = 0, filters = 0] = filter.shape;
  const y = windows(
    x,
    slide,
    filters,
    (n, u) => (i, j, row, column) =>
      total(channels, (c) => at(x, n, row, column, c) * at(filter, i, j, c, u)),
    sum,
  );
  return gridOf(y.shape, (n = 0, p = 0, q = 0, u = 0) => at(y, n, p, q, u) + at(bias, u));
};

export const depthwise = (x: Grid, filter: Grid, bias: Grid, slide: Slide): Grid => {
  const [, , channels = 0, multiplier = 1] = filter.shape;
  const y = windows(
    x,
    slide,
    channels * multiplier,
    (n, u) => {
      const c = Math.floor(u / multiplier);
      return (i, j, row, column) => at(x, n, row, column, c) * at(filter, i, j, c, u % multiplier);
    },
    sum,
  );
  return gridOf(y.shape, (n = 0, p = 0, q = 0, u = 0) => at(y, n, p, q, u) + at(bias, u));
};

export const transposed = (x: Grid, filter: Grid, bias: Grid, slide: Slide): Grid => {
  const [n = 0, h = 0, w = 0, channels = 0] = x.shape;
  const [, , filters = 0] = filter.shape;
  const {
    kernel: [kh, kw],
    stride: [down, across],
    same,
  } = slide;
  const extent = (size: number, k: number, stride: number): number =>
    same ? size * stride : (size - 1) * stride + k;
  const before = (k: number, stride: number): number => (same ? Math.floor(Math.max(0, k - stride) / 2) : 0);
  const [top, left] = [before(kh, down), before(kw, across)];
  return gridOf(
    [n, extent(h, kh, down), extent(w, kw, across), filters],
    (m = 0, row = 0, column = 0, u = 0) =>
      total(kh, (i) =>
        total(kw, (j) =>
          total(
            channels,
            (c) => at(x, m, (row + top - i) / down, (column + left - j) / across, c) * at(filter, i, j, u, c),
          ),
        ),
      ) + at(bias, u),
  );
};

export const pool = (x: Grid, slide: Slide, by: 'max' | 'mean'): Grid =>
  windows(
    x,
    slide,
    x.shape[3] ?? 0,
    (n, c) => (_i, _j, row, column) => at(x, n, row, column, c),
    (entries) => {
      const seen = entries.filter(({ inside }) => inside);
      return by === 'max' ? Math.max(...seen.map(({ value }) => value)) : sum(seen) / seen.length;
    },
  );

/** (v − mean)/√(variance + ε) of some numbers. */
export const normalised = (values: readonly number[], epsilon: number): readonly number[] => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return values.map((v) => (v - mean) / Math.sqrt(variance + epsilon));
};

export const softmax = (values: readonly number[]): readonly number[] => {
  const sizes = values.map(Math.exp);
  const all = sizes.reduce((a, b) => a + b, 0);
  return sizes.map((e) => e / all);
};

/** x [N, T, D]; matrices [D, D], outputs first. */
export const attention = (
  x: Grid,
  { query, key, value, output }: { readonly [K in 'query' | 'key' | 'value' | 'output']: Grid },
  heads: number,
  causal: boolean,
): Grid => {
  const [n = 0, t = 0, d = 0] = x.shape;
  const width = d / heads;
  const by = (w: Grid, y: Grid): Grid =>
    gridOf([n, t, d], (m = 0, p = 0, k = 0) => total(d, (c) => at(y, m, p, c) * at(w, k, c)));
  const [q, k, v] = [by(query, x), by(key, x), by(value, x)];
  const seen = gridOf([n, t, d], (m = 0, p = 0, feature = 0) => {
    const head = Math.floor(feature / width);
    const last = causal ? p + 1 : t;
    const scores = Array.from(
      { length: last },
      (_, s) =>
        total(width, (c) => at(q, m, p, head * width + c) * at(k, m, s, head * width + c)) / Math.sqrt(width),
    );
    return softmax(scores).reduce((sumOf, weight, s) => sumOf + weight * at(v, m, s, feature), 0);
  });
  return by(output, seen);
};
