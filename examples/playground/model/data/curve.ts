/** A curve to be fitted: a regression. */
import { Key } from '../../../../src';
import { normals, uniforms } from './random';

/** y = 0.6·sin(5x) + 0.3·x + 0.4·noise·ε with x uniform on [−1, 1). */
export const curve = (key: Key.Key, count: number, noise: number) => {
  const inputs = Float32Array.from(uniforms(Key.fold(key, 0), count), (u) => 2 * u - 1);
  const e = normals(Key.fold(key, 1), count);
  const targets = Float32Array.from(
    inputs,
    (x, i) => 0.6 * Math.sin(5 * x) + 0.3 * x + 0.4 * noise * (e[i] ?? 0),
  );
  return { inputs, targets };
};
