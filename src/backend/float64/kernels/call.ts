/**
 * Shared parts of the kernels: the inputs and attributes of a call, checked as they are read, and
 * index arithmetic. Nearly every kernel that moves values selects positions along each axis; `grid`
 * turns such a selection into positions in the flat array.
 */
import { type DataType, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { fail } from '../../../core';
import { allocate, Float64Backend, type Values } from '../backend';

/** An input of a kernel, with its values at hand. */
export interface Operand extends TensorInfo {
  readonly values: Values;
}

export type HostKernel = (call: HostCall) => TensorInfo | TensorInfo[];

/** Kernels by tfjs's names for them. */
export type KernelTable = Readonly<Record<string, HostKernel>>;

type Parameters = globalThis.Parameters<KernelFunc>[0];

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'number');

const isRows = (value: unknown): value is number[][] => Array.isArray(value) && value.every(isNumbers);

/**
 * Reads one call of a kernel, and makes its outputs. Arguments that do not fit the kernel throw a
 * `Fault`.
 */
export class HostCall {
  private readonly backend: Float64Backend;

  constructor(
    readonly name: string,
    private readonly parameters: Parameters,
  ) {
    const { backend } = parameters;
    this.backend =
      backend instanceof Float64Backend ? backend : fail('backend', name, 'the float64 backend', 'another');
  }

  private operand({ dataId, shape, dtype }: TensorInfo): Operand {
    return { dataId, shape, dtype, values: this.backend.values(dataId) };
  }

  input(name: string): Operand {
    const info = this.parameters.inputs[name];
    return info === undefined ? this.fault(name, 'a tensor', info) : this.operand(info);
  }

  /** The inputs of a kernel that takes a list of tensors. */
  inputs(): Operand[] {
    return Object.values(this.parameters.inputs).flatMap((info) =>
      info === undefined ? [] : [this.operand(info)],
    );
  }

  /**
   * The attribute as it came, for the readers below and for the few that have more than one form.
   */
  attribute(name: string): unknown {
    return this.parameters.attrs?.[name];
  }

  number(name: string, otherwise?: number): number {
    const value = this.attribute(name) ?? otherwise;
    return typeof value === 'number' ? value : this.fault(name, 'a number', value);
  }

  /** A list of numbers; a single number counts as a list of one. */
  numbers(name: string): number[] {
    const value = this.attribute(name);
    if (typeof value === 'number') return [value];
    return isNumbers(value) ? value : this.fault(name, 'numbers', value);
  }

  /** A list of lists of numbers, such as the paddings of all axes. */
  rows(name: string): number[][] {
    const value = this.attribute(name);
    return isRows(value) ? value : this.fault(name, 'lists of numbers', value);
  }

  flag(name: string): boolean {
    return this.attribute(name) === true;
  }

  text(name: string): string {
    const value = this.attribute(name);
    return typeof value === 'string' ? value : this.fault(name, 'a text', value);
  }

  dtype(name: string): DataType {
    const value = this.attribute(name);
    if (value === 'float32' || value === 'int32' || value === 'bool') return value;
    return this.fault(name, 'dtype float32, int32 or bool', value);
  }

  /**
   * The axes an attribute names, counted from the front, in ascending order; all of them when it is
   * absent.
   */
  axes(name: string, rank: number): number[] {
    const value = this.attribute(name);
    if (value == null) return indices(rank);
    return this.numbers(name)
      .map((axis) => this.axis(axis, rank))
      .sort((a, b) => a - b);
  }

  /** An axis counted from the front, given one counted from either end. */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    return this.fault('axis', `an axis of a tensor of rank ${rank}`, axis);
  }

  fault(attribute: string, expected: string, found: unknown): never {
    return fail('backend', `float64 ${this.name}.${attribute}`, expected, JSON.stringify(found) ?? 'nothing');
  }

  /** An output that takes over `values`. */
  make(shape: readonly number[], dtype: DataType, values: Values): TensorInfo {
    if (values.length !== size(shape)) this.fault('output', `${size(shape)} values`, values.length);
    return { dataId: this.backend.store(values), shape: [...shape], dtype };
  }

  /** An output whose entry at the flat position i is `entry(i)`. */
  fill(shape: readonly number[], dtype: DataType, entry: (i: number) => number): TensorInfo {
    const values = allocate(dtype, size(shape));
    for (let i = 0; i < values.length; i++) values[i] = entry(i);
    return this.make(shape, dtype, values);
  }

  /** An output that shares the input's values under another shape. */
  share(x: TensorInfo, shape: readonly number[]): TensorInfo {
    if (size(x.shape) !== size(shape)) this.fault('shape', `${size(x.shape)} values`, shape);
    this.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
  }
}

/** The entry at i. Reading past the end is a fault of the kernel, and must not pass as a zero. */
export const numberAt = (values: Values, i: number): number =>
  values[i] ?? fail('backend', 'float64', `an index below ${values.length}`, String(i));

/** The extent of the axis. */
export const dim = (shape: readonly number[], axis: number): number =>
  shape[axis] ?? fail('backend', 'float64', `an axis below ${shape.length}`, String(axis));

export const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The distance of neighbours along each axis in a row-major array. */
export const strides = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => size(shape.slice(axis + 1)));

/** 0, 1, …, n − 1. */
export const indices = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * All sums of one entry from each table, in row-major order.
 *
 * @example grid([[0, 10], [0, 1, 2]]) // 0, 1, 2, 10, 11, 12
 */
export const grid = (tables: readonly (readonly number[])[]): Int32Array => {
  let sums = Int32Array.of(0);
  for (const table of tables) {
    const next = new Int32Array(sums.length * table.length);
    let i = 0;
    for (const sum of sums) for (const step of table) next[i++] = sum + step;
    sums = next;
  }
  return sums;
};

/**
 * The flat positions that a walk over `shape` in row-major order visits, with the given steps along
 * the axes.
 */
export const walk = (shape: readonly number[], steps: readonly number[]): Int32Array =>
  grid(shape.map((n, axis) => indices(n).map((i) => i * dim(steps, axis))));

/** The flat positions, in an array of the given shape, of the chosen indices along each axis. */
export const positions = (shape: readonly number[], chosen: readonly (readonly number[])[]): Int32Array => {
  const steps = strides(shape);
  return grid(chosen.map((along, axis) => along.map((i) => i * dim(steps, axis))));
};

/**
 * For each entry of `out`, the flat position of the entry of `shape` that broadcasting puts there.
 */
export const broadcastWalk = (shape: readonly number[], out: readonly number[]): Int32Array => {
  const steps = strides(shape).map((step, axis) => (dim(shape, axis) === 1 ? 0 : step));
  return walk(out, [...out.slice(shape.length).map(() => 0), ...steps]);
};

/** The kernel as tfjs calls it. */
export const kernelFunc =
  (name: string, kernel: HostKernel): KernelFunc =>
  (parameters) =>
    kernel(new HostCall(name, parameters));
