/** What the entries of the package export: the root is for programs, `internal` for the laws; what a page of documentation imports is public. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as root from '../../src';
import * as internal from '../../src/internal';
import { pagesWithCode } from '../house/pagePrograms';

const home = join(__dirname, '..', '..');

const namesOf = (entry: object): readonly string[] => Object.keys(entry).filter((name) => name !== 'default');

it('no value is exported by both the root and internal', () => {
  const both = namesOf(internal).filter((name) => namesOf(root).includes(name));
  expect(both).toEqual([]);
});

it.each(['core', 'autodiff', 'layer', 'loss', 'energy', 'step', 'schedule', 'example'])(
  'what is public of src/%s stands there by its name',
  (folder) => {
    for (const entry of ['src/index.ts', 'src/internal.ts'])
      expect(readFileSync(join(home, entry), 'utf8')).not.toContain(`export * from './${folder}'`);
  },
);

it.each(pagesWithCode())('%s imports nothing of internal', (page) => {
  expect(readFileSync(join(home, page), 'utf8')).not.toMatch(/from 'proxprop\/internal'/);
});
