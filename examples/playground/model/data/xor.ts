/** Exclusive or: the class is the sign of x·y. */
import { Key } from '../../../../src';
import { normals, uniforms } from './random';

/** Uniform in four squares that keep 0.08 from the axes, with 0.25·noise·ε. */
export const xor = (key: Key.Key, count: number, noise: number) => {
  const u = uniforms(Key.fold(key, 0), 2 * count);
  const e = normals(Key.fold(key, 1), 2 * count);
  const clean = u.map((number) => {
    const centred = 2 * number - 1;
    return Math.sign(centred) * (0.08 + 0.87 * Math.abs(centred));
  });
  const targets = Int32Array.from({ length: count }, (_, i) =>
    (clean[2 * i] ?? 0) * (clean[2 * i + 1] ?? 0) > 0 ? 0 : 1,
  );
  const inputs = Float32Array.from(clean, (value, j) => value + 0.25 * noise * (e[j] ?? 0));
  return { inputs, targets };
};
