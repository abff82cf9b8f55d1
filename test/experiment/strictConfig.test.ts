/** What JSON passes over in silence, and values of any kind anywhere in a configuration. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as E from 'fp-ts/Either';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as lineOf } from '../../src';
import {
  builtIn,
  cellOf,
  contenders,
  MOST_CELLS,
  MOST_CHOICES,
  MOST_STEPS,
  planned,
  readExperiment,
  strictJson,
} from '../../src/experiment';
import { right } from '../support';
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
    [
      '{"a": "\\\\", "b": "\\\\\\"", "a": 1}',
      'options error at FILE: a: expected each key once, found a key that stands twice',
    ],
  ])('text %#: %.40s', (text, line) => {
    expect(said(text)).toBe(line);
  });

  it.each([
    ['letters', 'x'],
    ['quotes', '"'],
    ['backslashes', '\\'],
  ])('reads texts and keys of ten million %s', (_, letter) => {
    const long = JSON.stringify(letter.repeat(1e7));
    expect(said(`{"a": ${long}, ${long}: 1}`)).toBe('fine');
    expect(said(`{"a": ${long}, "a": 1}`)).toContain('a: expected each key once');
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
    const found = await readExperiment(path)();
    if (E.isLeft(found)) return lineOf(found.left);
    const plan = planned(found.right);
    return E.isLeft(plan) ? lineOf(plan.left) : 'fine';
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

  it.each([
    ['of one method', 1, 10_001, `methods.0.vary: expected a grid of at most ${MOST_CHOICES} choices, found`],
    [
      'of all methods',
      3,
      9_000,
      `expected at most ${MOST_CELLS} trainings, choices times seeds, found 27006`,
    ],
  ])('has a bound of choices %s', async (_, methods, choices, line) => {
    const first = small().methods[0] ?? {};
    const rates = Array.from({ length: choices }, (__, i) => i + 1);
    const many = Array.from({ length: methods }, (__, i) => ({
      ...first,
      name: `method ${i}`,
      vary: { 'optimizer.rate': rates },
    }));
    expect(await read(JSON.stringify({ ...small(), methods: many }))).toContain(line);
  });

  it('has seeds that are counted as trainings', async () => {
    const seeds = Array.from({ length: 1e5 }, (_, i) => i);
    expect(await read(JSON.stringify({ ...small(), seeds }))).toContain('trainings, choices times seeds');
  });

  it('tells choices apart that begin alike', () => {
    const vary = {
      'schedule.tauTheta': [0.05123, 0.1],
      'schedule.tau': [0.123456, 0.2],
      'schedule.solver': ['exact', 'cg30'],
      optimizer: [0.1, 0.2].map((rate) => ({ type: 'momentum', rate })),
      epochs: [100, 101],
    };
    const methods = [{ name: 'p'.repeat(300), schedule: { type: 'proxprop' }, vary }];
    const all = contenders({ path: 'FILE', config: { ...small(), methods }, registry: builtIn });
    const ids = E.isRight(all)
      ? all.right.flat().map((c) => cellOf('final', c, Number.MAX_SAFE_INTEGER, 1).id.toLowerCase())
      : [];
    expect(new Set(ids).size).toBe(32);
    // What disks take.
    expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(255);
  });

  it('has no zero below zero', async () => {
    const path = join(folder, 'zero.json');
    writeFileSync(path, JSON.stringify({ ...small(), seeds: ['SEED'] }).replace('"SEED"', '-0'));
    const { config } = right(await readExperiment(path)());
    expect(config.kind === 'training' && Object.is(config.seeds[0], 0)).toBe(true);
  });

  it('has no more iterations than a number can say', async () => {
    const methods = [{ name: 'a', schedule: { type: 'proxprop', solver: `cg${'9'.repeat(400)}` } }];
    const line = await read(JSON.stringify({ ...small(), methods }));
    expect(line).toContain('methods.0.schedule.solver: expected exact, or cg and a number of iterations');
  });

  const points = { inputs: [[1], [2]], targets: [[1], [2]] };
  it.each([
    [{}, {}, 'fine'],
    [{ count: 9e15 }, {}, `multiples.count: expected at most ${MOST_STEPS} step sizes`],
    [{}, { points: undefined }, 'cases.0: expected data or points, found neither'],
    [{}, { data: { name: 'usps' } }, 'cases.0: expected data or points, found both'],
    [{}, { points: { ...points, targets: [[1]] } }, 'cases.0.points.targets: expected 2 targets, as many as'],
    [
      {},
      { points: { ...points, inputs: [[1], [2, 3]] } },
      'cases.0.points.inputs.1: expected 1 numbers, as in the first, found 2',
    ],
    [
      {},
      { points: { ...points, targets: [[1, 2], [2]] } },
      'cases.0.points.targets.1: expected 2 numbers, as in the first, found 1',
    ],
  ])('of step sizes, with %j and %j: %s', async (multiples, own, line) => {
    const network = [{ layer: 'linear', units: 2 }];
    const text = JSON.stringify({
      kind: 'limits',
      name: 'steps',
      title: 'T',
      question: 'Q',
      cases: [{ name: 'c', network, loss: 'squaredError', seeds: [1], points, ...own }],
      multiples: { from: 0.1, to: 2, count: 3, ...multiples },
      steps: 1,
    });
    expect(await read(text)).toContain(line);
  });

  it('says one line of any value anywhere, or takes it', async () => {
    const home = join(__dirname, '..', '..', 'examples', 'paper');
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
      // As they stand in the file: JSON.stringify knows neither.
      'RAW -0',
      'RAW 1e999',
      'RAW -1e999',
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
          const line = await read(JSON.stringify(mutated).replace(/"RAW ([^"]*)"/, '$1'));
          if (line !== 'fine') changed++;
          expect(line.length).toBeLessThanOrEqual(300);
          expect(line).not.toMatch(/[\u0000-\u001f\u2028\u202e]/);
          expect(line === 'fine' || /^options error at .*: expected .*, found /.test(line)).toBe(true);
          // All but what is wrong with the whole is said of a key.
          if (line !== 'fine' && at % count !== count - 1) expect(line).toMatch(/a\.json: [a-zA-Z]+(\.|: )/);
        },
      ),
      { numRuns: 400, seed: 1 },
    );
    expect(changed).toBeGreaterThan(200);
  });
});
