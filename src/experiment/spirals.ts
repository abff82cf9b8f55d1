/** Three arms of a spiral: data that needs no files. */
import { Key } from '../core';
import { type Dataset, type Split } from '../data';

const ARMS = 3;
/** Turns of an arm, and the noise of its points, in units of the square [0, 1]². */
const TURNS = 0.6;
const NOISE = 0.012;

/**
 * n points, the i-th on arm i mod 3 at the radius r = ½·√u, u uniform in [0, 1):
 *
 *     x = ½ + r·(cos φ, sin φ) + ε,   φ = 2π(arm/3 + 0.6·2r),   ε normal
 */
const points = (key: Key.Key, count: number): Split => {
  const [radii, noise] = [0, 1].map((child) => Key.fold(key, child));
  const u = Key.bits(radii ?? key, count);
  // Two numbers in [0, 1) for each normal one of a point.
  const e = Key.bits(noise ?? key, 4 * count);
  const unit = (word: number | undefined): number => ((word ?? 0) >>> 0) / 2 ** 32;
  const normal = (i: number): number =>
    Math.sqrt(-2 * Math.log(1 - unit(e[2 * i]))) * Math.cos(2 * Math.PI * unit(e[2 * i + 1]));
  const labels = Int32Array.from({ length: count }, (_, i) => i % ARMS);
  const images = new Float32Array(2 * count);
  labels.forEach((arm, i) => {
    const r = Math.sqrt(unit(u[i])) / 2;
    const angle = 2 * Math.PI * (arm / ARMS + TURNS * 2 * r);
    images[2 * i] = 0.5 + r * Math.cos(angle) + NOISE * normal(2 * i);
    images[2 * i + 1] = 0.5 + r * Math.sin(angle) + NOISE * normal(2 * i + 1);
  });
  return { images, labels, count };
};

/**
 * Computes a dataset of points on three arms of a spiral in the unit square, by their arm. No line
 * tells them apart, and it needs no files. Point i lies on arm i mod 3:
 *
 *     x = ½ + r·(cos φ, sin φ) + ε,   φ = 2π(arm/3 + 0.6·2r),   r = ½·√u
 *
 * u is uniform in [0, 1), and ε normal with a standard deviation of 0.012. The same key and counts
 * give the same points.
 *
 * @param options `train` and `test`, how many points, default 600 and 300; `key`, default that of
 *   the seed 0
 *
 * @example spirals({ train: 600, test: 300 })
 */
export const spirals = ({
  train = 600,
  test = 300,
  key = Key.key(0),
}: {
  readonly train?: number;
  readonly test?: number;
  readonly key?: Key.Key;
} = {}): Dataset => ({
  name: 'spirals',
  origin: 'three arms of a spiral, computed',
  shape: [2],
  classes: ARMS,
  train: points(Key.fold(key, 0), train),
  test: points(Key.fold(key, 1), test),
});
