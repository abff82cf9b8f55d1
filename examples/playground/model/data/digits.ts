/** Small digits: ten glyphs of 5 × 7 dots, moved about in a square of 8 × 8. */
import { Key } from '../../../../src';
import { normals, uniforms } from './random';

/** Seven rows of five dots each, from the top; the highest of five bits is the dot on the left. */
const GLYPHS = [
  [14, 17, 19, 21, 25, 17, 14],
  [4, 12, 4, 4, 4, 4, 14],
  [14, 17, 1, 2, 4, 8, 31],
  [31, 2, 4, 2, 1, 17, 14],
  [2, 6, 10, 18, 31, 2, 2],
  [31, 16, 30, 1, 1, 17, 14],
  [6, 8, 16, 30, 17, 17, 14],
  [31, 1, 2, 4, 8, 8, 8],
  [14, 17, 17, 14, 17, 17, 14],
  [14, 17, 17, 15, 1, 2, 12],
] as const;

/** Digit i mod 10, right by 0 to 3 dots and down by 0 or 1, its strokes between 0.6 and 1, with 0.6·noise·ε on each dot. */
export const digits = (key: Key.Key, count: number, noise: number) => {
  const places = uniforms(Key.fold(key, 0), 3 * count);
  const e = normals(Key.fold(key, 1), 64 * count);
  const targets = Int32Array.from({ length: count }, (_, i) => i % 10);
  const inputs = Float32Array.from(e, (normal, j) => {
    const [i, dot] = [Math.floor(j / 64), j % 64];
    const right = Math.floor(4 * (places[3 * i] ?? 0));
    const down = Math.floor(2 * (places[3 * i + 1] ?? 0));
    const [row, column] = [Math.floor(dot / 8) - down, (dot % 8) - right];
    const bits = GLYPHS[i % 10]?.[row] ?? 0;
    const drawn = column >= 0 && column < 5 && ((bits >> (4 - column)) & 1) === 1;
    return (drawn ? 0.6 + 0.4 * (places[3 * i + 2] ?? 0) : 0) + 0.6 * noise * normal;
  });
  return { inputs, targets };
};
