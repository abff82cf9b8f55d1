/** What a configuration may say, and the line that the user reads where it does not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as lineOf } from '../../src';
import {
  builtIn,
  cellOf,
  contenders,
  datasets,
  finalCells,
  nearest,
  planned,
  readExperiment,
  showChoice,
  taskOf,
  tuningCells,
} from '../../src/experiment';
import { small } from './small';

const config = small();

/** The configuration with other values at paths. */
const changed = (changes: { readonly [path: string]: unknown }): unknown => {
  const copy: unknown = JSON.parse(JSON.stringify(config));
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    // Walks plain JSON: records and lists by their keys.
    let at = copy as { [key: string]: unknown };
    for (const key of keys.slice(0, -1)) at = at[key] as { [key: string]: unknown };
    const last = keys.at(-1) ?? '';
    if (value === undefined) Reflect.deleteProperty(at, last);
    else at[last] = value;
  }
  return copy;
};

/** What is said of a configuration: of the file, of its grids, of its network. */
const said = async (folder: string, content: string): Promise<string> => {
  const path = join(folder, 'case.json');
  writeFileSync(path, content);
  const shown = (text: string): string => text.replaceAll(path, 'FILE');
  const read = await readExperiment(path)();
  if (E.isLeft(read)) return shown(lineOf(read.left));
  const plan = planned(read.right);
  if (E.isLeft(plan)) return shown(lineOf(plan.left));
  if (plan.right.kind === 'limits') return 'fine';
  const split = { images: new Float32Array(784), labels: new Int32Array(1), count: 1 };
  const data = { name: 'data', origin: 'here', shape: [784], classes: 10, train: split, test: split };
  const task = taskOf(plan.right.experiment, data);
  return E.isLeft(task) ? shown(lineOf(task.left)) : 'fine';
};

describe('configurations', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-config-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('takes a good one', async () => {
    expect(await said(folder, JSON.stringify(config))).toBe('fine');
  });

  it.each([
    ['{"kind": ', 'options error at FILE: expected a JSON file, found Unexpected end of JSON input'],
    ['[]', 'options error at FILE: expected a record with kind: one of training, limits, found []'],
    ['{}', 'options error at FILE: kind: expected one of training, limits, found nothing'],
    ['{"kind": "limits", "name": "x"}', 'options error at FILE: title: expected a text, found nothing'],
  ])('refuses %s', async (content, line) => {
    expect(await said(folder, content)).toBe(line);
  });

  const cases: readonly (readonly [{ readonly [path: string]: unknown }, string])[] = [
    [{ data: undefined }, 'data: expected data, found nothing'],
    [
      { 'data.name': 'letters' },
      `data.name: expected one of ${datasets.map(({ name }) => name).join(', ')}, found "letters"`,
    ],
    [{ 'data.train': 0 }, 'data.train: expected a whole number of at least 1, found 0'],
    [
      { batchsize: 5 },
      'batchsize: expected no such key, but batchSize, epochs, name, title, data, methods, tuning, curve, kind, question, network, loss, seeds, target, heatMap, logScale, workers, modules, …, found 5',
    ],
    [{ batchSize: '5' }, 'batchSize: expected a whole number of at least 1, found "5"'],
    [{ epochs: 2.5 }, 'epochs: expected a whole number of at least 1, found 2.5'],
    [{ seeds: [] }, 'seeds: expected a list of at least 1, each a whole number of at least 0, found []'],
    [{ 'seeds.1': -1 }, 'seeds.1: expected a whole number of at least 0, found -1'],
    [{ loss: 'hinge' }, 'loss: expected one of softmaxCrossEntropy, squaredError, found "hinge"'],
    [
      { 'network.0.layer': 'dense' },
      `network.0.layer: expected one of ${nearest(
        'dense',
        builtIn.layers.map(({ name }) => name),
      )}, found "dense"`,
    ],
    [{ 'network.0.units': -3 }, 'network.0.units: expected a whole number of at least 1, found -3'],
    [
      { 'network.1': { layer: 'maxPool2d', size: 2 } },
      'network.1: expected images [height, width, channels] before it, found [16]',
    ],
    [
      { 'methods.0.schedule.type': 'magic' },
      `methods.0.schedule.type: expected one of ${builtIn.methods.map(({ name }) => name).join(', ')}, found "magic"`,
    ],
    [
      { 'methods.1.schedule.solver': 'cg0' },
      'methods.1.schedule.solver: expected exact, or cg and a number of iterations, such as cg3, found "cg0"',
    ],
    [{ 'methods.1.schedule.tau': 0 }, 'methods.1.schedule.tau: expected a positive number, found 0'],
    [
      { 'methods.0.optimizer.rate': undefined, 'methods.0.vary': {} },
      'methods.0.optimizer.rate: expected a positive number, found nothing',
    ],
    [
      { 'methods.0.vary': { 'optimizer.rate': [0.1, 'much'] } },
      'methods.0.optimizer.rate: expected a positive number, found "much"',
    ],
    [
      { 'methods.0.vary': { 'optimiser.rate': [0.1] } },
      'methods.0.vary.optimiser.rate: expected a path of keys in the method, found no optimiser',
    ],
    [
      { 'methods.0.vary': { 'optimizer.rate': [] } },
      'methods.0.vary.optimizer.rate: expected a list of at least 1, each unknown, found []',
    ],
    [{ 'methods.1.name': 'backprop' }, 'methods.1.name: expected a name of its own, found "backprop" again'],
    [{ 'tuning.epochs': 0 }, 'tuning.epochs: expected a whole number of at least 1, found 0'],
    [{ target: null }, 'target: expected a positive number, found null'],
    // What would make two trainings share a folder, or a map show nothing.
    [{ seeds: [1, 2, 1] }, 'seeds: expected seeds that differ, found 1 twice'],
    [
      { 'methods.0.vary': { 'optimizer.rate': [0.1, 0.5, 0.1] } },
      'methods.0.vary: expected choices that differ, also as names of folders, found final_0-backprop_rate-0.1_seed-0 twice',
    ],
    [
      { heatMap: { x: 'optimizer.rate', y: 'schedule.tauTheta' } },
      'heatMap.y: expected a path that varies: optimizer.rate, found "schedule.tauTheta"',
    ],
  ];
  it.each(cases)('refuses the change %j', async (changes, rest) => {
    expect(await said(folder, JSON.stringify(changed(changes)))).toBe(`options error at FILE: ${rest}`);
  });

  const limits = {
    kind: 'limits',
    name: 'x',
    title: 'X',
    question: 'Which?',
    cases: ['a', 'b'].map((name) => ({
      name,
      network: [{ layer: 'linear', units: 1 }],
      loss: 'squaredError',
      seeds: [1],
      points: { inputs: [[1]], targets: [[1]] },
    })),
    multiples: { from: 0.01, to: 100, count: 3 },
    steps: 2,
  };

  it('takes step sizes that ascend, in cases that can be told apart', async () => {
    expect(await said(folder, JSON.stringify(limits))).toBe('fine');
    const [first] = limits.cases;
    expect(await said(folder, JSON.stringify({ ...limits, cases: [first, first] }))).toBe(
      'options error at FILE: cases: expected names that differ, found a twice',
    );
    const multiples = { from: 1, to: 1, count: 2 };
    expect(await said(folder, JSON.stringify({ ...limits, multiples }))).toBe(
      'options error at FILE: multiples.to: expected a number above 1, found 1',
    );
  });
});

