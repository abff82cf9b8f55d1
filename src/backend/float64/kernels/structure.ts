/** Kernels that move values around unchanged: reshaping, cutting, joining, padding, repeating. */
import { slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { allocate, convert } from '../backend';
import {
  numberAt,
  type HostCall,
  dim,
  indices,
  type HostKernel,
  type KernelTable,
  type Operand,
  positions,
  size,
} from './call';

type Indices = readonly number[];

/** The entries of x at the chosen indices of each axis, in the chosen order. */
const pick = (
  call: HostCall,
  x: Operand,
  chosen: readonly Indices[],
  shape: Indices = chosen.map((along) => along.length),
): TensorInfo => {
  const sources = positions(x.shape, chosen);
  return call.fill(shape, x.dtype, (i) => numberAt(x.values, numberAt(sources, i)));
};

/** All indices of each axis; along some axes, the indices that `along` gives instead. */
const choose = (shape: Indices, along: (n: number, axis: number) => Indices | undefined): Indices[] =>
  shape.map((n, axis) => along(n, axis) ?? indices(n));

/** `count` numbers from `begin` on. */
const from = (begin: number, count: number, step = 1): number[] =>
  indices(count).map((i) => begin + i * step);

const cast: HostKernel = (call) => {
  const x = call.input('x');
  const dtype = call.dtype('dtype');
  if (dtype === x.dtype) return call.share(x, x.shape);
  if (dtype === 'bool') return call.fill(x.shape, dtype, (i) => Number(numberAt(x.values, i) !== 0));
  return call.make(x.shape, dtype, convert(dtype, x.values));
};

const expandDims: HostKernel = (call) => {
  const x = call.input('input');
  const axis = call.axis(call.number('dim'), x.shape.length + 1);
  return call.share(x, x.shape.toSpliced(axis, 0, 1));
};

const slice: HostKernel = (call) => {
  const x = call.input('x');
  const [begin = [], extent = []] = slice_util.parseSliceParams(
    x,
    call.numbers('begin'),
    call.numbers('size'),
  );
  return pick(
    call,
    x,
    choose(x.shape, (_, axis) => from(dim(begin, axis), dim(extent, axis))),
  );
};

const stridedSlice: HostKernel = (call) => {
  const x = call.input('x');
  const info = slice_util.sliceInfo(
    x.shape,
    call.numbers('begin'),
    call.numbers('end'),
    call.numbers('strides'),
    call.number('beginMask'),
    call.number('endMask'),
    call.number('ellipsisMask'),
    call.number('newAxisMask'),
    call.number('shrinkAxisMask'),
  );
  const chosen = choose(x.shape, (_, axis) => {
    const [begin, end, step] = [dim(info.begin, axis), dim(info.end, axis), dim(info.strides, axis)];
    return from(begin, Math.max(0, Math.ceil((end - begin) / step)), step);
  });
  return pick(call, x, chosen, info.finalShape);
};

const splitV: HostKernel = (call) => {
  const x = call.input('x');
  const axis = call.axis(call.number('axis'), x.shape.length);
  const extent = dim(x.shape, axis);
  const asked = call.attribute('numOrSizeSplits');
  const parts =
    typeof asked === 'number' ? indices(asked).map(() => extent / asked) : call.numbers('numOrSizeSplits');
  // One part may be given as −1: what the others leave.
  const rest = extent - parts.reduce((sum, part) => sum + Math.max(part, 0), 0);
  let begin = 0;
  return parts.map((part) => {
    const count = part < 0 ? rest : part;
    begin += count;
    return pick(
      call,
      x,
      choose(x.shape, (_, other) => (other === axis ? from(begin - count, count) : undefined)),
    );
  });
};

const unpack: HostKernel = (call) => {
  const x = call.input('value');
  const axis = call.axis(call.number('axis'), x.shape.length);
  return indices(dim(x.shape, axis)).map((i) =>
    pick(
      call,
      x,
      choose(x.shape, (_, other) => (other === axis ? [i] : undefined)),
      x.shape.toSpliced(axis, 1),
    ),
  );
};

const reverse: HostKernel = (call) => {
  const x = call.input('x');
  const axes = call.axes('dims', x.shape.length);
  return pick(
    call,
    x,
    choose(x.shape, (n, axis) => (axes.includes(axis) ? from(n - 1, n, -1) : undefined)),
  );
};

const tile: HostKernel = (call) => {
  const x = call.input('x');
  const reps = call.numbers('reps');
  return pick(
    call,
    x,
    choose(x.shape, (n, axis) => indices(n * dim(reps, axis)).map((i) => i % n)),
  );
};

const mirrorPad: HostKernel = (call) => {
  const x = call.input('x');
  const paddings = call.rows('paddings');
  // 'reflect' turns around on the last entry, 'symmetric' just behind it, which shows that entry
  // twice.
  const shift = call.text('mode') === 'reflect' ? 0 : 1;
  const chosen = choose(x.shape, (n, axis) => {
    const [before = 0, after = 0] = paddings[axis] ?? [];
    return from(-before, before + n + after).map((i) =>
      i < 0 ? -i - shift : i >= n ? 2 * (n - 1) - i + shift : i,
    );
  });
  return pick(call, x, chosen);
};

const padV2: HostKernel = (call) => {
  const x = call.input('x');
  const paddings = call.rows('paddings');
  const shape = x.shape.map((n, axis) => n + (paddings[axis] ?? []).reduce((sum, extra) => sum + extra, 0));
  const out = allocate(x.dtype, size(shape)).fill(call.number('constantValue', 0));
  const into = positions(
    shape,
    choose(x.shape, (n, axis) => from(paddings[axis]?.[0] ?? 0, n)),
  );
  into.forEach((position, i) => {
    out[position] = numberAt(x.values, i);
  });
  return call.make(shape, x.dtype, out);
};

/** Puts tensors behind one another along an axis. */
const join = (call: HostCall, parts: readonly Operand[], axis: number, shape: Indices): TensorInfo => {
  const dtype = parts[0]?.dtype ?? 'float32';
  const joined = shape.with(
    axis,
    parts.reduce((sum, part) => sum + dim(part.shape, axis), 0),
  );
  const out = allocate(dtype, size(joined));
  let begin = 0;
  for (const part of parts) {
    const offset = begin;
    const chosen = choose(part.shape, (n, other) => (other === axis ? from(offset, n) : undefined));
    positions(joined, chosen).forEach((position, i) => {
      out[position] = numberAt(part.values, i);
    });
    begin += dim(part.shape, axis);
  }
  return call.make(joined, dtype, out);
};

const concat: HostKernel = (call) => {
  const parts = call.inputs();
  const shape = parts[0]?.shape ?? [];
  return join(call, parts, call.axis(call.number('axis'), shape.length), shape);
};

const pack: HostKernel = (call) => {
  const parts = call.inputs();
  const rank = (parts[0]?.shape.length ?? 0) + 1;
  const axis = call.axis(call.number('axis'), rank);
  const opened = parts.map((part) => ({ ...part, shape: part.shape.toSpliced(axis, 0, 1) }));
  return join(call, opened, axis, opened[0]?.shape ?? []);
};

const identity: HostKernel = (call) => {
  const x = call.input('x');
  return call.share(x, x.shape);
};

/** One size may be −1: it follows from the others. */
const reshape: HostKernel = (call) => {
  const x = call.input('x');
  return call.share(x, util.inferFromImplicitShape(call.numbers('shape'), size(x.shape)));
};

export const structure: KernelTable = {
  Cast: cast,
  Concat: concat,
  ExpandDims: expandDims,
  Identity: identity,
  MirrorPad: mirrorPad,
  Pack: pack,
  PadV2: padV2,
  Reshape: reshape,
  Reverse: reverse,
  Slice: slice,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Tile: tile,
  Unpack: unpack,
};
