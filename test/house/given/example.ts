/** Six images. */
import { type ExampleArrays, Key } from '../../../src';

export const data: ExampleArrays = {
  shape: [32, 32, 3],
  inputs: Float32Array.from({ length: 6 * 32 * 32 * 3 }, (_, i) => (i % 11) / 11),
  targets: Int32Array.of(0, 1, 2, 3, 4, 5),
  count: 6,
};
export const folder = { examples: data };
export const file = 'rows.bin';
export const rowsFromFile = (_: string, indices: Int32Array): ExampleArrays => ({
  shape: [2],
  inputs: new Float32Array(2 * indices.length),
  targets: new Int32Array(indices.length),
  count: indices.length,
});
export const withNoise = (key: Key.Key, inputs: Float32Array | Uint8Array): Float32Array =>
  Float32Array.from(inputs, (v, i) => v + (Key.bits(Key.fold(key, i % 7), 1)[0] ?? 0) / 2 ** 40);
