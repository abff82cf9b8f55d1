/** The figures of docs/findings.md stand in the sections that it names. */
import { describe, expect, it } from 'vitest';
import { textOf } from './pages';

/** The text of a page, or of what stands in it between an anchor and the next one. */
const sectionOf = (page: string, anchor: string | undefined): string => {
  const text = textOf(page);
  if (anchor === undefined) return text;
  const [, below] = text.split(`<a id="${anchor}"></a>`);
  return below?.split('<a id="')[0] ?? '';
};

/** Figures that say of what a line is: sizes of networks, counts of epochs and iterations, the coupling of a case. */
const bare = (line: string): string =>
  line
    .replace(/`[^`]*`/g, '')
    .replace(/\d+(-\d+)+/g, '')
    .replace(/CIFAR-10/g, '');

/** The figures of a line that its section lacks. */
const missing = (line: string): readonly string[] => {
  const [, page = '', anchor] = /\(`([^`#]+\.md)(?:#([\w-]+))?`\)/.exec(line) ?? [];
  const section = page === '' ? '' : sectionOf(page, anchor);
  return [...bare(line).matchAll(/\d+(\.\d+)?/g)]
    .map(([figure]) => figure)
    .filter((figure) => !new RegExp(`(?<![\\d.])${figure.replace('.', '\\.')}(?![\\d.]*\\d)`).test(section));
};

const lines = textOf('docs/findings.md')
  .split('\n## ')
  .flatMap((part) => part.split(/\n- /).slice(1))
  .map((item) => item.split('\n\n')[0]?.replace(/\s+/g, ' ') ?? '');

describe('findings', () => {
  it.each(lines)('%s', (line) => {
    expect(line).toMatch(/\(`[^`]+\.md(#[\w-]+)?`\)/);
    expect(missing(line)).toEqual([]);
  });
  it('a figure that came out otherwise is found', () => {
    const [first = ''] = lines;
    expect(missing(first.replace('38.8', '38.7'))).toEqual(['38.7']);
  });
});
