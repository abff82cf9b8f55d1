/** Reductions over any axes, as reductions over the middle axis of arrays with three axes. */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Temporaries } from './kernel';

/** An array of three axes, which is reduced over the middle one. */
export type Middle = readonly [outer: number, n: number, inner: number];

/**
 * The array of three axes for a reduction over neighbouring axes. Axes of length 1 in between do
 * not separate them.
 */
const asMiddle = (shape: readonly number[], axes: readonly number[]): Middle | undefined => {
  const reduced = shape.flatMap((d, i) => (d === 1 ? [] : [axes.includes(i)]));
  const long = shape.filter((d) => d !== 1);
  const first = reduced.indexOf(true);
  const last = reduced.lastIndexOf(true);
  if (first < 0) return [util.sizeFromShape(long), 1, 1];
  if (reduced.slice(first, last + 1).includes(false)) return undefined;
  const size = (from: number, to?: number): number => util.sizeFromShape(long.slice(from, to));
  return [size(0, first), size(first, last + 1), size(last + 1)];
};

/** The first of the axes, and those after it that no other axis separates from it. */
const firstRun = (shape: readonly number[], axes: readonly number[]): readonly number[] => {
  const long = [...shape.keys()].filter((axis) => shape[axis] !== 1);
  const first = long.findIndex((axis) => axes.includes(axis));
  const end = long.findIndex((axis, i) => i > first && !axes.includes(axis));
  return long.slice(first, end < 0 ? undefined : end);
};

/**
 * Reduces `x` over axes, counted from the front, into `out` of the same dtype. It reduces one run
 * of neighbouring axes after another; the first leaves little work. `into` reduces a middle axis,
 * and gets whether that one is the last.
 */
export const reduceRuns = (
  backend: BackendWasm,
  x: TensorInfo,
  axes: readonly number[],
  out: TensorInfo,
  temporary: Temporaries,
  into: (numbers: TensorInfo, middle: Middle, target: TensorInfo, isLast: boolean) => void,
): void => {
  const middle = asMiddle(x.shape, axes);
  if (middle !== undefined) {
    into(x, middle, out, true);
    return;
  }
  const run = firstRun(x.shape, axes);
  const kept = x.shape.map((d, i) => (run.includes(i) ? 1 : d));
  const rest = temporary.keep(backend.makeOutput(kept, x.dtype === 'float32' ? 'float32' : 'int32'));
  into(x, asMiddle(x.shape, run) ?? [1, 1, 1], rest, false);
  const left = axes.filter((axis) => !run.includes(axis));
  reduceRuns(backend, rest, left, out, temporary, into);
};
