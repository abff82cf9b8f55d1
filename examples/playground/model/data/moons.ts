/** Two moons. */
import { Key } from '../../../../src';
import { normals, uniforms } from './random';

/** Two half circles of radius 0.65 that reach into each other, with 0.25·noise·ε. */
export const moons = (key: Key.Key, count: number, noise: number) => {
  const angles = uniforms(Key.fold(key, 0), count);
  const e = normals(Key.fold(key, 1), 2 * count);
  const targets = Int32Array.from(angles, (_, i) => i % 2);
  const inputs = Float32Array.from(e, (normal, j) => {
    const i = Math.floor(j / 2);
    const [sign, angle] = [i % 2 === 0 ? 1 : -1, Math.PI * (angles[i] ?? 0)];
    const point =
      j % 2 === 0 ? sign * (0.65 * Math.cos(angle) - 0.32) : sign * (0.65 * Math.sin(angle) - 0.16);
    return point + 0.25 * noise * normal;
  });
  return { inputs, targets };
};
