/**
 * Every kernel of the float64 reference backend against tfjs's cpu backend, and the checks that it really
 * computes in float64.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { registerFloat64, tensor64 } from '../../src/backend/float64';

/** exp(0.100000001490116119384765625), and erf, to more digits than float64 has. */
const expOfTenth = 1.10517091972248062574;
const erfs: [number, number][] = [
  [0.001, 0.0011283787909692364],
  [0.1, 0.1124629160182848984],
  [0.5, 0.52049987781304653768],
  [1, 0.84270079294971486934],
  [1.5, 0.96610514647531072707],
  [1.999, 0.99530155665137051232],
  [2, 0.99532226501895273416],
  [2.5, 0.99959304798255504106],
  [3.5, 0.99999925690162765859],
  [5, 0.99999999999846254021],
];

/** The cpu backend rounds every value to float32, and sums a few dozen of them: 24 bits, less what that costs. */
const float32Rounding = 1e-5;

interface Input {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: number[];
}

type Inputs = Readonly<Record<string, Input>> | readonly Input[];

interface Row {
  readonly kernel: string;
  readonly inputs: Inputs;
  readonly attrs: tf.NamedAttrMap;
  /** What the cpu backend must compute instead, for the kernels that it lacks. */
  readonly reference?: (input: (name: string) => tf.Tensor) => tf.Tensor;
}

let state = 1;
/** A fixed sequence of numbers between 0 and 1. */
const next = (): number => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

const make =
  (dtype: Input['dtype'], draw: () => number) =>
  (...shape: number[]): Input => ({
    shape,
    dtype,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw),
  });

const between = (low: number, high: number): ((...shape: number[]) => Input) =>
  make('float32', () => low + (high - low) * next());
const real = between(-2, 2);
const whole = make('int32', () => Math.floor(next() * 9) - 4);
const bool = make('bool', () => Math.floor(next() * 2));
const given = (dtype: Input['dtype'], shape: number[], values: number[]): Input => ({ shape, dtype, values });

const row = (
  kernel: string,
  inputs: Inputs,
  attrs: tf.NamedAttrMap = {},
  reference?: Row['reference'],
): Row => ({ kernel, inputs, attrs, ...(reference && { reference }) });

const unary = (names: string, x: () => Input): Row[] => names.split(' ').map((name) => row(name, { x: x() }));

const special = given('float32', [7], [0, -0, 1, -1, Infinity, -Infinity, Number.NaN]);
/** Halves, on both sides of zero, of even and odd neighbours. */
const halves = given('float32', [8], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.2, -0.7]);

const elementwise: Row[] = [
  ...unary('Abs Asinh Atan Ceil Cos Cosh Elu Erf Exp Expm1 Floor Neg Relu Relu6 Round Selu', () =>
    real(2, 5),
  ),
  ...unary('Sigmoid Sign Sin Sinh Softplus Square Tan Tanh', () => real(2, 5)),
  ...unary('Log Log1p Reciprocal Rsqrt Sqrt', () => between(0.1, 9)(3, 3)),
  ...unary('Acos Asin Atanh', () => between(-0.9, 0.9)(6)),
  ...unary('Acosh', () => between(1.1, 9)(6)),
  ...unary('IsFinite IsInf IsNan Sigmoid Relu Softplus Tanh Exp Erf', () => special),
  ...unary('Round', () => halves),
  ...unary('Abs Neg Sign Square', () => whole(6)),
  ...unary('Relu6', () => between(-9, 9)(12)),
  ...unary('Softplus', () => between(-40, 40)(12)),
  ...unary('LogicalNot', () => bool(6)),
  row('Step', { x: real(7) }, { alpha: 0.3 }),
  row('LeakyRelu', { x: real(7) }, { alpha: 0.2 }),
  row('ClipByValue', { x: real(9) }, { clipValueMin: -1, clipValueMax: 0.5 }),
  row('Prelu', { x: real(3, 4), alpha: real(4) }),
  row('EluGrad', { dy: real(3, 4), y: between(-1, 2)(3, 4) }),
  row('AddN', [real(2, 3), real(2, 3), real(2, 3)]),
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference', 'Atan2', 'Mod'].flatMap(
    (name) => [
      row(name, { a: real(2, 3), b: real(2, 3) }),
      row(name, { a: real(4, 1, 3), b: real(2, 1) }),
      row(name, { a: real(), b: real(2, 2) }),
    ],
  ),
  ...['Add', 'Sub', 'Multiply', 'Maximum'].map((name) => row(name, { a: whole(2, 3), b: whole(3) })),
  row('Pow', { a: between(0.1, 3)(2, 3), b: real(3) }),
  row('Pow', { a: whole(4), b: given('int32', [], [2]) }),
  row('FloorDiv', { a: whole(3, 3), b: given('int32', [3], [2, -3, 4]) }),
  row('Mod', { a: whole(3, 3), b: given('int32', [3], [2, -3, 4]) }),
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'].flatMap((name) => [
    row(name, { a: whole(4, 5), b: whole(5) }),
    row(name, { a: real(4, 1), b: real(1, 3) }),
  ]),
  ...['LogicalAnd', 'LogicalOr'].map((name) => row(name, { a: bool(4, 1), b: bool(5) })),
  row('LogicalXor', { a: bool(8), b: bool(8) }, {}, (input) => tf.logicalXor(input('a'), input('b'))),
];

