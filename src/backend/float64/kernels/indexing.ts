/** Kernels that make tensors from numbers, and kernels whose inputs are positions of values. */
import { backend_util } from '@tensorflow/tfjs-core';
import { allocate } from '../backend';
import { numberAt, dim, indices, type HostKernel, type KernelTable, size, strides } from './call';

const constantLike =
  (value: number): HostKernel =>
  (call) => {
    const x = call.input('x');
    return call.fill(x.shape, x.dtype, () => value);
  };

const fill: HostKernel = (call) => {
  const value = call.number('value');
  const dtype = call.attribute('dtype') == null ? 'float32' : call.dtype('dtype');
  return call.fill(call.numbers('shape'), dtype, () => value);
};

const range: HostKernel = (call) => {
  const [start, stop, asked] = [call.number('start'), call.number('stop'), call.number('step')];
  // tfjs counts downwards by itself when the step was left at 1.
  const step = stop < start && asked === 1 ? -1 : asked;
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return call.fill([count], call.dtype('dtype'), (i) => start + i * step);
};

const linSpace: HostKernel = (call) => {
  const [start, stop, count] = [call.number('start'), call.number('stop'), call.number('num')];
  return call.fill([count], 'float32', (i) => (i === 0 ? start : start + (i * (stop - start)) / (count - 1)));
};

const oneHot: HostKernel = (call) => {
  const x = call.input('indices');
  const depth = call.number('depth');
  const [on, off] = [call.number('onValue'), call.number('offValue')];
  return call.fill([...x.shape, depth], call.dtype('dtype'), (i) =>
    numberAt(x.values, Math.floor(i / depth)) === i % depth ? on : off,
  );
};

/** Entry by entry; tfjs has broadcast all three inputs to one shape before. */
const select: HostKernel = (call) => {
  const [condition, t, e] = [call.input('condition'), call.input('t'), call.input('e')];
  return call.fill(t.shape, t.dtype === e.dtype ? t.dtype : backend_util.upcastType(t.dtype, e.dtype), (i) =>
    numberAt(condition.values, i) !== 0 ? numberAt(t.values, i) : numberAt(e.values, i),
  );
};

const gather: HostKernel = (call) => {
  const [x, chosen] = [call.input('x'), call.input('indices')];
  const axis = call.axis(call.number('axis'), x.shape.length);
  const batchRank = call.number('batchDims', 0);
  const batch = size(x.shape.slice(0, batchRank));
  const outer = size(x.shape.slice(batchRank, axis));
  const extent = dim(x.shape, axis);
  const inner = size(x.shape.slice(axis + 1));
  const count = size(chosen.shape.slice(batchRank));
  const shape = [...x.shape.slice(0, axis), ...chosen.shape.slice(batchRank), ...x.shape.slice(axis + 1)];
  const out = allocate(x.dtype, size(shape));
  let to = 0;
  for (const n of indices(batch)) {
    for (const o of indices(outer)) {
      for (const c of indices(count)) {
        const index = numberAt(chosen.values, n * count + c);
        if (index < 0 || index >= extent) return call.fault('indices', `0 to ${extent - 1}`, index);
        const start = ((n * outer + o) * extent + index) * inner;
        for (let i = 0; i < inner; i++) out[to++] = numberAt(x.values, start + i);
      }
    }
  }
  return call.make(shape, x.dtype, out);
};

/**
 * Sums the slices of x that bear the same number; those numbered outside the range are left out.
 */
const unsortedSegmentSum: HostKernel = (call) => {
  const [x, ids] = [call.input('x'), call.input('segmentIds')];
  const segments = call.number('numSegments');
  const inner = x.shape.slice(ids.shape.length);
  const width = size(inner);
  const out = allocate(x.dtype, segments * width);
  ids.values.forEach((id, n) => {
    if (id < 0 || id >= segments) return;
    for (let i = 0; i < width; i++)
      out[id * width + i] = numberAt(out, id * width + i) + numberAt(x.values, n * width + i);
  });
  return call.make([segments, ...inner], x.dtype, out);
};

/** Adds each slice of the updates into zeros, at the place its row of indices names. */
const scatterNd: HostKernel = (call) => {
  const [places, updates] = [call.input('indices'), call.input('updates')];
  const shape = call.numbers('shape');
  const info = backend_util.calculateShapes(updates, places, shape);
  const steps = strides(shape);
  const out = allocate(updates.dtype, size(shape));
  for (const n of indices(info.numUpdates)) {
    const row = indices(info.sliceRank).map((k) => numberAt(places.values, n * info.sliceRank + k));
    if (row.some((index, axis) => index < 0 || index >= dim(shape, axis)))
      return call.fault('indices', `places in a tensor of shape ${shape.join(' × ')}`, row);
    const start = row.reduce((sum, index, axis) => sum + index * dim(steps, axis), 0);
    for (let i = 0; i < info.sliceSize; i++)
      out[start + i] = numberAt(out, start + i) + numberAt(updates.values, n * info.sliceSize + i);
  }
  return call.make(shape, updates.dtype, out);
};

export const indexing: KernelTable = {
  Fill: fill,
  GatherV2: gather,
  LinSpace: linSpace,
  OneHot: oneHot,
  OnesLike: constantLike(1),
  Range: range,
  ScatterNd: scatterNd,
  Select: select,
  UnsortedSegmentSum: unsortedSegmentSum,
  ZerosLike: constantLike(0),
};
