/** The site has every page, its links lead somewhere, also in the package, and its pictures are those of the script. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRelative, siteLink } from '../../docs/.vitepress/links.mjs';
import { sitePages } from '../../docs/.vitepress/pages.mjs';
import { pictures } from '../../docs/build/pictures.mjs';
import { root, textOf } from './pages';

const places = {
  routes: new Map(sitePages.map(({ file, route }) => [file, route])),
  titles: new Map(sitePages.map(({ file, title }) => [file, title])),
  exists: (file: string) => existsSync(join(root, file)),
};

/** Targets of links and pictures, outside of code. */
const linksIn = (text: string): readonly string[] =>
  [...text.replace(/^```[^]*?^```/gm, '').matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, link = '']) => link);

/** A heading as the site and the repository make an anchor of it. */
const anchorsOf = (text: string): readonly string[] => [
  ...[...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s+/g, '-'),
  ),
  ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
];

describe.each(sitePages)('$file', ({ file }) => {
  it('is there, with a heading of its own', () => {
    expect(textOf(file)).toMatch(/^# /m);
  });
  it('links to what is there', () => {
    const text = textOf(file);
    for (const link of linksIn(text).filter(isRelative)) {
      expect(() => siteLink(file, link, places)).not.toThrow();
      const [path = '', anchor] = link.split('#');
      if (anchor !== undefined && path.endsWith('.md'))
        expect(anchorsOf(textOf(normalize(join(dirname(file), path))))).toContain(anchor);
    }
    // A page that is named as code is a link on the site.
    for (const [, path = '', anchor] of text.matchAll(/`([\w/.-]+\.md)(?:#([\w-]+))?`/g))
      if (anchor !== undefined) expect(anchorsOf(textOf(path))).toContain(anchor);
  });
});

it('every page of docs has a place in the menu, and no two have one address', () => {
  const files = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  expect(files.filter((file) => !places.routes.has(file))).toEqual([]);
  expect(new Set(sitePages.map(({ route }) => route)).size).toBe(sitePages.length);
});

it('links are found, made addresses, or refused', () => {
  expect(siteLink('docs/why.md', '../laws/README.md#laws', places)).toBe('/laws#laws');
  expect(siteLink('docs/why.md', '../README.md', places)).toBe('/');
  expect(siteLink('src/schedule/README.md', 'mac.ts', places)).toBeUndefined();
  expect(() => siteLink('docs/why.md', 'nowhere.md', places)).toThrow(
    'data error at docs/why.md: expected a link to a file, found nowhere.md',
  );
});

it('pictures are those that the script draws', () => {
  for (const [name, content] of Object.entries(pictures))
    expect(textOf(`docs/images/${name}.svg`)).toBe(content);
});