const linear: Row[] = [
  ...[true, false].flatMap((transposeA) =>
    [true, false].map((transposeB) =>
      row(
        'BatchMatMul',
        { a: transposeA ? real(2, 4, 3) : real(2, 3, 4), b: transposeB ? real(2, 5, 4) : real(2, 4, 5) },
        { transposeA, transposeB },
      ),
    ),
  ),
  // The cpu backend gets two batches wrong that both have to be repeated: it is given repeated ones.
  row(
    'BatchMatMul',
    { a: real(2, 1, 3, 4), b: real(3, 4, 2) },
    { transposeA: false, transposeB: false },
    (input) => tf.matMul(tf.broadcastTo(input('a'), [2, 3, 3, 4]), tf.broadcastTo(input('b'), [2, 3, 4, 2])),
  ),
  row('BatchMatMul', { a: real(1, 3, 4), b: real(5, 2, 4) }, { transposeA: false, transposeB: true }),
  row('Transpose', { x: real(2, 3, 4) }, { perm: [2, 0, 1] }),
  row('Transpose', { x: whole(3, 4) }, { perm: [1, 0] }),
  row('Einsum', [real(2, 3), real(3, 4)], { equation: 'ij,jk->ik' }),
  row('Einsum', [real(5, 2, 3), real(5, 4, 3)], { equation: 'bij,bkj->bki' }),
  row('Einsum', [real(2, 3)], { equation: 'ij->' }),
];

const axes = [0, 1, -1, [0, 2], [-1, -3], [0, 1, 2]];
const reduction: Row[] = [
  ...['Sum', 'Mean', 'Min', 'Prod'].flatMap((name) =>
    axes.flatMap((axis) =>
      [true, false].map((keepDims) => row(name, { x: real(2, 3, 4) }, { axis, keepDims })),
    ),
  ),
  ...axes.flatMap((reductionIndices) =>
    [true, false].map((keepDims) => row('Max', { x: real(2, 3, 4) }, { reductionIndices, keepDims })),
  ),
  row('Sum', { x: whole(3, 4) }, { axis: -2, keepDims: false }),
  row('Sum', { x: bool(3, 4) }, { axis: 1, keepDims: false }),
  row('Sum', { x: real() }, { axis: [], keepDims: false }),
  row('Prod', { x: whole(3, 4) }, { axis: [0, 1], keepDims: false }),
  ...['All', 'Any'].flatMap((name) =>
    axes.map((axis) => row(name, { x: bool(2, 3, 4) }, { axis, keepDims: false })),
  ),
  ...['ArgMax', 'ArgMin'].flatMap((name) => [
    ...[0, 1, -1].map((axis) => row(name, { x: real(3, 4, 5) }, { axis })),
    row(name, { x: given('float32', [4], [1, 2, 2, 1]) }, { axis: 0 }),
  ]),
  ...[true, false].flatMap((exclusive) =>
    [true, false].flatMap((reverse) =>
      ['Cumsum', 'Cumprod'].flatMap((name) =>
        [0, 1].map((axis) => row(name, { x: real(3, 4) }, { axis, exclusive, reverse })),
      ),
    ),
  ),
  row('Softmax', { logits: between(-9, 9)(3, 4) }, { dim: -1 }),
  row('LogSoftmax', { logits: between(-9, 9)(3, 4) }, { axis: 1 }, (input) => tf.logSoftmax(input('logits'))),
];

