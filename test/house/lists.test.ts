/** The tables of the pages are those of the code: what one of them lacks, or has alone, is named. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit';
import { LAWS, numberOf } from '../../laws';
import * as laws from '../../laws';
import * as library from '../../src';
import { builtIn } from '../../src/experiment';
import * as methods from '../../src/schedule/methods';
import * as optimizers from '../../src/optimizer/optimizers';
import { lawsIn } from './lawsIn';
import { codeIn, codeOfColumn, root, tableOf, textOf } from './pages';

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();
const namesOf = (entries: readonly { readonly name: string }[]): readonly string[] =>
  entries.map(({ name }) => name);
const folder = (path: string, ending: RegExp): readonly string[] =>
  readdirSync(join(root, path)).filter((name) => ending.test(name));

/** `Optimizer.lion` and `lion` are one. */
const bare = (code: string): string => code.replace(/^Optimizer\./, '').replace(/\(.*$/, '');

interface List {
  readonly page: string;
  /** The first heads of the table. */
  readonly heads: readonly string[];
  /** What the table has. */
  readonly told: (text: string) => readonly string[];
  /** What the code has. */
  readonly made: () => readonly string[];
}

/** Lists that are equal. */
const lists: { readonly [name: string]: List } = {
  'registered layers': {
    page: 'docs/layers.md',
    heads: ['kind', 'layers'],
    told: (text) => codeOfColumn(tableOf(text, 'kind', 'layers'), 1),
    // `copies` in configurations is `repeat` in programs; `chain` is what a list of layers is.
    made: () => [...namesOf(builtIn.layers).map((name) => (name === 'copies' ? 'repeat' : name)), 'chain'],
  },
  methods: {
    page: 'src/schedule/README.md',
    heads: ['method', 'links'],
    told: (text) => codeOfColumn(tableOf(text, 'method', 'links'), 0),
    made: () => namesOf(builtIn.methods),
  },
  'optimizers of the field': {
    page: 'docs/optimizers.md',
    heads: ['you want', 'use'],
    told: (text) =>
      tableOf(text, 'you want', 'use')
        .filter(([want = '']) => want.includes('optimizer of the field') || want.includes('matrices'))
        .flatMap(([, use]) => codeIn(use).map(bare)),
    made: () => namesOf(builtIn.optimizers),
  },
  backends: {
    page: 'src/backend/README.md',
    heads: ['backend', 'runs in'],
    told: (text) => codeOfColumn(tableOf(text, 'backend', 'runs in'), 0),
    made: () => library.backends,
  },
  'ops with a gradient': {
    page: 'src/autodiff/README.md',
    heads: ['group', 'ops, each with its kernel'],
    told: (text) =>
      tableOf(text, 'group').flatMap(([, ops = '']) =>
        [...ops.replace(/`[^`]*`/g, '').matchAll(/\b[A-Z]\w+/g)].map(([kernel]) => kernel),
      ),
    made: () => library.differentiableOps,
  },
  'numbers of laws': {
    page: 'laws/README.md',
    heads: ['law', 'statement'],
    told: (text) => tableOf(text, 'law', 'statement').map(([number = '']) => number),
    // That backends agree is no law of its own.
    made: () => LAWS.filter((name) => name !== 'backends').map((name) => `${numberOf(name)}`),
  },
  'laws by number': {
    page: 'laws/README.md',
    heads: ['law', 'statement'],
    told: (text) =>
      tableOf(text, 'law', 'statement').flatMap(([number = '', , names]) =>
        codeIn(names).map((name) => `${number} ${name}`),
      ),
    made: () => [
      // Those of a layer are one list.
      ...lawsIn(join(root, 'laws'))
        .filter(({ name }) => name !== 'layerLaw')
        .map(({ number, name }) => `${number} ${name}`),
      ...[`${numberOf('layers')} layerLaws`, `${numberOf('optimizers')} trajectory`],
    ],
  },
  'exit codes': {
    page: 'docs/command-line.md',
    heads: ['code', 'kind'],
    told: (text) => tableOf(text, 'code', 'kind').map(([code = '']) => code),
    made: () => Object.values(EXIT).map(String),
  },
  'folders of src': {
    page: 'ARCHITECTURE.md',
    heads: ['folder', 'holds'],
    told: (text) =>
      codeOfColumn(tableOf(text, 'folder', 'holds'), 0).flatMap((path) => {
        const name = path.replace(/^src\//, '');
        return ['cli', 'laws'].includes(name) ? [] : [name];
      }),
    made: () => folder('src', /^[a-z]+$/),
  },
  examples: {
    page: 'examples/README.md',
    heads: ['example', 'shows'],
    told: (text) => codeOfColumn(tableOf(text, 'example', 'shows'), 0),
    made: () => [...folder('examples', /\.ts$/), 'bench/index.ts', 'paper/run.ts'],
  },
};

/** The page without the first row of a table. */
const withoutFirstRow = (text: string, { heads }: List): string => {
  const [first] = tableOf(text, ...heads);
  return text
    .split('\n')
    .filter((line) => !first?.every((cell) => line.includes(cell)))
    .join('\n');
};

describe.each(Object.entries(lists))('%s', (_, list) => {
  const text = textOf(list.page);
  it('stand in the page as in the code', () => {
    expect(sorted(list.told(text))).toEqual(sorted(list.made()));
  });
  it('are missed where the page lacks a row', () => {
    expect(sorted(list.told(withoutFirstRow(text, list)))).not.toEqual(sorted(list.made()));
  });
});

describe('what a table names is there', () => {
  it.each([
    ['docs/optimizers.md', ['you want', 'use'], 1],
    ['docs/data.md', ['reader', 'examples'], 0],
  ] as const)('%s, %j', (page, heads, column) => {
    const names = codeOfColumn(tableOf(textOf(page), ...heads), column)
      .filter((code) => /^[\w.]+(\(.*\))?$/.test(code))
      .map(bare)
      // Options of other rows, and paths.
      .filter((name) => /^[a-z]\w*$/.test(name) && name !== 'of' && name !== 'block2');
    const there = new Set([...Object.keys(library), ...Object.keys(library.Optimizer)]);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !there.has(name))).toEqual([]);
  });

  it('laws', () => {
    const named = codeOfColumn(tableOf(textOf('laws/README.md'), 'law', 'statement'), 2);
    expect(named.filter((name) => !Object.hasOwn(laws, name))).toEqual([]);
  });

  it('commands of npm', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: object };
    const pages = [
      'README.md',
      'src/backend/README.md',
      'CONTRIBUTING.md',
      'ARCHITECTURE.md',
      'docs/install.md',
      'docs/playground.md',
    ];
    const run = pages.flatMap((page) =>
      [...textOf(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name),
    );
    expect(run.length).toBeGreaterThan(5);
    expect(run.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe('what the library exports is registered', () => {
  it('methods', () => {
    expect(sorted(Object.keys(methods))).toEqual(sorted(namesOf(builtIn.methods)));
  });
  it('optimizers', () => {
    expect(sorted(Object.keys(optimizers))).toEqual(sorted(namesOf(builtIn.optimizers)));
  });
  it('datasets: each name that `obtain` takes stands in the page, and each reader in its table', () => {
    const page = textOf('docs/data.md');
    const [, named = ''] = /obtain\('cifar-10', 'data'\)\(\)\); \/\/ (.*)/.exec(page) ?? [];
    const names = ['cifar-10', ...[...named.matchAll(/'([^']+)'/g)].map(([, name = '']) => name)];
    expect(sorted(names)).toEqual(sorted(Object.keys(library.officialSources)));
    const readers = codeOfColumn(tableOf(page, 'reader', 'examples'), 0).map(bare);
    const camel = (name: string): string =>
      name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(library.officialSources).filter((name) => !readers.includes(camel(name)))).toEqual([]);
  });
});

it('docstrings of laws tell their numbers', () => {
  const wrong = lawsIn(join(root, 'laws')).flatMap(({ name, number, told }) =>
    told === undefined || told === number ? [] : [`${name}: law ${told}, and it is ${number}`],
  );
  expect(wrong).toEqual([]);
});
