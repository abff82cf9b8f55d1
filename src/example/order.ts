/**
 * The order in which a pass takes its examples. It is the same for arrays, for a source by index
 * and for a stream.
 */
import { Key, whole } from '../core';
import { type Examples, isStream } from './examples';

/** 0 … count − 1. */
export const inOrder = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/**
 * The order that a buffer of `size` examples gives. Each next example is drawn from the buffer, and
 * the one to come takes its place. The k-th is among the first k + size.
 */
const buffered = (key: Key.Key, count: number, size: number): Int32Array => {
  const words = Key.bits(key, count);
  const buffer = inOrder(size);
  return Int32Array.from({ length: count }, (_, k) => {
    const j = (words[k] ?? 0) % Math.min(size, count - k);
    const drawn = buffer[j] ?? 0;
    const next = k + size;
    buffer[j] = next < count ? next : (buffer[count - k - 1] ?? 0);
    return drawn;
  });
};

/**
 * The order of one pass. Without a key it is that of the examples. With a key it is a uniform
 * permutation (`Key.permutation`), or that of a buffer if fewer examples are shuffled at a time.
 */
export const orderOf = (path: string, examples: Examples, key: Key.Key | undefined): Int32Array => {
  const { count } = examples;
  const size = whole(`${path}.shuffle`, examples.shuffle ?? (isStream(examples) ? 1 : count), 1);
  if (key === undefined || size === 1) return inOrder(count);
  return size >= count ? Key.permutation(key, count) : buffered(key, count, size);
};

/**
 * Cuts an order of examples into batches; if `size` does not divide, the last one is shorter.
 *
 * @param order indices of examples
 * @param size the examples of a batch
 *
 * @example batchesOf(Int32Array.of(3, 1, 2), 2).length // 2
 */
export const batchesOf = (order: Int32Array, size: number): readonly Int32Array[] =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.subarray(i * size, (i + 1) * size));