const strided = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
const structure: Row[] = [
  row('Identity', { x: real(2, 3) }),
  row('Reshape', { x: real(2, 3) }, { shape: [3, 2, 1] }),
  row('Reshape', { x: real(2, 3) }, { shape: [3, -1] }),
  ...[0, 1, -1].map((dim) => row('ExpandDims', { input: real(2, 3) }, { dim })),
  ...(['float32', 'int32', 'bool'] as const).flatMap((dtype) =>
    [between(-3, 3)(9), whole(9), bool(9)].map((x) => row('Cast', { x }, { dtype })),
  ),
  ...[0, 1, -1].map((axis) => row('Concat', [real(2, 3), real(2, 3), real(2, 3)], { axis })),
  row('Concat', [whole(2, 1), whole(2, 3)], { axis: 1 }),
  ...[0, 1, 2].map((axis) => row('Pack', [real(2, 3), real(2, 3)], { axis })),
  ...[0, 1, -1].map((axis) => row('Unpack', { value: real(2, 3, 2) }, { axis })),
  row('SplitV', { x: real(2, 6) }, { numOrSizeSplits: 3, axis: 1 }),
  row('SplitV', { x: real(2, 6) }, { numOrSizeSplits: [1, -1, 2], axis: -1 }),
  row('Slice', { x: real(3, 4, 5) }, { begin: [1, 0, 2], size: [2, -1, 1] }),
  row('Slice', { x: real(5, 2) }, { begin: 2, size: 2 }),
  row('StridedSlice', { x: real(5, 6) }, { ...strided, begin: [1, 5], end: [5, 0], strides: [2, -2] }),
  row('StridedSlice', { x: real(5, 6) }, { ...strided, begin: [0, -4], end: [3, -1], strides: [1, 1] }),
  row(
    'StridedSlice',
    { x: real(5, 6) },
    { ...strided, begin: [2, 0], end: [3, 6], strides: [1, 1], shrinkAxisMask: 1 },
  ),
  row(
    'StridedSlice',
    { x: real(5, 6) },
    { ...strided, begin: [3, 3], end: [3, 3], strides: [2, 1], beginMask: 1, endMask: 3 },
  ),
  row(
    'PadV2',
    { x: real(2, 3) },
    {
      paddings: [
        [1, 0],
        [2, 1],
      ],
      constantValue: 0.5,
    },
  ),
  row(
    'MirrorPad',
    { x: real(3, 4) },
    {
      paddings: [
        [2, 1],
        [3, 2],
      ],
      mode: 'reflect',
    },
  ),
  row(
    'MirrorPad',
    { x: real(3, 4) },
    {
      paddings: [
        [3, 1],
        [0, 4],
      ],
      mode: 'symmetric',
    },
  ),
  row('Tile', { x: real(2, 1, 3) }, { reps: [2, 4, 1] }),
  ...[[0], [-1], [0, 1, 2]].map((dims) => row('Reverse', { x: real(2, 3, 2) }, { dims })),
];

const indexing: Row[] = [
  ...[0, 1, -1].map((axis) =>
    row(
      'GatherV2',
      { x: real(3, 4, 3), indices: given('int32', [2, 2], [2, 0, 1, 1]) },
      { axis, batchDims: 0 },
    ),
  ),
  row(
    'GatherV2',
    { x: real(2, 5), indices: given('int32', [2, 2], [4, 0, 1, 1]) },
    { axis: 1, batchDims: 1 },
  ),
  row('Fill', {}, { shape: [2, 3], value: 0.25, dtype: 'float32' }),
  row('Fill', {}, { shape: [2], value: 3, dtype: 'int32' }),
  ...['ZerosLike', 'OnesLike'].flatMap((name) =>
    [real(2, 3), whole(2), bool(2)].map((x) => row(name, { x })),
  ),
  row('Range', {}, { start: 1, stop: 4.2, step: 0.5, dtype: 'float32' }),
  row('Range', {}, { start: 5, stop: 0, step: -2, dtype: 'int32' }),
  row('Range', {}, { start: 3, stop: 0, step: 1, dtype: 'int32' }),
  row('Range', {}, { start: 0, stop: 3, step: -1, dtype: 'int32' }),
  row('LinSpace', {}, { start: -1, stop: 2, num: 7 }),
  row('LinSpace', {}, { start: -1, stop: 2, num: 1 }),
  row(
    'OneHot',
    { indices: given('int32', [2, 2], [0, 3, -1, 2]) },
    { depth: 3, onValue: 2, offValue: -1, dtype: 'float32' },
  ),
  row(
    'OneHot',
    { indices: given('int32', [3], [0, 1, 1]) },
    { depth: 2, onValue: 1, offValue: 0, dtype: 'int32' },
  ),
  row('Select', { condition: bool(3, 4), t: real(3, 4), e: real(3, 4) }),
  row(
    'UnsortedSegmentSum',
    { x: real(4, 3), segmentIds: given('int32', [4], [2, 0, 2, -1]) },
    { numSegments: 4 },
  ),
  row('ScatterNd', { indices: given('int32', [3, 1], [4, 0, 4]), updates: real(3, 2) }, { shape: [5, 2] }),
  row(
    'ScatterNd',
    { indices: given('int32', [3, 2], [1, 2, 0, 1, 1, 2]), updates: real(3, 4) },
    { shape: [2, 3, 4] },
  ),
  row('ScatterNd', { indices: given('int32', [2, 2], [1, 0, 0, 2]), updates: real(2) }, { shape: [2, 3] }),
];

