/** How fast this process multiplies matrices: what every other time is measured against. */
import { matMul } from '@tensorflow/tfjs-core';
import { Key, scope } from '../../src';
import { interleaved } from './measure';

const sizes = [
  [500, 3072, 4000],
  [4000, 500, 3072],
  [2048, 2048, 2048],
] as const;

/** Floating-point operations a second of the best of some large products, with the rows of a table. */
export const matmulLimit = (
  rounds: number,
): { readonly perSecond: number; readonly rows: readonly (readonly string[])[] } =>
  scope(() => {
    const tasks = sizes.map(([m, k, n], i) => {
      const a = Key.uniform(Key.key(i), [m, k], -1, 1);
      const b = Key.uniform(Key.key(i + 10), [k, n], -1, 1);
      return [
        `${m} × ${k} × ${n}`,
        () => {
          scope(() => matMul(a, b));
        },
        2 * m * k * n,
      ] as const;
    });
    const times = interleaved(Object.fromEntries(tasks.map(([name, task]) => [name, task])), rounds);
    const speeds = tasks.map(
      ([name, , work]) => [name, (1000 * work) / (times[name] ?? Number.NaN)] as const,
    );
    return {
      perSecond: Math.max(...speeds.map(([, speed]) => speed)),
      rows: speeds.map(([name, speed]) => [name, (speed / 1e9).toFixed(1)]),
    };
  });