describe('cells', () => {
  const all = contenders({ path: 'FILE', config, registry: builtIn });
  const grids = E.isRight(all) ? all.right : [];

  it('are every choice of every grid', () => {
    expect(grids.map((some) => some.map(({ choice }) => showChoice(choice)))).toEqual([
      ['rate 0.1', 'rate 1e+30'],
      [''],
      [''],
    ]);
    expect(grids[0]?.map(({ trainer }) => trainer.optimizer?.['rate'])).toEqual([0.1, 1e30]);
  });

  it('that vary in more than a number have names of their own', () => {
    const optimizers = [
      { type: 'sgd', rate: 0.1 },
      { type: 'adam', rate: 0.1 },
    ];
    const [first] = config.methods;
    const varied = { ...config, methods: [{ ...Object(first), vary: { optimizer: optimizers } }] };
    expect(E.isRight(planned({ path: 'FILE', config: varied, registry: builtIn }))).toBe(true);
  });

  it('are tuned where there is a choice', () => {
    expect(tuningCells(config, grids).map(({ id }) => id)).toEqual([
      'tuning_0-backprop_rate-0.1_seed-7',
      'tuning_0-backprop_rate-1e+30_seed-7',
    ]);
  });

  it('are trained by every seed, with names of their own', () => {
    const chosen = grids.flatMap(([first]) => (first === undefined ? [] : [first]));
    const cells = finalCells(config, chosen);
    expect(cells.map(({ seed, epochs }) => [seed, epochs])).toEqual([
      [1, 3],
      [1, 3],
      [1, 2],
      [2, 3],
      [2, 3],
      [2, 2],
    ]);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  });

  it('have a folder that any system can make', () => {
    const [first] = grids[0] ?? [];
    if (first === undefined) throw new Error('no contender');
    const odd = { ...first, trainer: { ...first.trainer, name: '../τ_θ: "x"/?' } };
    expect(cellOf('final', odd, 1, 1).id).toMatch(/^[A-Za-z0-9_.+-]+$/);
    expect(cellOf('final', odd, 1, 1).id).not.toContain('..');
  });
});