const convolutions = (depthwise: boolean, attrs: tf.NamedAttrMap): Row[] => {
  const name = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  const [x, filter] = [real(2, 6, 5, 3), real(3, 2, 3, 2)];
  const format = { dimRoundingMode: 'floor', dataFormat: 'NHWC', ...attrs };
  const info = tf.backend_util.computeConv2DInfo(
    [2, 6, 5, 3],
    [3, 2, 3, 2],
    attrs['strides'] as number,
    attrs['dilations'] as number,
    attrs['pad'] as 'same',
    'floor',
    depthwise,
  );
  const dy = real(...info.outShape);
  const forward = row(name, { x, filter }, format);
  // tfjs has no derivatives of convolutions with dilation.
  if (attrs['dilations'] !== 1) return [forward];
  return [
    forward,
    row(`${name}BackpropInput`, { dy, filter }, { ...format, inputShape: x.shape }),
    row(`${name}BackpropFilter`, { x, dy }, { ...format, filterShape: filter.shape }),
  ];
};

/**
 * Pooling. The cpu backend's derivative of the average is wrong where windows reach into the padding; there it
 * is compared with central differences only, further down.
 */
const pools = (
  pad: tf.NamedAttrMap[string],
  filterSize: number | number[],
  strides: number | number[],
): Row[] => {
  const attrs = { pad, filterSize, strides };
  const x = real(2, 6, 5, 3);
  const info = tf.backend_util.computePool2DInfo(
    [2, 6, 5, 3],
    filterSize as number,
    strides as number,
    1,
    pad as 'same',
  );
  const dy = real(...info.outShape);
  return [
    row('MaxPool', { x }, attrs),
    row('AvgPool', { x }, attrs),
    row('MaxPoolGrad', { dy, input: x, output: dy }, attrs),
    ...(pad === 'valid' ? [row('AvgPoolGrad', { dy, input: x }, attrs)] : []),
  ];
};

const explicit = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
];
/** Not the number 1: the stock kernels count both axes by the filter's height then, see `bySides`. */
const one = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];
const convolution: Row[] = [
  ...[true, false].flatMap((depthwise) => [
    ...['same', 'valid', one, explicit].flatMap((pad) =>
      [1, 2].flatMap((strides) => convolutions(depthwise, { pad, strides, dilations: 1 })),
    ),
    ...convolutions(depthwise, { pad: 'same', strides: [2, 2], dilations: 1 }),
    ...convolutions(depthwise, { pad: 'same', strides: 1, dilations: 2 }),
    ...convolutions(depthwise, { pad: 'valid', strides: 1, dilations: [2, 1] }),
  ]),
  ...['same', 'valid', 0].flatMap((pad) => [...pools(pad, 2, 2), ...pools(pad, [3, 2], [1, 2])]),
];

const table: Row[] = [...elementwise, ...linear, ...reduction, ...structure, ...indexing, ...convolution];

interface Output {
  readonly shape: number[];
  readonly dtype: string;
  readonly values: number[];
}

const run = async (backend: string, { kernel, inputs, attrs, reference }: Row): Promise<Output[]> => {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const build = ({ values, shape, dtype }: Input): tf.Tensor => tf.tensor(values, shape, dtype);
    // Boundary with tfjs: kernels of several like inputs take a list, which its type for inputs does not say.
    const given = (
      Array.isArray(inputs)
        ? inputs.map(build)
        : Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, build(input)]))
    ) as tf.NamedTensorMap;
    const result =
      backend === 'cpu' && reference
        ? reference((name) => given[name] ?? tf.tensor([]))
        : tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, given, attrs);
    return [result].flat().map((t) => ({ shape: t.shape, dtype: t.dtype, values: [...t.dataSync()] }));
  });
};

