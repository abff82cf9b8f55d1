import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');

const trained = (seed: number, method: string, threads = 1): string =>
  execFileSync(
    process.execPath,
    [...typeScript, join('test', 'train', 'fresh.ts'), `${seed}`, method, `${threads}`],
    { cwd: root, encoding: 'utf8' },
  );

describe('two fresh processes', () => {
  for (const method of ['backprop', 'proxprop'])
    it(`give byte-identical parameters for one seed: ${method}`, () => {
      const first = trained(5, method);
      expect(first.length).toBeGreaterThan(500);
      expect(trained(5, method)).toBe(first);
      expect(trained(6, method)).not.toBe(first);
      // Each number of a result is summed by one thread, in the same order with any number of them.
      expect(trained(5, method, 2)).toBe(first);
    });
});
