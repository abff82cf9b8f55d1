/** An entry in the registry is all that a layer, a method, an optimizer or a dataset needs; modules bring entries. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mul } from '@tensorflow/tfjs-core';
import * as TE from 'fp-ts/TaskEither';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adam, backprop, diverged, elementwise, error, Key, start, Tree } from '../../src';
import {
  builtIn,
  compete,
  contestOn,
  datasets,
  defineDataset,
  defineLayer,
  defineMethod,
  defineOptimizer,
  type Entry,
  entriesOf,
  identityOf,
  networkOf,
  planned,
  positive,
  readExperiment,
  registryWith,
  spirals,
  taskOf,
  type TrainingConfig,
  withEntries,
} from '../../src/experiment';
import { casesOfLayer } from '../../laws';
import { messageOf, right } from '../support';
import { small } from './small';

const scaled = defineLayer({
  name: 'scaled',
  keys: () => ({ required: { by: positive }, optional: {} }),
  build: ({ by }, { input }) => elementwise('scaled', (x) => mul(x, by))(input),
  cases: [{ input: [3], config: { by: 2 } }],
});
const entries: readonly Entry[] = [
  scaled,
  defineMethod({ name: 'own', keys: { required: {}, optional: {} }, build: () => backprop(), cases: [] }),
  defineOptimizer({
    name: 'slow',
    keys: { required: { rate: positive }, optional: {} },
    build: ({ rate }) => adam(rate / 10),
    cases: [],
  }),
  defineDataset({ name: 'few', files: false, read: () => TE.right(spirals({ train: 30, test: 9 })) }),
];

const config: TrainingConfig = {
  ...small(),
  data: { name: 'few' },
  network: [
    { layer: 'linear', units: 4 },
    { layer: 'residual', layers: [{ layer: 'scaled', by: 2 }] },
    { layer: 'linear', units: 3 },
  ],
  methods: [{ name: 'm', schedule: { type: 'own' }, optimizer: { type: 'slow', rate: 1 } }],
};

describe('a registry', () => {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-registry-'));
    right(await start('cpu')());
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const written = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const shown = (line: string): string => line.replaceAll(folder, 'TMP');

  it('with an entry more understands, builds and judges what it names', async () => {
    const path = written('a.json', JSON.stringify(config));
    const registry = withEntries('own', builtIn, entries);
    const read = right(await readExperiment(path, registry)());
    const plan = right(planned(read));
    if (plan.kind !== 'training') throw new Error('a training');
    expect(networkOf(plan.experiment, [2]).output).toEqual([3]);
    expect(right(taskOf(plan.experiment, spirals({ train: 30, test: 9 }))).train.count).toBe(30);
    expect(casesOfLayer(scaled, registry).map(({ name, make }) => [name, make().output])).toEqual([
      ['scaled', [3]],
    ]);
    expect(shown(messageOf(await readExperiment(path)()))).toBe(
      `options error at TMP/a.json: data.name: expected one of ${datasets.map(({ name }) => name).join(', ')}, found "few"`,
    );
  });

  it.each([
    [{ layer: 'scaled' }, 'network.1.by: expected a positive number, found nothing'],
    [
      { layer: 'residual', layers: [{ layer: 'scaled', by: 0 }] },
      'network.1.layers.0.by: expected a positive number, found 0',
    ],
    [{ layer: 'parallel', join: 'sum', branches: [] }, 'network.1.branches: expected a list of at least 1'],
    [
      { layer: 'graph', wires: [{ name: 'a', from: 'input' }], output: 'a' },
      'network.1.wires.0: expected a wire with layers, share, tie and layers, or join, found',
    ],
  ])('names the key of %j', async (layer, line) => {
    const own = { ...config, network: [config.network[0], layer] };
    const path = written('b.json', JSON.stringify(own));
    const found = await readExperiment(path, withEntries('own', builtIn, entries))();
    expect(shown(messageOf(found))).toContain(`options error at TMP/b.json: ${line}`);
  });

  it.each([
    [[{ name: 'a', from: 'none', layers: [{ layer: 'tanh' }] }], 'a wire before it: input, found "none"'],
    [
      [
        { name: 'a', from: 'input', layers: [{ layer: 'tanh' }] },
        { name: 'a', from: 'input', layers: [{ layer: 'tanh' }] },
      ],
      'a name of its own, found "a" again',
    ],
  ])('names the wire that does not fit: %#', (wires, line) => {
    const network = [{ layer: 'graph', wires, output: 'a' }];
    const build = () => networkOf({ path: 'F', config: { ...config, network }, registry: builtIn }, [2]);
    expect(build).toThrow(line);
  });

  it('gives a wire of one layer the parameters of that layer, and of several a tuple', () => {
    const dense = { layer: 'linear', units: 2 };
    const wires = [
      { name: 'one', from: 'input', layers: [dense] },
      { name: 'two', from: 'one', layers: [dense, dense] },
    ];
    const network = [{ layer: 'graph', wires, output: 'two' }];
    const net = networkOf({ path: 'F', config: { ...config, network }, registry: builtIn }, [2]);
    expect(
      Tree.leavesWithPath(net.init(Key.key(1)))
        .map(([path]) => path)
        .sort(),
    ).toEqual([
      '0.one.bias',
      '0.one.weights',
      '0.two.0.bias',
      '0.two.0.weights',
      '0.two.1.bias',
      '0.two.1.weights',
    ]);
  });

  it('refuses a name that is there already', () => {
    const again = defineOptimizer({
      name: 'adam',
      keys: { required: {}, optional: {} },
      build: () => adam(1),
      cases: [],
    });
    expect(() => withEntries('own.js', builtIn, [again])).toThrow(
      'options error at own.js: expected a name of its own for the optimizer, found "adam" again',
    );
  });

  it.each([
    [
      'export const a = 1;',
      ': expected an export made by defineLayer, defineMethod, defineOptimizer, defineDataset, found a',
    ],
    [
      "export const a = { kind: 'layer' };",
      ': a.name: expected a name of letters, digits, "-" and "_", found nothing',
    ],
    [
      "export const a = { kind: 'method', name: 'm', codec: 1 };",
      ': a.codec: expected what defineMethod makes, found number',
    ],
    ["throw new Error('no\\nmore');", ': expected a module that can be loaded, found no'],
  ])('says in one line what is wrong with the module %j', async (content, line) => {
    const path = written(`m${content.length}.mjs`, content);
    expect(shown(messageOf(await entriesOf(path)()))).toMatch(/^(options|file) error at TMP/);
    expect(shown(messageOf(await entriesOf(path)()))).toContain(line);
  });

  it('finds modules beside the configuration', async () => {
    const found = await registryWith(builtIn, join(folder, 'x.json'), ['./none.mjs'])();
    expect(shown(messageOf(found))).toContain(
      'file error at TMP/none.mjs: expected a module that can be loaded',
    );
  });
});

describe('a cell', () => {
  it('is what its resolved configuration says, and nothing else', () => {
    const plan = right(planned({ path: 'F', config: small(), registry: builtIn }));
    if (plan.kind !== 'training') throw new Error('a training');
    const [cell] = plan.plan.final(new Map());
    if (cell === undefined) throw new Error('no cell');
    const own = identityOf(small(), cell);
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    // Not its title, its place in the configuration or its name.
    expect(identityOf({ ...small(), title: 'Other', seeds: [9] }, { ...cell, id: 'x', method: 7 })).toBe(own);
    const others = [
      identityOf({ ...small(), batchSize: 51 }, cell),
      identityOf(small(), { ...cell, seed: cell.seed + 1 }),
      identityOf(small(), { ...cell, epochs: cell.epochs + 1 }),
      identityOf({ ...small(), loss: 'squaredError' }, cell),
    ];
    expect(new Set([own, ...others]).size).toBe(5);
  });
});

describe('a training that failed', () => {
  it.each([
    ['loss', 'a finite loss', true],
    ['loss', 'finite numbers', true],
    ['solver', 'finite inputs', true],
    ['loss', 'a scalar tensor', false],
    ['backend', 'a finite loss', false],
    ['data', 'finite numbers', false],
  ] as const)('%s: %s diverged: %s', (tag, expected, result) => {
    expect(diverged({ error: error(tag, 'p', expected, 'x') })).toBe(result);
  });

  it('is a result of a contest where it diverged', async () => {
    right(await start('cpu')());
    const data = spirals({ train: 30, test: 9 });
    const registry = withEntries('own', builtIn, entries);
    const net = networkOf({ path: 'F', config, registry }, data.shape);
    const contest = {
      ...contestOn(net, data, { epochs: 3, batch: 10, seed: 1 }),
      progress: { start: () => undefined, tick: () => undefined, stop: () => undefined },
    };
    const run = right(
      await compete(contest, { name: 'far', method: backprop({ tau: 1e30 }), optimizer: adam(1e30) })(),
    );
    expect(run.diverged?.expected).toMatch(/finite/);
  });
});