const near = (got: number, wanted: number): boolean =>
  Object.is(got, wanted) ||
  got === wanted ||
  Math.abs(got - wanted) <= float32Rounding * Math.max(1, Math.abs(wanted));

const counts = (): [number, number] => [tf.memory().numTensors, tf.engine().backend.numDataIds()];

beforeAll(() => {
  registerFloat64();
});

beforeEach(async () => {
  await tf.setBackend('float64');
});

describe('every kernel agrees with the cpu backend', () => {
  test.each(table.map((r, i) => ({ ...r, title: `${i} ${r.kernel} ${JSON.stringify(r.attrs)}` })))(
    '$title',
    async (r) => {
      const before = counts();
      const got = await run('float64', r);
      expect(counts()).toEqual(before);
      const wanted = await run('cpu', r);
      expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
        wanted.map(({ shape, dtype }) => ({ shape, dtype })),
      );
      got.forEach(({ values }, k) => {
        const other = wanted[k]?.values ?? [];
        expect(values).toHaveLength(other.length);
        expect(
          values.every((value, i) => near(value, other[i] ?? Number.NaN)),
          `got ${values.join()} wanted ${other.join()}`,
        ).toBe(true);
      });
    },
  );

  test('no kernel is left out', () => {
    const registered = tf.getKernelsForBackend('float64').map(({ kernelName }) => kernelName);
    expect([...new Set(table.map(({ kernel }) => kernel))].sort()).toEqual(registered.sort());
  });
});

describe('values are float64', () => {
  const tiny = 1e-12;
  const value = (f: () => tf.Tensor): number => tf.tidy(() => f().dataSync()[0] ?? Number.NaN);

  test('1 + 1e-12 by addition, by a sum and by a product of matrices', () => {
    const pair = (): tf.Tensor => tensor64([1, tiny], [2]);
    expect(value(() => tf.add(tensor64([1], []), tensor64([tiny], [])))).toBe(1 + tiny);
    expect(value(() => tf.sum(pair()))).toBe(1 + tiny);
    expect(value(() => tf.matMul(tf.ones([1, 2]), tf.reshape(pair(), [2, 1])))).toBe(1 + tiny);
  });

  test('exp of 0.1 rounded to float32', () => {
    expect(Math.abs(value(() => tf.exp(tf.scalar(0.1))) - expOfTenth)).toBeLessThan(1e-15);
  });

  test.each(erfs)('erf(%d)', (x, wanted) => {
    expect(Math.abs(value(() => tf.erf(tensor64([x], []))) - wanted)).toBeLessThan(1e-15);
    expect(Math.abs(value(() => tf.erf(tensor64([-x], []))) + wanted)).toBeLessThan(1e-15);
  });

  test('a tensor made under another backend is converted, once', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor([0.5, 0.25]);
    await tf.setBackend('float64');
    const y = tf.mul(x, tensor64([1 + tiny, 1], [2]));
    expect([...y.dataSync()]).toEqual([0.5 * (1 + tiny), 0.25]);
    tf.dispose([x, y]);
  });

  test('reading gives a copy', () => {
    const x = tensor64([1, 2], [2]);
    x.dataSync()[0] = 9;
    expect([...x.dataSync()]).toEqual([1, 2]);
    x.dispose();
  });
});

