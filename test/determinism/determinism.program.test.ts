/** The same inputs give the same bytes: again and again, on 1, 2 and 3 threads, and after a checkpoint. Each number in a process of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relaxedSimd } from '../../src';
import { everyCase } from '../support';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');
const program = join('test', 'determinism', 'program.ts');

type Hashes = Readonly<Record<string, readonly string[]>>;

/** What the program prints, a line after the other; with relaxed SIMD, which Node 20 has by a flag. */
const run = (what: string, threads: number, rest: number | string, relaxed = false): Hashes => {
  const flags = relaxed && !relaxedSimd() ? ['--experimental-wasm-relaxed-simd'] : [];
  const args = [...flags, ...typeScript, program, what, `${threads}`, `${rest}`];
  const env = { ...process.env, PROXPROP_RELAXED: relaxed ? '1' : '0' };
  const printed = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env });
  // Boundary with another process: the program prints this and nothing else.
  return Object.assign(
    {},
    ...printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Hashes),
  ) as Hashes;
};

/** The names of which there is not one hash alone. */
const several = (...runs: readonly Hashes[]): readonly string[] =>
  Object.keys(runs[0] ?? {}).filter(
    (name) => new Set(runs.flatMap((hashes) => hashes[name] ?? ['none'])).size !== 1,
  );

const THREADS = [1, 2, 3] as const;

/** Of kernels, and of trainings, on each number of threads. */
const REPEATS = everyCase ? { kernels: 20, trainings: 20 } : { kernels: 5, trainings: 1 };

describe('the same bytes on 1, 2 and 3 threads', () => {
  it(`from every kernel, ${REPEATS.kernels} times on each`, () => {
    const runs = THREADS.map((threads) => run('kernels', threads, REPEATS.kernels));
    expect(several(...runs)).toEqual([]);
    expect(Object.keys(runs[0] ?? {}).length).toBe(34);
  });

  it('but not from a sum by whoever took what', () => {
    expect(several(run('mutant', 2, 20))).toEqual(['by member']);
  });

  it(`from every training, ${REPEATS.trainings} times on each`, () => {
    const runs = THREADS.map((threads) => run('trainings', threads, REPEATS.trainings));
    expect(several(...runs)).toEqual([]);
    expect(Object.keys(runs[0] ?? {}).length).toBe(14);
  });

  it('with relaxed SIMD, from every kernel and training, and others than without from those that fuse', () => {
    const fused = THREADS.map((threads) => run('kernels', threads, 2, true));
    expect(several(...fused)).toEqual([]);
    const other = several(run('kernels', 1, 1), fused[0] ?? {});
    for (const name of ['product', 'a matrix with itself', 'convolution', 'filter gradient, many slots'])
      expect(other).toContain(name);
    for (const name of ['formula', 'sum of all', 'transposes', 'activations of tfjs'])
      expect(other).not.toContain(name);
    expect(several(run('trainings', 1, 1, true), run('trainings', 3, 1, true))).toEqual([]);
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
