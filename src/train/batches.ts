/** Examples in memory, and batches of them. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { fail, sameShape, type Shape, showShape, sizeOf } from '../core';
import { type Example } from '../energy';
import { type AnyLayer } from '../layer';
import { type Loss } from '../loss';

/** `count` inputs of one shape and their targets, on the host, row-major. */
export interface Examples {
  readonly shape: Shape;
  readonly inputs: Float32Array;
  /** One class index an example, or `count` targets of `targetShape`. */
  readonly targets: Int32Array | Float32Array;
  /** Shape of one target; `[]` for class indices. Default `[]`. */
  readonly targetShape?: Shape;
  readonly count: number;
}

/** Sizes that agree and inputs that are finite, or a `Fault` `data` that names the place. */
export const checkExamples = (path: string, examples: Examples): void => {
  const { shape, inputs, targets, targetShape = [], count } = examples;
  if (!Number.isSafeInteger(count) || count < 1) fail('data', path, 'at least one example', `${count}`);
  if (inputs.length !== count * sizeOf(shape))
    fail('data', `${path}.inputs`, `${count * sizeOf(shape)} values`, `${inputs.length}`);
  if (targets.length !== count * sizeOf(targetShape))
    fail('data', `${path}.targets`, `${count * sizeOf(targetShape)} values`, `${targets.length}`);
  const bad = inputs.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0)
    fail(
      'data',
      `${path}.inputs[${Math.floor(bad / sizeOf(shape))}]`,
      'finite numbers',
      `${inputs[bad] ?? ''}`,
    );
  const badTarget = targets.findIndex((v) => !Number.isFinite(v));
  if (badTarget >= 0)
    fail('data', `${path}.targets[${badTarget}]`, 'finite numbers', `${targets[badTarget] ?? ''}`);
};

/** Class indices that the network can give: another one would count as no class at all. */
const checkClasses = (path: string, { targets }: Examples, loss: Loss, output: Shape): void => {
  const classes = output.at(-1) ?? 0;
  const bad = loss.classifies ? targets.findIndex((c) => !(c >= 0 && c < classes)) : -1;
  if (bad >= 0)
    fail('data', `${path}.targets[${bad}]`, `a class in 0 … ${classes - 1}`, `${targets[bad] ?? ''}`);
};

/** Examples that fit the network and the loss, or a `Fault`: `data`, `shape`. */
export const checkFit = (path: string, net: AnyLayer, loss: Loss, examples: Examples): void => {
  checkExamples(path, examples);
  if (!sameShape(examples.shape, net.input))
    fail('shape', path, `examples ${showShape(net.input)}`, `examples ${showShape(examples.shape)}`);
  checkClasses(path, examples, loss, net.output);
};

const rows = <A extends Float32Array | Int32Array>(from: A, into: A, size: number, order: Int32Array): A => {
  order.forEach((row, i) => {
    into.set(from.subarray(row * size, (row + 1) * size), i * size);
  });
  return into;
};

/** The examples with the given indices as tensors [N, …], which are the caller's. */
export const batchOf = (examples: Examples, order: Int32Array): Example => {
  const { shape, inputs, targets, targetShape = [] } = examples;
  const n = order.length;
  const input: Tensor = tensor(rows(inputs, new Float32Array(n * sizeOf(shape)), sizeOf(shape), order), [
    n,
    ...shape,
  ]);
  const size = sizeOf(targetShape);
  const target =
    targets instanceof Int32Array
      ? tensor(rows(targets, new Int32Array(n * size), size, order), [n, ...targetShape], 'int32')
      : tensor(rows(targets, new Float32Array(n * size), size, order), [n, ...targetShape]);
  return { input, target };
};

/** An order cut into batches of `size`, the last one shorter where it does not divide. */
export const batchesOf = (order: Int32Array, size: number): readonly Int32Array[] =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.subarray(i * size, (i + 1) * size));