describe('the kernels that are derivatives agree with central differences', () => {
  /** Cube root of the float64 unit roundoff: the step that balances truncation against cancellation. */
  const step = 6e-6;
  const [x, filter] = [between(-1, 1)(1, 5, 4, 2), between(-1, 1)(3, 2, 2, 3)];
  const build = ({ values, shape }: Input): tf.Tensor => tensor64(values, shape);
  const kernel = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): tf.Tensor =>
    tf.engine().runKernel<tf.Tensor>(name, inputs, attrs);

  interface Derivative {
    readonly forward: string;
    readonly backward: string;
    /** The point, the other inputs of the forward kernel, and the input's name there. */
    readonly at: Input;
    readonly name: string;
    readonly others: Readonly<Record<string, Input>>;
    /** The inputs of the backward kernel beside dy. */
    readonly saved: (x: tf.Tensor, y: tf.Tensor) => tf.NamedTensorMap;
    readonly attrs: tf.NamedAttrMap;
  }

  const ofConvolution = (name: string, attrs: tf.NamedAttrMap): Derivative[] => [
    {
      forward: name,
      backward: `${name}BackpropInput`,
      at: x,
      name: 'x',
      others: { filter },
      saved: () => ({ filter: build(filter) }),
      attrs: { ...attrs, inputShape: x.shape },
    },
    {
      forward: name,
      backward: `${name}BackpropFilter`,
      at: filter,
      name: 'filter',
      others: { x },
      saved: () => ({ x: build(x) }),
      attrs: { ...attrs, filterShape: filter.shape },
    },
  ];

  const ofPool = (name: string, attrs: tf.NamedAttrMap): Derivative => ({
    forward: name,
    backward: `${name}Grad`,
    at: x,
    name: 'x',
    others: {},
    saved: (input, output) => ({ input, output }),
    attrs,
  });

  const derivatives: Derivative[] = [
    ...['Conv2D', 'DepthwiseConv2dNative'].flatMap((name) =>
      ['same', 'valid'].flatMap((pad) =>
        [1, 2].flatMap((strides) => ofConvolution(name, { pad, strides, dilations: 1 })),
      ),
    ),
    ...ofConvolution('DepthwiseConv2dNative', { pad: 'same', strides: 1, dilations: 2 }),
    ...['MaxPool', 'AvgPool'].flatMap((name) =>
      ['same', 'valid', 1].map((pad) => ofPool(name, { pad, filterSize: 3, strides: 2 })),
    ),
    {
      forward: 'Elu',
      backward: 'EluGrad',
      at: x,
      name: 'x',
      others: {},
      saved: (_, y) => ({ y }),
      attrs: {},
    },
  ];

  test.each(derivatives.map((d, i) => ({ ...d, title: `${i} ${d.backward} ${JSON.stringify(d.attrs)}` })))(
    '$title',
    ({ forward, backward, at, name, others, saved, attrs }) => {
      const before = counts();
      tf.tidy(() => {
        const rest = Object.fromEntries(
          Object.entries(others).map(([other, input]) => [other, build(input)]),
        );
        const f = (values: number[]): tf.Tensor =>
          kernel(forward, { ...rest, [name]: build({ ...at, values }) }, attrs);
        const y = f(at.values);
        const dy = build(real(...y.shape));
        const gradient = kernel(backward, { dy, ...saved(build(at), y) }, attrs);
        expect(gradient.shape).toEqual(at.shape);
        const alongDy = (values: number[]): number =>
          tf.tidy(() => tf.sum(tf.mul(dy, f(values))).dataSync()[0] ?? Number.NaN);
        const errors = [...gradient.dataSync()].map((g, i) => {
          const shifted = (by: number): number => alongDy(at.values.map((v, k) => (k === i ? v + by : v)));
          return Math.abs(g - (shifted(step) - shifted(-step)) / (2 * step));
        });
        // What is left is truncation, of order step² = 4e-11, and cancellation, of order 1e-15 / step = 2e-10.
        expect(Math.max(...errors)).toBeLessThan(1e-8);
      });
      expect(counts()).toEqual(before);
    },
  );
});

describe('registration and refusals', () => {
  test('registering again changes nothing', () => {
    const backend = tf.backend();
    const kernels = tf.getKernelsForBackend('float64');
    registerFloat64();
    expect(tf.backend()).toBe(backend);
    expect(tf.getKernelsForBackend('float64').map((k) => k.kernelFunc)).toEqual(
      kernels.map((k) => k.kernelFunc),
    );
  });

  test.each<[string, () => unknown, RegExp]>([
    ['strings', () => tf.tensor(['a']), /expected numbers, found a tensor of strings/],
    ['complex numbers', () => tf.complex([1], [1]), /Complex/],
    ['an index out of range', () => tf.gather([1, 2], tf.tensor1d([2], 'int32')), /expected 0 to 1, found 2/],
    [
      'channels first',
      () => tf.conv2d(tf.tensor4d([[[[1]]]]), tf.tensor4d([[[[1]]]]), 1, 'same', 'NCHW'),
      /NHWC/,
    ],
  ])('%s are refused', (_, f, message) => {
    expect(() => {
      tf.tidy(() => void f());
    }).toThrow(message);
  });
});
