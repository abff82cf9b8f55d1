/** What JSON passes over in silence, and values of any kind anywhere in a configuration. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as E from 'fp-ts/Either';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as lineOf } from '../../../src';
import { MOST_CHOICES, contenders } from '../../../examples/paper/support/cells';
import { checkTraining } from '../../../examples/paper/support/check';
import { readConfig } from '../../../examples/paper/support/config';
import { strictJson } from '../../../examples/paper/support/strictJson';
import { small } from './small';

const said = (text: string): string => {
  const found = strictJson('FILE', text);
  return E.isLeft(found) ? lineOf(found.left) : 'fine';
};

describe('a strict JSON', () => {
  it.each([
    ['{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}', 'fine'],
    ['\ufeff{"a": 1}', 'fine'],
    ['{"a": ":", "b": ",", "c": "}{", "d": "\\"a\\": 1"}', 'fine'],
    ['{"a": 1, "a": 1}', 'options error at FILE: a: expected each key once, found a key that stands twice'],
    [
      '{"a": [0, {"b": {"c": 1, "d": 2, "c": 3}}]}',
      'options error at FILE: a.1.b.c: expected each key once, found a key that stands twice',
    ],
    [
      '{"a": 1, "\\u0061": 2}',
      'options error at FILE: a: expected each key once, found a key that stands twice',
    ],
    ['{"a": {"b": [1, 1e999]}}', 'options error at FILE: a.b.1: expected a finite number, found 1e999'],
    [
      `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
      'options error at FILE: expected at most 64 lists and records in each other, found more',
    ],
  ])('text %#: %.40s', (text, line) => {
    expect(said(text)).toBe(line);
  });

  it('finds any key that is written twice', () => {
    const twice = fc.tuple(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), fc.jsonValue(), fc.nat());
    fc.assert(
      fc.property(twice, ([names, value, which]) => {
        const keys = [...new Set(names)];
        const body = keys.map((k) => `${JSON.stringify(k)}: ${JSON.stringify(value)}`);
        const again = body[which % body.length] ?? '';
        expect(said(`[{${body.join(', ')}}]`)).toBe('fine');
        expect(said(`[{${[...body, again].join(', ')}}]`)).toContain('stands twice');
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('a configuration', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-strict-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const read = async (content: string): Promise<string> => {
    const path = join(folder, 'a.json');
    writeFileSync(path, content);
    const found = await readConfig(path)();
    if (E.isLeft(found)) return lineOf(found.left);
    if (found.right.kind === 'limits') return 'fine';
    const grids = contenders(path, found.right);
    if (E.isLeft(grids)) return lineOf(grids.left);
    const checked = checkTraining(path, found.right, grids.right);
    return E.isLeft(checked) ? lineOf(checked.left) : 'fine';
  };

  it.each([
    '../../evil',
    'a/b',
    'a\\b',
    '.',
    '..',
    '',
    ' ',
    'CON',
    'nul.json',
    'a.',
    ' a',
    'a\nb',
    'a'.repeat(300),
  ])('has no name such as %j', async (name) => {
    const line = await read(JSON.stringify({ ...small(), name }));
    expect(line).toMatch(/: name: expected a (name of a folder|text)/);
    expect(line.length).toBeLessThanOrEqual(300);
  });

  it('shows a text for a number with its quotes', async () => {
    expect(await read(JSON.stringify({ ...small(), epochs: '50' }))).toContain('found "50"');
  });

  it('has a grid that ends', async () => {
    const [first] = small().methods;
    const many = Array.from({ length: 1000 }, (_, i) => i + 1);
    const vary = { 'optimizer.rate': many, 'schedule.tau': many, 'optimizer.momentum': many };
    const line = await read(JSON.stringify({ ...small(), methods: [{ ...Object(first), vary }] }));
    expect(line).toContain(`expected a grid of at most ${MOST_CHOICES} choices, found one of 1000000000`);
  });

  it('says one line of any value anywhere, or takes it', async () => {
    const home = join(__dirname, '..', '..', '..', 'examples', 'paper');
    const texts = readdirSync(home)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(home, name), 'utf8'));
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) expect(await read(text)).toBe('fine');
    const wrong: readonly unknown[] = [
      null,
      true,
      -1,
      0,
      0.5,
      1e308,
      -0,
      '',
      '50',
      'x'.repeat(2000),
      '\u2028\u202e\u001b[31m',
      [],
      {},
      [[]],
      { a: { b: [1] } },
    ];
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts),
        fc.nat(),
        fc.constantFrom(...wrong),
        async (text, at, value) => {
          let place = 0;
          let count = 0;
          JSON.parse(text, (_, old: unknown) => {
            count++;
            return old;
          });
          const mutated: unknown = JSON.parse(text, (_, old: unknown) =>
            place++ === at % count ? value : old,
          );
          const line = await read(JSON.stringify(mutated));
          if (line !== 'fine') changed++;
          expect(line.length).toBeLessThanOrEqual(300);
          expect(line).not.toMatch(/[\u0000-\u001f\u2028\u202e]/);
          expect(line === 'fine' || /^options error at .*: expected .*, found /.test(line)).toBe(true);
        },
      ),
      { numRuns: 400, seed: 1 },
    );
    expect(changed).toBeGreaterThan(200);
  });
});
