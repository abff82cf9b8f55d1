/** Two circles, one in the other. */
import { Key } from '../../../../src';
import { normals, uniforms } from './random';

/** Radii 0.85 and 0.4, with 0.25·noise·ε. */
export const circles = (key: Key.Key, count: number, noise: number) => {
  const angles = uniforms(Key.fold(key, 0), count);
  const e = normals(Key.fold(key, 1), 2 * count);
  const targets = Int32Array.from(angles, (_, i) => i % 2);
  const inputs = Float32Array.from(e, (normal, j) => {
    const i = Math.floor(j / 2);
    const angle = 2 * Math.PI * (angles[i] ?? 0);
    const r = i % 2 === 0 ? 0.85 : 0.4;
    return r * (j % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.25 * noise * normal;
  });
  return { inputs, targets };
};
