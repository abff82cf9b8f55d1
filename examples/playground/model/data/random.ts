/** Numbers of a key, for the data sets: equal key, equal numbers, in Node as in a page. */
import { Key } from '../../../../src';

/** n numbers, uniform on [0, 1). */
export const uniforms = (key: Key.Key, n: number): readonly number[] =>
  Array.from(Key.bits(key, n), (word) => word / 2 ** 32);

/** n standard normal numbers (Box–Muller). */
export const normals = (key: Key.Key, n: number): readonly number[] => {
  const u = uniforms(key, 2 * n);
  const at = (i: number): number => u[i] ?? 0;
  return Array.from(
    { length: n },
    (_, i) => Math.sqrt(-2 * Math.log(1 - at(2 * i))) * Math.cos(2 * Math.PI * at(2 * i + 1)),
  );
};
