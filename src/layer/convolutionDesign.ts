/**
 * The design operator of a convolution. A has a row for each output position. The row holds the
 * patch of the input that the filter sees there, and a one for the bias. Columns are in the order
 * channel, row, column of the filter, then the bias. All output channels share A, so one F×F system
 * serves them all.
 */
import {
  add,
  backend_util,
  concat,
  fill,
  matMul,
  ones,
  pad,
  reshape,
  reverse,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import {
  convolutionAdjointWide,
  convolveBiased,
  FILTER_CHAIN,
  filterChain,
  filterGradient,
  gramLagsWide,
  hasKernel,
  narrowWide,
  real,
  type SidePadding,
  type Sliding,
} from '../ops';
import { type Design, type GramWay, type Scalars, wideProducts } from '../solver';
import { patchesOf } from './patches';

// A type alias, not an interface: only aliases are trees to the compiler.
/** The parameters of a convolution: `filter` [kh, kw, C, U] and `bias` [U]. */
export type ConvolutionParameters = { readonly filter: Tensor; readonly bias: Tensor };

/** The geometry of a filter, not dilated, that slides over images [N, H, W, C]. */
export interface Geometry {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
  readonly filters: number;
}

/** Everything that the ways to form AᵀA need to know of an input. */
interface View {
  readonly x: Tensor;
  readonly images: readonly [n: number, h: number, w: number, c: number];
  readonly kernel: readonly [number, number];
  readonly out: readonly [number, number];
  /** Zeros above and to the left of the images. */
  readonly before: readonly [number, number];
  readonly sliding: Sliding;
}

const viewOf = (x: Tensor, { kernel, strides, padding, filters }: Geometry): View => {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const info = backend_util.computeConv2DInfo(
    [n, h, w, c],
    [...kernel, c, filters],
    [...strides],
    1,
    padding,
  );
  const { top, bottom, left, right } = info.padInfo;
  const sides: SidePadding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return {
    x,
    images: [n, h, w, c],
    kernel,
    out: [info.outHeight, info.outWidth],
    before: [top, left],
    sliding: { strides, pad: sides },
  };
};

/**
 * The matrix [[G, s], [sᵀ, R]] for the last column of ones: s [1, F − 1] are the sums of the other
 * columns, and R [1, 1] is their number of rows.
 */
const bordered = (g: Tensor, s: Tensor, rows: Tensor): Tensor =>
  concat([concat([g, transpose(s)], 1), concat([s, rows], 1)], 0);

const oneNumber = (value: number): Tensor => fill([1, 1], value);

const gramOfPatches = (p: Tensor): Tensor => {
  const [rows = 0] = p.shape;
  return bordered(matMul(p, p, true, false), sum(p, 0, true), oneNumber(rows));
};

/** Rows (or columns) of the input, or lags between them: from the first to the last. */
type Range = readonly [first: number, last: number];

/**
 * Σ x[n, a, b, c]·x[n, a + d, b + e, c'] over the examples and the places (a, b) in
 * `rows` × `columns`, for all lags (d, e) in the given ranges, as [2·kh − 1, 2·kw − 1, c', c];
 * other lags are zero. Outside of the images x is zero.
 */
const correlation = (view: View, rows: Range, columns: Range, lagRows: Range, lagColumns: Range): Tensor => {
  const {
    x,
    images: [n, h, w, c],
    kernel: [kh, kw],
  } = view;
  const part = (from: readonly [number, number], to: readonly [number, number]): Tensor =>
    from[0] === 0 && from[1] === 0 && to[0] === h - 1 && to[1] === w - 1
      ? x
      : slice(x, [0, from[0], from[1], 0], [n, to[0] - from[0] + 1, to[1] - from[1] + 1, c]);
  const axis = ([first, last]: Range, [low, high]: Range, extent: number) => ({
    from: Math.max(0, first + low),
    to: Math.min(extent - 1, last + high),
    sides: [Math.max(0, -(first + low)), Math.max(0, last + high - extent + 1)] satisfies [number, number],
  });
  const [r, q] = [axis(rows, lagRows, h), axis(columns, lagColumns, w)];
  const shape = [lagRows[1] - lagRows[0] + 1, lagColumns[1] - lagColumns[0] + 1, c, c];
  const lags = filterGradient(
    part([r.from, q.from], [r.to, q.to]),
    part([rows[0], columns[0]], [rows[1], columns[1]]),
    shape,
    { strides: [1, 1], pad: [[0, 0], r.sides, q.sides, [0, 0]] },
  );
  return pad(lags, [
    [lagRows[0] + kh - 1, kh - 1 - lagRows[1]],
    [lagColumns[0] + kw - 1, kw - 1 - lagColumns[1]],
    [0, 0],
    [0, 0],
  ]);
};

/** All lags over the whole images: half of them computed, the other half their mirror image. */
const allLags = (view: View): Tensor => {
  const {
    images: [, h, w, c],
    kernel: [kh, kw],
  } = view;
  const width = 2 * kw - 1;
  const half = correlation(view, [0, h - 1], [0, w - 1], [0, kh - 1], [1 - kw, kw - 1]);
  const ahead = slice(half, [kh - 1, 0, 0, 0], [kh, width, c, c]);
  if (kh === 1) return ahead;
  const mirrored = reverse(
    transpose(slice(ahead, [1, 0, 0, 0], [kh - 1, width, c, c]), [0, 1, 3, 2]),
    [0, 1],
  );
  return concat([mirrored, ahead], 0);
};

/** A row (or column) of the input that some taps never visit, with those taps. */
interface Border {
  readonly at: number;
  readonly taps: readonly number[];
}

/** Tap i visits i − before … i − before + out − 1 only. */
const borders = (extent: number, size: number, out: number, before: number): readonly Border[] =>
  Array.from({ length: extent }, (_, at) => ({
    at,
    taps: Array.from({ length: size }, (__, i) => i).filter((i) => at < i - before || at >= i - before + out),
  })).filter(({ taps }) => taps.length > 0);

/** The lags from this place to a place of the input that any of its taps asks for. */
const lagsOf = ({ at, taps }: Border, size: number, extent: number): Range => [
  Math.max(-at, -Math.max(...taps)),
  Math.min(extent - 1 - at, size - 1 - Math.min(...taps)),
];

/**
 * AᵀA for stride 1. Entry ((i, j, c), (i', j', c')) sums x[a, b, c]·x[a + i' − i, b + j' − j, c']
 * over the places (a, b) that tap (i, j) visits: the autocorrelation of the input at that lag, less
 * the rows and the columns that the tap does not visit, plus their corners, which were taken off
 * twice.
 */
const gramOfLags = (view: View): Tensor => {
  const {
    x,
    images: [n, h, w, c],
    kernel: [kh, kw],
    out: [outHeight, outWidth],
    before: [top, left],
    sliding,
  } = view;
  const rowBorders = borders(h, kh, outHeight, top);
  const columnBorders = borders(w, kw, outWidth, left);
  const strip = (row: Border | undefined, column: Border | undefined): Tensor =>
    correlation(
      view,
      row === undefined ? [0, h - 1] : [row.at, row.at],
      column === undefined ? [0, w - 1] : [column.at, column.at],
      row === undefined ? [1 - kh, kh - 1] : lagsOf(row, kh, h),
      column === undefined ? [1 - kw, kw - 1] : lagsOf(column, kw, w),
    );
  /** One sum of lags, less those of the borders that a tap does not visit. */
  const without = (whole: Tensor, parts: readonly (readonly [Border, Tensor])[], tap: number): Tensor =>
    parts.filter(([{ taps }]) => taps.includes(tap)).reduce((rest, [, part]) => sub(rest, part), whole);
  const lags = allLags(view);
  const rows = rowBorders.map((row) => [row, strip(row, undefined)] as const);
  const columns = columnBorders.map((column) => ({
    column,
    whole: strip(undefined, column),
    corners: rowBorders.map((row) => [row, strip(row, column)] as const),
  }));
  const blocks = Array.from({ length: kh }, (_, i) => {
    const inRows = without(lags, rows, i);
    const inColumns = columns.map(
      ({ column, whole, corners }) => [column, without(whole, corners, i)] as const,
    );
    return Array.from({ length: kw }, (__, j) => {
      // [i', j', c', c] to [c, c'·kh·kw]: one row block of the Gram matrix.
      const seen = slice(without(inRows, inColumns, j), [kh - 1 - i, kw - 1 - j, 0, 0], [kh, kw, c, c]);
      return reshape(transpose(seen, [3, 2, 0, 1]), [c, c * kh * kw]);
    });
  }).flat();
  const g = reshape(stack(blocks, 1), [c * kh * kw, c * kh * kw]);
  const total = sum(x, 0, true);
  const sums = filterGradient(total, ones([1, outHeight, outWidth, 1]), [kh, kw, c, 1], sliding);
  return bordered(
    g,
    reshape(transpose(sums, [3, 2, 0, 1]), [1, c * kh * kw]),
    oneNumber(n * outHeight * outWidth),
  );
};

/** The same by a kernel, which sums in float64. */
const gramByKernel = (view: View): Tensor => {
  const {
    x,
    images: [, , , c],
    kernel: [kh, kw],
  } = view;
  const taps = kh * kw * c;
  const g = narrowWide(gramLagsWide(x, view), taps + 1, taps + 1);
  // Row, column, channel of the filter to channel, row, column.
  const inputs = reshape(slice(g, [0, 0], [taps, taps]), [kh * kw, c, kh * kw, c]);
  const sums = transpose(reshape(slice(g, [taps, 0], [1, taps]), [kh * kw, c]));
  const whole = reshape(transpose(inputs, [1, 0, 3, 2]), [taps, taps]);
  return bordered(whole, reshape(sums, [1, taps]), slice(g, [taps, taps], [1, 1]));
};

/** Multiply-adds of `gramOfLags`: half of all lags, and the strips that are left out. */
const costOfLags = ({ images: [n, h, w, c], kernel: [kh, kw], out, before }: View): number => {
  const strips = (extent: number, size: number, o: number, b: number): number =>
    borders(extent, size, o, b).reduce((total, border) => {
      const [low, high] = lagsOf(border, size, extent);
      return total + (high - low + 1);
    }, 0);
  const [rows, columns] = [strips(h, kh, out[0], before[0]), strips(w, kw, out[1], before[1])];
  return (
    n *
    c *
    c *
    (h * w * kh * (2 * kw - 1) + rows * w * (2 * kw - 1) + columns * h * (2 * kh - 1) + rows * columns)
  );
};

/**
 * The design A of a convolution at an input [N, H, W, C]. Right-hand sides are held as images [N,
 * H', W', U].
 */
export const convolutionDesign = (
  inputs: Tensor,
  geometry: Geometry,
  scalars: Scalars,
): Design<ConvolutionParameters> => {
  const x = real(inputs);
  const view = viewOf(x, geometry);
  const patches = (): Tensor => patchesOf(x, geometry);
  const {
    images: [n, h, w, c],
    kernel: [kh, kw],
    out: [outHeight, outWidth],
    sliding,
  } = view;
  const { filters: units } = geometry;
  const rows = n * outHeight * outWidth;
  const taps = kh * kw * c;
  const columns = taps + 1;
  const matrix = (): Tensor => concat([patches(), ones([rows, 1])], 1);
  const wideAdjoint = (channelsFirst: boolean) => (h: Tensor) =>
    convolutionAdjointWide(x, h, [kh, kw, c, units], sliding, channelsFirst);
  const byPatches: GramWay = {
    name: 'patches',
    cost: (rows * columns * columns) / 2 + rows * c * (kh * kw) ** 2,
    form: () => gramOfPatches(patches()),
    wide: {
      gram: () => wideProducts({ x: patches(), ones: 1 }).gram(),
      adjoint: wideAdjoint(true),
      chain: FILTER_CHAIN,
    },
  };
  const byLags: GramWay = {
    name: 'lags',
    cost: costOfLags(view),
    form: () => (hasKernel('GramLagsWide') ? gramByKernel(view) : gramOfLags(view)),
    wide: {
      gram: () => gramLagsWide(x, view),
      adjoint: wideAdjoint(false),
      chain: FILTER_CHAIN,
      excess: Math.max(1, (h * w) / (outHeight * outWidth)),
      ordered: (v) => {
        const [u] = v.shape;
        const weights = reshape(slice(v, [0, 0], [u, taps]), [u, kh * kw, c]);
        return concat([reshape(transpose(weights, [0, 2, 1]), [u, taps]), slice(v, [0, taps], [u, 1])], 1);
      },
    },
  };
  const [strideHeight, strideWidth] = geometry.strides;
  // For any number of units: as many as the filter, the images or the matrix have.
  const apply = ({ filter, bias }: ConvolutionParameters): Tensor => convolveBiased(x, filter, bias, sliding);
  const adjoint = (h: Tensor): ConvolutionParameters => {
    const u = h.shape[3] ?? 0;
    return {
      filter: filterGradient(x, h, [kh, kw, c, u], sliding),
      bias: sum(reshape(h, [rows, u]), 0),
    };
  };
  const pack = ({ filter, bias }: ConvolutionParameters): Tensor =>
    concat([reshape(transpose(filter, [3, 2, 0, 1]), [bias.size, taps]), reshape(bias, [bias.size, 1])], 1);
  const unpack = (m: Tensor): ConvolutionParameters => {
    const u = m.shape[0];
    return {
      filter: transpose(reshape(slice(m, [0, 0], [u, taps]), [u, c, kh, kw]), [2, 3, 1, 0]),
      bias: reshape(slice(m, [0, taps], [u, 1]), [u]),
    };
  };
  const dualGramOfInputs = (): Tensor => {
    const p = patches();
    return matMul(p, p, false, true);
  };
  const chain = filterChain();
  return {
    rows,
    columns,
    units,
    scalars,
    apply,
    adjoint,
    ...(chain === undefined ? {} : { chain }),
    matrix,
    grams: strideHeight === 1 && strideWidth === 1 ? [byLags, byPatches] : [byPatches],
    dualGram: () => add(dualGramOfInputs(), 1),
    dualGramOfInputs,
    operator: {
      mix: (by, h) => transpose(matMul(reshape(h, [rows, units]), by, false, true)),
      apply: (m) => transpose(reshape(apply(unpack(m)), [rows, m.shape[0]])),
      adjoint: (m) => pack(adjoint(reshape(transpose(m), [n, outHeight, outWidth, m.shape[0]]))),
    },
    pack,
    unpack,
    outputs: (y) => y,
    toUnits: (h) => transpose(reshape(h, [rows, units])),
    fromUnits: (m) => reshape(transpose(m), [n, outHeight, outWidth, units]),
  };
};
