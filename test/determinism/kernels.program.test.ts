/** The same inputs give the same bytes from every kernel: again and again, on 1, 2 and 3 threads. */
import { describe, expect, it } from 'vitest';
import { everyCase } from '../support';
import { run, several, THREADS } from './processes';

/** On each number of threads. */
const REPEATS = everyCase ? 20 : 2;

describe('the same bytes on 1, 2 and 3 threads', () => {
  it(`from every kernel, ${REPEATS} times on each`, () => {
    const runs = THREADS.map((threads) => run('kernels', threads, REPEATS));
    expect(several(...runs)).toEqual([]);
    expect(Object.keys(runs[0] ?? {}).length).toBe(36);
  });

  it('but not from a sum by whoever took what', () => {
    expect(several(run('mutant', 2, 20))).toEqual(['by member']);
  });

  it('with relaxed SIMD, from every kernel and training, and others than without from those that fuse', () => {
    const fused = THREADS.map((threads) => run('kernels', threads, everyCase ? 2 : 1, true));
    expect(several(...fused)).toEqual([]);
    const other = several(run('kernels', 1, 1), fused[0] ?? {});
    for (const name of ['product', 'a matrix with itself', 'convolution', 'filter gradient, many slots'])
      expect(other).toContain(name);
    for (const name of ['formula', 'sum of all', 'transposes', 'activations of tfjs'])
      expect(other).not.toContain(name);
    expect(several(run('trainings', 1, 1, true), run('trainings', 3, 1, true))).toEqual([]);
  });
});
