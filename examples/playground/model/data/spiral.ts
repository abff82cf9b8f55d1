/** Three arms of a spiral. */
import { Key } from '../../../../src';
import { normals, uniforms } from './random';

/** Point i on arm i mod 3, at the radius r = √u: (x, y) = r·(cos φ, sin φ) + 0.2·noise·ε with φ = 2π(arm/3 + 0.75·r). */
export const spiral = (key: Key.Key, count: number, noise: number) => {
  const radii = uniforms(Key.fold(key, 0), count);
  const e = normals(Key.fold(key, 1), 2 * count);
  const targets = Int32Array.from(radii, (_, i) => i % 3);
  const inputs = Float32Array.from(e, (normal, j) => {
    const i = Math.floor(j / 2);
    const r = Math.sqrt(radii[i] ?? 0);
    const angle = 2 * Math.PI * ((i % 3) / 3 + 0.75 * r);
    return r * (j % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.2 * noise * normal;
  });
  return { inputs, targets };
};
