/** What ARCHITECTURE and CONTRIBUTING say of files is so: they are there, with the functions named; walks and recipes stay short. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeIn, root, textOf } from './pages';

/** The text below a heading, to the next of its rank or above. */
const sectionsOf = (text: string, above: string, rank: string): readonly (readonly [string, string])[] => {
  const [, below = ''] = text.split(`\n## ${above}\n`);
  const [own = ''] = below.split('\n## ');
  return own
    .split(`\n${rank} `)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]);
};

/** The items of a numbered list, each in one line. */
const itemsOf = (section: string): readonly string[] =>
  section
    .split(/\n(?=\d+\. )/)
    .slice(1)
    .map((item) => item.split('\n\n')[0]?.replace(/\s+/g, ' ') ?? '');

const isPath = (code: string): boolean => /^[\w.-]+(\/[\w.-]+)+$/.test(code) || /^[A-Z]+\.md$/.test(code);

/** What an item names and is not there: a path, or an identifier that stands in none of its files. */
const missingIn = (item: string): readonly string[] => {
  const codes = codeIn(item);
  // `imageLayers.ts` behind `src/registry/denseLayers.ts` lies beside it.
  const beside = dirname(codes.find(isPath) ?? '');
  const paths = codes.flatMap((code) =>
    isPath(code) ? [code] : /^\w+\.ts$/.test(code) ? [join(beside, code)] : [],
  );
  const gone = paths.filter((path) => !existsSync(join(root, path)));
  const texts = paths.filter((path) => path.endsWith('.ts') && !gone.includes(path)).map(textOf);
  const [, after = ''] = /^\d+\. `[^`]+`, (`\w+`)/.exec(item) ?? [];
  return [
    ...gone,
    ...codeIn(after).filter((name) => !texts.some((text) => new RegExp(`\\b${name}\\b`).test(text))),
  ];
};

const walks = sectionsOf(textOf('ARCHITECTURE.md'), 'Five walks', '###');
const recipes = sectionsOf(textOf('CONTRIBUTING.md'), 'Recipes', '###');

it('there are five walks, and ten choices', () => {
  expect(walks).toHaveLength(5);
  const choices = sectionsOf(textOf('ARCHITECTURE.md'), 'Ten choices that surprise', '###');
  expect(choices.map(([title]) => Number.parseInt(title, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const lost = choices.flatMap(([, text]) =>
    codeIn(text).filter((code) => isPath(code) && !existsSync(join(root, code))),
  );
  expect(lost).toEqual([]);
});

describe.each(walks)('the walk of %s', (_, section) => {
  const items = itemsOf(section);
  it('has at most eight stations, each in a file', () => {
    expect(items.length).toBeGreaterThan(3);
    expect(items.length).toBeLessThanOrEqual(8);
  });
  it('names what is there', () => {
    expect(items.flatMap(missingIn)).toEqual([]);
  });
});

describe.each(recipes)('the recipe for %s', (_, section) => {
  const items = itemsOf(section);
  it('touches at most four files', () => {
    expect(items.length).toBeGreaterThan(2);
    expect(items.length).toBeLessThanOrEqual(4);
  });
  it('names what is there', () => {
    expect(items.flatMap(missingIn)).toEqual([]);
  });
});

it('a file or a function that is gone is found', () => {
  expect(missingIn('1. `src/layer/layer.ts`, `layer`: makes a layer.')).toEqual([]);
  expect(missingIn('1. `src/layer/layer.ts`, `leyer`: makes a layer.')).toEqual(['leyer']);
  expect(missingIn('1. `src/layer/leyer.ts`: `denseLayers.ts`')).toEqual([
    'src/layer/leyer.ts',
    'src/layer/denseLayers.ts',
  ]);
});

it('the workflow calls what a clean clone has to pass', () => {
  const names = readdirSync(join(root, '.github', 'workflows'));
  expect(names.some((name) => textOf(`.github/workflows/${name}`).includes('run: .ci/run'))).toBe(true);
});
