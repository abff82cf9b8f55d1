/** Rows of arrays of examples: taken by index, put one behind the other, made tensors. */
import { tensor, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { concatenated, fail, sizeOf, totalLength } from '../core';
import { checkIndices, checkSizes } from './check';
import { type Example } from './example';
import { type ExampleArrays, knownFinite, type Numbers } from './examples';

/** Room for so many numbers of the same kind. */
export function roomLike(like: Float32Array | Uint8Array, length: number): Float32Array | Uint8Array;
export function roomLike(like: Numbers, length: number): Numbers;
export function roomLike(like: Numbers, length: number): Numbers {
  if (like instanceof Uint8Array) return new Uint8Array(length);
  return like instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
}

const rowsInto = <A extends Numbers>(from: A, into: A, size: number, indices: Int32Array): A => {
  indices.forEach((row, i) => {
    into.set(from.subarray(row * size, (row + 1) * size), i * size);
  });
  return into;
};

/** The arrays with these rows in place of all, and without what only a pass looks at. */
const withRows = (
  { shuffle: _, augment: __, [knownFinite]: ___, ...examples }: ExampleArrays,
  count: number,
  rows: Pick<ExampleArrays, 'inputs' | 'targets' | 'weights'>,
): ExampleArrays => ({ ...examples, ...rows, count });

/** The examples with these indices, copied. Sizes and indices are known to fit. */
export const gathered = (examples: ExampleArrays, indices: Int32Array): ExampleArrays => {
  const { shape, inputs, targets, targetShape = [], weights } = examples;
  const n = indices.length;
  const [size, targetSize] = [sizeOf(shape), sizeOf(targetShape)];
  return withRows(examples, n, {
    inputs: rowsInto(inputs, roomLike(inputs, n * size), size, indices),
    targets: rowsInto(targets, roomLike(targets, n * targetSize), targetSize, indices),
    ...(weights === undefined ? {} : { weights: rowsInto(weights, new Float32Array(n), 1, indices) }),
  });
};

/** The examples `from` … `to − 1`, as views of the same memory. */
export const sliced = (examples: ExampleArrays, from: number, to: number): ExampleArrays => {
  const { shape, inputs, targets, targetShape = [], weights } = examples;
  const [size, targetSize] = [sizeOf(shape), sizeOf(targetShape)];
  return withRows(examples, to - from, {
    inputs: inputs.subarray(from * size, to * size),
    targets: targets.subarray(from * targetSize, to * targetSize),
    ...(weights === undefined ? {} : { weights: weights.subarray(from, to) }),
  });
};

/** What has to be the same in all pieces of a source, in words. */
const kindOf = ({ inputs, scale, targets, targetScale, weights }: ExampleArrays): string => {
  const of = (numbers: Numbers, by = 1): string =>
    numbers instanceof Uint8Array ? `bytes × ${by}` : numbers instanceof Int32Array ? 'int32' : 'float32';
  const some = weights === undefined ? '' : ', with weights';
  return `inputs ${of(inputs, scale)} and targets ${of(targets, targetScale)}${some}`;
};

/**
 * Joins examples, one behind the other. It throws a `data` `Fault` if there is none, or if their
 * numbers have different types.
 */
export const joinedExamples = (path: string, parts: readonly ExampleArrays[]): ExampleArrays => {
  const [first] = parts;
  if (first === undefined) return fail('data', path, 'at least one example', 'none');
  const kind = kindOf(first);
  const other = parts.find((part) => kindOf(part) !== kind);
  if (other !== undefined) fail('data', path, `${kind}, as in the piece before`, kindOf(other));
  if (parts.length === 1) return first;
  const [inputs, targets] = [parts.map((p) => p.inputs), parts.map((p) => p.targets)];
  const weights = parts.flatMap((p) => p.weights ?? []);
  return withRows(
    first,
    parts.reduce((n, { count }) => n + count, 0),
    {
      inputs: concatenated(roomLike(first.inputs, totalLength(inputs)), inputs),
      targets: concatenated(roomLike(first.targets, totalLength(targets)), targets),
      ...(first.weights === undefined
        ? {}
        : { weights: concatenated(new Float32Array(totalLength(weights)), weights) }),
    },
  );
};

/** Bytes times a scale as float32, by a table of the 256 values. */
export const floatsOf = (bytes: Uint8Array, scale = 1): Float32Array => {
  const table = Float32Array.from({ length: 256 }, (_, byte) => byte * scale);
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i] ?? 0] ?? 0;
  return out;
};

/**
 * Makes tensors of examples in memory: inputs [N, ...shape] and weights [N] in float32; targets in
 * int32 for an `Int32Array`, else in float32. You own them.
 *
 * @param batch examples in memory, such as a batch of `passOver`
 *
 * @example exampleOf(data).input.shape // [count, ...shape]
 */
export const exampleOf = (batch: ExampleArrays): Example => {
  const { shape, inputs, scale, targets, targetScale, targetShape = [], weights, count } = batch;
  const input: Tensor = tensor(inputs instanceof Uint8Array ? floatsOf(inputs, scale) : inputs, [
    count,
    ...shape,
  ]);
  const target =
    targets instanceof Int32Array
      ? tensor(targets, [count, ...targetShape], 'int32')
      : tensor(targets instanceof Uint8Array ? floatsOf(targets, targetScale) : targets, [
          count,
          ...targetShape,
        ]);
  return { input, target, ...(weights === undefined ? {} : { weights: tensor1d(weights) }) };
};

/**
 * Makes a batch of tensors from the examples with the given indices: inputs [N, ...shape] and
 * weights [N] in float32; targets in int32 for an `Int32Array`, else in float32. You own them.
 *
 * @param examples examples in memory
 * @param indices which of them, in this order
 * @throws a `Fault` (`data`) if the sizes of the arrays do not agree, if there is no index, or for
 *   one outside of 0 … count − 1
 *
 * @example const { input, target } = batchOf(data, Int32Array.of(0, 2, 4)); // input [3, ...data.shape]
 */
export const batchOf = (examples: ExampleArrays, indices: Int32Array): Example => {
  checkSizes('examples', examples);
  checkIndices('batchOf', examples.count, indices);
  return exampleOf(gathered(examples, indices));
};
