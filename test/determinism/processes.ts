/** Kernels and trainings on several numbers of threads, each number in a process of its own. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { relaxedSimd } from '../../src';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');
const program = join('test', 'determinism', 'program.ts');

type Hashes = Readonly<Record<string, readonly string[]>>;

/** What the program prints, a line after the other; with relaxed SIMD, which Node 20 has by a flag. */
export const run = (what: string, threads: number, rest: number | string, relaxed = false): Hashes => {
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
export const several = (...runs: readonly Hashes[]): readonly string[] =>
  Object.keys(runs[0] ?? {}).filter(
    (name) => new Set(runs.flatMap((hashes) => hashes[name] ?? ['none'])).size !== 1,
  );

export const THREADS = [1, 2, 3] as const;
