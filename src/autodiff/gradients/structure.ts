/** Gradients of ops that move, select, join or repeat values. */
import {
  cast,
  concat,
  equal,
  type GradConfig,
  matMul,
  pad,
  range,
  reshape,
  reverse,
  slice,
  split,
  stack,
  sum,
  type Tensor,
  transpose,
  unstack,
  util,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { fail } from '../../core';
import { numberAttr, numbersAttr, rule, saved, type Rule } from './rule';

const fresh = (dy: Tensor): Tensor => dy.clone();
const list = (dy: Tensor | Tensor[]): Tensor[] => (Array.isArray(dy) ? dy : [dy]);

const toShapeOfInput = (kernelName: string, input: string): Rule =>
  rule(kernelName, [input], (dy, kept) => ({ [input]: () => reshape(dy, saved(kept, 0).shape) }));

const inverse = (perm: number[]): number[] => perm.map((_, i) => perm.indexOf(i));

/** Padding as tfjs gives it: one pair of counts for each axis. */
const pairs = (attribute: unknown): [number, number][] =>
  Array.isArray(attribute)
    ? attribute.map((pair: unknown) =>
        Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'number'
          ? [pair[0], pair[1]]
          : fail('gradient', 'PadV2', 'pairs of counts', String(pair)),
      )
    : fail('gradient', 'PadV2', 'pairs of counts', String(attribute));

/**
 * The adjoint of gathering rows along the first axis: add each cotangent row to the row it came from. As a
 * product with the 0-1 matrix of the gathering, because the WASM backend has no segment sum.
 */
const scatterRows = (dy: Tensor, indices: Tensor, rows: number): Tensor => {
  const row = reshape(range(0, rows, 1, 'int32'), [rows, 1]);
  const from = reshape(cast(indices, 'int32'), [1, indices.size]);
  return matMul(cast(equal(row, from), 'float32'), dy);
};

const rules: readonly Rule[] = [
  rule('Identity', [], (dy) => ({ x: () => fresh(dy) })),
  rule('Cast', [], (dy) => ({ x: () => fresh(dy) })),
  toShapeOfInput('Reshape', 'x'),
  toShapeOfInput('ExpandDims', 'input'),
  rule('ZerosLike', [], (dy) => ({ x: () => zerosLike(dy) })),
  rule('OnesLike', [], (dy) => ({ x: () => zerosLike(dy) })),
  rule('Transpose', [], (dy, _kept, attrs) => ({
    x: () => transpose(dy, inverse(numbersAttr(attrs['perm']))),
  })),
  rule('Reverse', [], (dy, _kept, attrs) => ({ x: () => reverse(dy, numbersAttr(attrs['dims'])) })),
  rule('Slice', ['x'], (dy, kept, attrs) => ({
    x: () => {
      const { shape } = saved(kept, 0);
      const begin = numbersAttr(attrs['begin']);
      return pad(
        dy,
        shape.map((dim, i) => [begin[i] ?? 0, dim - (begin[i] ?? 0) - (dy.shape[i] ?? 0)]),
      );
    },
  })),
  rule('PadV2', ['x'], (dy, kept, attrs) => ({
    x: () =>
      slice(
        dy,
        pairs(attrs['paddings']).map(([before]) => before),
        saved(kept, 0).shape,
      ),
  })),
  // A tiled axis is cut into its copies, which are summed.
  rule('Tile', ['x'], (dy, kept, attrs) => ({
    x: () => {
      const { shape } = saved(kept, 0);
      const reps = numbersAttr(attrs['reps']);
      const cut = shape.flatMap((dim, i) => [reps[i] ?? 1, dim]);
      return reshape(
        sum(
          reshape(dy, cut),
          shape.map((_, i) => 2 * i),
        ),
        shape,
      );
    },
  })),
  rule('Select', ['condition'], (dy, kept) => ({
    t: () => where(saved(kept, 0), dy, zerosLike(dy)),
    e: () => where(saved(kept, 0), zerosLike(dy), dy),
  })),
  // Gathering along an axis: that axis is brought to the front, scattered, and brought back.
  rule('GatherV2', ['x', 'indices'], (dy, kept, attrs) => ({
    x: () => {
      const x = saved(kept, 0);
      const indices = saved(kept, 1);
      const axis = util.parseAxisParam(numberAttr(attrs['axis'], 0), x.shape)[0] ?? 0;
      const outer = x.shape.slice(0, axis);
      const inner = x.shape.slice(axis + 1);
      const rows = reshape(dy, [util.sizeFromShape(outer), indices.size, util.sizeFromShape(inner)]);
      const front = reshape(transpose(rows, [1, 0, 2]), [indices.size, -1]);
      const scattered = scatterRows(front, indices, x.shape[axis] ?? 0);
      const parts = reshape(scattered, [
        x.shape[axis] ?? 0,
        util.sizeFromShape(outer),
        util.sizeFromShape(inner),
      ]);
      return reshape(transpose(parts, [1, 0, 2]), x.shape);
    },
  })),
];

const concatRule: GradConfig = {
  kernelName: 'Concat',
  saveAllInputs: true,
  gradFunc: (dy, kept, attrs) => {
    const axis = util.parseAxisParam(numberAttr(attrs['axis'], 0), saved(kept, 0).shape)[0] ?? 0;
    const parts = split(
      saved(list(dy), 0),
      kept.map((x) => x.shape[axis] ?? 0),
      axis,
    );
    return Object.fromEntries(parts.map((part, i) => [`${i}`, () => fresh(part)]));
  },
};

const packRule: GradConfig = {
  kernelName: 'Pack',
  saveAllInputs: true,
  gradFunc: (dy, _kept, attrs) => {
    const parts = unstack(saved(list(dy), 0), numberAttr(attrs['axis'], 0));
    return Object.fromEntries(parts.map((part, i) => [`${i}`, () => fresh(part)]));
  },
};

const unpackRule: GradConfig = {
  kernelName: 'Unpack',
  gradFunc: (dy, _kept, attrs) => ({ value: () => stack(list(dy), numberAttr(attrs['axis'], 0)) }),
};

const splitRule: GradConfig = {
  kernelName: 'SplitV',
  gradFunc: (dy, _kept, attrs) => ({ x: () => concat(list(dy), numberAttr(attrs['axis'], 0)) }),
};

export const structure: readonly Rule[] = [...rules, concatRule, packRule, unpackRule, splitRule];
