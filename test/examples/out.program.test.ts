/** A folder that cannot be written is refused before the first step of training. Real processes, as a shell would start them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedData } from '../../examples/support/cli';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');

/** What an example needs beside `--out`, so that nothing else is wrong. */
const words: { readonly [name: string]: readonly string[] } = {
  'paper/run': [join('examples', 'paper', 'quick.json'), '--data', embeddedData],
};

/** Every example with an option `out`, or the commands: a new one is enrolled by its text. */
const names = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => /^ {6}out: options\.|cli\/main/m.test(readFileSync(join(root, 'examples', file), 'utf8')))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const example = (name: string, out: string, ...more: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const args = [...typeScript, join('examples', `${name}.ts`)];
    execFile(
      process.execPath,
      [...args, ...(words[name] ?? []), '--out', out, ...more],
      // What waits for a folder that cannot be made would wait without end.
      { cwd: root, timeout: 60_000 },
      (problem, stdout, stderr) => {
        resolve({ code: problem?.code ?? 0, stdout, stderr });
      },
    );
  });

describe('a folder for results that cannot be written', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-out-'));
    writeFileSync(join(folder, 'file'), 'kept');
    symlinkSync(join(folder, 'none', 'below'), join(folder, 'dangling'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is an option of the examples that train', () => {
    expect(names).toEqual(expect.arrayContaining(['blocks', 'methods', 'own-schedule', 'quickstart']));
    expect(names).toContain(join('paper', 'run'));
  });

  // All places for one example and for the commands, whose ways to a folder are their own: the others share that of the one.
  const own = ['quickstart', join('paper', 'run')];
  const cases = [
    ...names.map((name) => [name, 'dangling'] as const),
    ...own.flatMap((name) => [[name, 'file'] as const, [name, join('file', 'below')] as const]),
  ];
  it.each(cases)('%s refuses %s before it trains', async (name, place) => {
    const { code, stdout, stderr } = await example(name, join(folder, place));
    // No line of progress and no table: nothing was trained.
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^file error at .*: expected .*, found .*\n$/);
    expect(stderr.length).toBeLessThanOrEqual(301);
    expect(code).toBe(1);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('kept');
  });

  // A folder in /proc cannot be made, and the system says that the one above it is missing.
  const below = process.platform === 'linux' ? ['/proc/none/below/f.json', '/proc/f.json'] : [];
  it.each([...below, join('file', 'f.json')])(
    'bench refuses the file %s for its figures before it measures',
    async (file) => {
      const json = join(file.startsWith('/') ? '/' : folder, file);
      const { code, stdout, stderr } = await example(
        join('bench', 'index'),
        join(folder, 'bench'),
        '--json',
        json,
      );
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^file error at .*: expected .*, found .*\n$/);
      expect(stderr).toContain(json);
      expect(code).toBe(1);
    },
  );
});
