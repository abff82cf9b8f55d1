/** The page of results keeps the sections of experiments that have not run again. */
import { expect, it } from 'vitest';
import { resultsPage, sectionsIn } from '../../examples/paper/support/resultsPage';
import { textOf } from '../house/pages';

it('a page is its sections, in order', () => {
  const page = textOf('examples/paper/results/README.md');
  const sections = sectionsIn(page);
  expect(sections.size).toBeGreaterThan(5);
  expect(resultsPage([...sections.keys()], sections)).toBe(page);
});

it('a new section takes the place of the old one, and the others stay', () => {
  const section = (name: string, text: string) => `<a id="${name}"></a>\n\n## ${text}\n\nText.`;
  const old = new Map([
    ['a', section('a', 'A')],
    ['b', section('b', 'B')],
  ]);
  const sections = new Map(sectionsIn(resultsPage(['a', 'b'], old))).set('a', section('a', 'New'));
  const page = resultsPage(['a', 'b'], sections);
  expect(sectionsIn(page)).toEqual(sections);
  expect(page).toContain('- [New](#a)\n- [B](#b)\n');
  expect(page).not.toContain('## A');
});
