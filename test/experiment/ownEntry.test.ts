/** Faults in the functions of a user's module are laid to the module and the entry, whatever they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt } from '../../src';
import {
  builtIn,
  defineDataset,
  defineLayer,
  defineMethod,
  defineOptimizer,
  type Entry,
  guarded,
  networkOf,
  planned,
  readExperiment,
  spirals,
  withData,
  withEntries,
} from '../../src/experiment';
import { messageOf, right } from '../support';
import { small } from './small';

const none = () => ({ required: {}, optional: {} });
const wrong = (): never => {
  throw new TypeError('a slip');
};
/** What JavaScript gives where the compiler does not look. */
const given = (value: unknown): never => value as never;

const layerOf = (parts: object): Entry =>
  defineLayer({ name: 'own', keys: none, build: wrong, cases: [], ...parts });
const readerOf = (read: () => never): Entry =>
  defineDataset({ name: 'own', files: false, shape: () => [2], read });

/** A line for each place of an entry at which something goes wrong. */
const rows: readonly (readonly [string, Entry, string])[] = [
  [
    'the keys of a layer',
    layerOf({ keys: wrong }),
    'layer error at own.mjs: own.keys: expected a function that runs, found a slip',
  ],
  [
    'the builder of a layer',
    layerOf({}),
    'layer error at own.mjs: own.build: expected a function that runs, found a slip',
  ],
  [
    'a layer that is none',
    layerOf({ build: () => given(7) }),
    'layer error at own.mjs: own.build: expected a layer, found a number',
  ],
  [
    'the builder of a method',
    defineMethod({ name: 'own', keys: none(), build: wrong, cases: [] }),
    'schedule error at own.mjs: own.build: expected a function that runs, found a slip',
  ],
  [
    'a method that is none',
    defineMethod({ name: 'own', keys: none(), build: () => given([]), cases: [] }),
    'schedule error at own.mjs: own.build: expected a method, found a list',
  ],
  [
    'the builder of an optimizer',
    defineOptimizer({ name: 'own', keys: none(), build: wrong, cases: [] }),
    'optimizer error at own.mjs: own.build: expected a function that runs, found a slip',
  ],
  [
    'an optimizer that is none',
    defineOptimizer({ name: 'own', keys: none(), build: () => given({ name: 'x' }), cases: [] }),
    'optimizer error at own.mjs: own.build: expected an optimizer, found another object',
  ],
  [
    'a reader that throws',
    readerOf(wrong),
    'data error at own.mjs: own.read: expected a function that runs, found a slip',
  ],
  [
    'a reader that rejects',
    readerOf(() => given(() => Promise.reject(new Error('a slip')))),
    'data error at own.mjs: own.read: expected a function that runs, found a slip',
  ],
  [
    'a reader that is no task',
    readerOf(() => given(spirals({ train: 9, test: 9 }))),
    'data error at own.mjs: own.read: expected a function that runs, found read(...) is not a function',
  ],
  [
    'a reader of something else',
    readerOf(() => given(() => Promise.resolve(E.right({ name: 'x' })))),
    'data error at own.mjs: own.read: expected a TaskEither of a dataset, found another object',
  ],
];

/** An experiment that names the entry at the place of its kind. */
const naming = (entry: Entry): object => {
  const of = (kind: Entry['kind']): boolean => entry.kind === kind;
  const schedule = { type: of('method') ? 'own' : 'backprop' };
  const optimizer = of('optimizer') ? { type: 'own' } : { type: 'sgd', rate: 0.1 };
  return {
    ...small(),
    tuning: undefined,
    data: { name: of('dataset') ? 'own' : 'spirals' },
    network: [of('layer') ? { layer: 'own' } : { layer: 'linear', units: 3 }],
    methods: [{ name: 'm', schedule, optimizer }],
  };
};

describe('a fault of a user’s module', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-own-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(rows)('in %s is laid to it', async (_, entry, line) => {
    const path = join(folder, 'a.json');
    writeFileSync(path, JSON.stringify(naming(entry)));
    const registry = withEntries('own', builtIn, [guarded('own.mjs: own', entry)]);
    const read = await readExperiment(path, registry)();
    const plan = E.chain(planned)(read);
    const fits = E.chain(
      (found: ReturnType<typeof planned> extends E.Either<unknown, infer P> ? P : never) =>
        found.kind === 'training' ? attempt(() => networkOf(found.experiment, [2])) : E.right(undefined),
    )(plan);
    const found = E.isLeft(fits) ? fits : await withData(right(plan), undefined)();
    expect(messageOf(found)).toBe(line);
  });

  it('is none where there is none', async () => {
    const entry = guarded(
      'own.mjs: own',
      defineDataset({
        name: 'own',
        files: false,
        read: () => () => Promise.resolve(E.right(spirals({ train: 60, test: 30 }))),
      }),
    );
    const path = join(folder, 'b.json');
    writeFileSync(path, JSON.stringify(naming(entry)));
    const registry = withEntries('own', builtIn, [entry]);
    const plan = right(E.chain(planned)(await readExperiment(path, registry)()));
    expect(right(await withData(plan, undefined)()).kind).toBe('training');
  });
});
