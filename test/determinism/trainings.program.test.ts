/** The same inputs give the same bytes from every training: again and again, on 1, 2 and 3 threads, and after a checkpoint. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { everyCase } from '../support';
import { run, several, THREADS } from './processes';

/** On each number of threads. */
const REPEATS = everyCase ? 20 : 1;

describe('the same bytes on 1, 2 and 3 threads', () => {
  it(`from every training, ${REPEATS} times on each`, () => {
    const runs = THREADS.map((threads) => run('trainings', threads, REPEATS));
    expect(several(...runs)).toEqual([]);
    expect(Object.keys(runs[0] ?? {}).length).toBe(14);
  });

  it('from each checkpoint on, also on another number of threads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'proxprop-'));
    try {
      const all = run('save', 1, folder);
      expect(several(all, run('resume', 1, folder), run('resume', 2, folder))).toEqual([]);
      expect(several(all, run('save', 2, folder), run('resume', 1, folder))).toEqual([]);
      expect(Object.keys(all).length).toBe(4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
