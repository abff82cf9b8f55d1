/**
 * Kernels along axes: sums and other folds, running sums, positions of extremes, and the softmax.
 */
import { type DataType } from '@tensorflow/tfjs-core';
import { someAlong } from '../../reduceNothing';
import { allocate, type Values } from '../backend';
import {
  numberAt,
  type HostCall,
  dim,
  indices,
  type HostKernel,
  type KernelTable,
  type Operand,
  strides,
  walk,
} from './call';

/**
 * The starts of the groups of entries that are reduced together, and the offsets of their members.
 */
const groups = (x: Operand, axes: readonly number[]): { starts: Int32Array; members: Int32Array } => {
  const steps = strides(x.shape);
  const along = (chosen: readonly number[]): Int32Array =>
    walk(
      chosen.map((axis) => dim(x.shape, axis)),
      chosen.map((axis) => dim(steps, axis)),
    );
  const kept = indices(x.shape.length).filter((axis) => !axes.includes(axis));
  return { starts: along(kept), members: along(axes) };
};

/** tfjs counts booleans when it sums them. */
const countable = (dtype: DataType): DataType => (dtype === 'bool' ? 'int32' : dtype);

interface Fold {
  readonly initial: number;
  readonly combine: (sofar: number, x: number) => number;
  readonly finish?: (total: number, count: number) => number;
  readonly dtype?: (dtype: DataType) => DataType;
  readonly axes?: string;
  /** The name of an op that has no value for nothing. */
  readonly some?: string;
}

/** Numbers that are combined one after another into a partial result. */
const BLOCK = 1024;

/** Combines all entries of each group into one. */
const fold =
  ({
    initial,
    combine,
    finish = (total) => total,
    dtype = (same) => same,
    axes: name = 'axis',
    some,
  }: Fold): HostKernel =>
  (call) => {
    const x = call.input('x');
    const axes = call.axes(name, x.shape.length);
    if (some !== undefined) someAlong(some, x.shape, axes);
    const { starts, members } = groups(x, axes);
    const shape = x.shape.flatMap((n, axis) =>
      !axes.includes(axis) ? [n] : call.flag('keepDims') ? [1] : [],
    );
    return call.fill(shape, dtype(x.dtype), (i) => {
      const start = numberAt(starts, i);
      let total = initial;
      for (let from = 0; from < members.length; from += BLOCK) {
        let part = initial;
        for (let k = from; k < Math.min(from + BLOCK, members.length); k++)
          part = combine(part, numberAt(x.values, start + numberAt(members, k)));
        total = combine(total, part);
      }
      return finish(total, members.length);
    });
  };

const sum = { initial: 0, combine: (sofar: number, x: number) => sofar + x };

/** The position, along the axis, of the first entry that comes before all others in the order. */
const argument =
  (name: string, ahead: (x: number, best: number) => boolean): HostKernel =>
  (call) => {
    const x = call.input('x');
    // tfjs looks along one axis only, the first when it is given several.
    const [axis = 0] = call.axes('axis', x.shape.length);
    someAlong(name, x.shape, axis);
    const { starts, members } = groups(x, [axis]);
    const shape = x.shape.filter((_, other) => other !== axis);
    return call.fill(shape, 'int32', (i) => {
      const entry = (k: number): number => numberAt(x.values, numberAt(starts, i) + numberAt(members, k));
      let best = 0;
      for (let k = 1; k < members.length; k++) if (ahead(entry(k), entry(best))) best = k;
      return best;
    });
  };

/**
 * Rewrites each line of entries along one axis: `rewrite` gets a line and returns another of the
 * same length.
 */
const alongAxis = (
  call: HostCall,
  x: Operand,
  axis: number,
  dtype: DataType,
  rewrite: (line: Float64Array) => ArrayLike<number>,
): ReturnType<HostKernel> => {
  const out: Values = allocate(dtype, x.values.length);
  const { starts, members } = groups(x, [call.axis(axis, x.shape.length)]);
  for (const start of starts) {
    const line = rewrite(Float64Array.from(members, (member) => numberAt(x.values, start + member)));
    members.forEach((member, k) => {
      out[start + member] = line[k] ?? Number.NaN;
    });
  }
  return call.make(x.shape, dtype, out);
};

/** Running totals, with or without the entry itself, from the front or from the back. */
const scan =
  (initial: number, combine: (sofar: number, x: number) => number): HostKernel =>
  (call) => {
    const x = call.input('x');
    const [exclusive, reverse] = [call.flag('exclusive'), call.flag('reverse')];
    return alongAxis(call, x, call.number('axis', 0), countable(x.dtype), (line) => {
      let total = initial;
      const totals = (reverse ? line.reverse() : line).map((entry) => {
        const before = total;
        total = combine(total, entry);
        return exclusive ? before : total;
      });
      return reverse ? totals.reverse() : totals;
    });
  };

const greatest = (line: Float64Array): number => line.reduce((most, x) => Math.max(most, x), -Infinity);
const total = (line: Float64Array): number => line.reduce(sum.combine, 0);

/** The largest logit is subtracted first, so that no exponential overflows. */
const softmax: HostKernel = (call) =>
  alongAxis(call, call.input('logits'), call.number('dim', -1), 'float32', (line) => {
    const most = greatest(line);
    const powers = line.map((x) => Math.exp(x - most));
    const all = total(powers);
    return powers.map((power) => power / all);
  });

const logSoftmax: HostKernel = (call) =>
  alongAxis(call, call.input('logits'), call.number('axis', -1), 'float32', (line) => {
    const most = greatest(line);
    const log = Math.log(total(line.map((x) => Math.exp(x - most))));
    return line.map((x) => x - most - log);
  });

export const reduction: KernelTable = {
  All: fold({ initial: 1, combine: (sofar, x) => Number(sofar !== 0 && x !== 0) }),
  Any: fold({ initial: 0, combine: (sofar, x) => Number(sofar !== 0 || x !== 0) }),
  ArgMax: argument('argMax', (x, best) => x > best),
  ArgMin: argument('argMin', (x, best) => x < best),
  Cumprod: scan(1, (sofar, x) => sofar * x),
  Cumsum: scan(0, sum.combine),
  LogSoftmax: logSoftmax,
  // tfjs names the axes of this one kernel differently.
  Max: fold({ initial: -Infinity, combine: Math.max, axes: 'reductionIndices', some: 'max' }),
  Mean: fold({ ...sum, finish: (all, count) => all / count, dtype: () => 'float32', some: 'mean' }),
  Min: fold({ initial: Infinity, combine: Math.min, some: 'min' }),
  Prod: fold({ initial: 1, combine: (sofar, x) => sofar * x, dtype: countable }),
  Softmax: softmax,
  Sum: fold({ ...sum, dtype: countable }),
};
