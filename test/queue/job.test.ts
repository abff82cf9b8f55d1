/** The identity of jobs, and what is refused of a queue. */
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { builtIn, type Cell, planned, type TrainingConfig } from '../../src/experiment';
import {
  decodeJob,
  decodeReturned,
  type Ground,
  identityOfJob,
  jobOf,
  MOST_JOB,
  ordersOf,
  posedBy,
} from '../../src/queue';
import { messageOf, right } from '../support';
import { small } from '../experiment/small';

const ground: Ground = { version: '1.2.3', backend: 'wasm', data: 'a'.repeat(64), modules: [] };

const cellsOf = (config: TrainingConfig): readonly Cell[] => {
  const plan = right(planned({ path: 'FILE', config, registry: builtIn }));
  return plan.kind === 'training' ? [...plan.plan.tuning, ...plan.plan.final(new Map())] : [];
};
const config = small();
const cells = cellsOf(config);
const [cell] = cells.filter(({ stage }) => stage === 'final');
if (cell === undefined) throw new Error('no cell');
const job = jobOf(ground, config, cell, 'kept');
const id = identityOfJob(job);

describe('the identity of a job', () => {
  const of = (g: Partial<Ground>, c: Partial<TrainingConfig> = {}, own: Partial<Cell> = {}): string =>
    identityOfJob(jobOf({ ...ground, ...g }, { ...config, ...c }, { ...cell, ...own }, 'kept'));

  it('stays where no number changes: names, places, checkpoints, what is kept', () => {
    expect(
      of({}, { name: 'other', title: 'other', workers: 3, checkpointEvery: 2 }, { id: 'other', method: 5 }),
    ).toBe(id);
    expect(identityOfJob(jobOf(ground, config, cell, 'dropped'))).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  const module = { name: 'own.mjs', sha256: 'b'.repeat(64) };
  const changes: readonly (readonly [string, Partial<Ground>, Partial<TrainingConfig>, Partial<Cell>])[] = [
    ['the version', { version: '1.2.4' }, {}, {}],
    ['the backend', { backend: 'cpu' }, {}, {}],
    ['the data', { data: 'c'.repeat(64) }, {}, {}],
    ['a module', { modules: [module] }, {}, {}],
    ['the network', {}, { network: [{ layer: 'linear', units: 10 }] }, {}],
    ['the loss', {}, { loss: 'squaredError' }, {}],
    ['the batch size', {}, { batchSize: 51 }, {}],
    ['how much data', {}, { data: { ...config.data, train: 201 } }, {}],
    ['the seed', {}, {}, { seed: 99 }],
    ['the epochs', {}, {}, { epochs: 99 }],
    [
      'the method',
      {},
      {},
      { trainer: { name: 'x', schedule: { type: 'backprop' }, optimizer: { type: 'sgd', rate: 1 } } },
    ],
  ];
  it.each(changes)('changes with %s', (_, g, c, own) => {
    expect(of(g, c, own)).not.toBe(id);
  });

  it('changes with the contents of a module, not with its name alone', () => {
    expect(of({ modules: [module] })).not.toBe(of({ modules: [{ ...module, sha256: 'd'.repeat(64) }] }));
  });
});

/** The cell of the job with other parts. */
const cellWith = (change: object): object =>
  typeof job.cell === 'object' ? { ...job.cell, ...change } : change;

describe('a job from a queue', () => {
  it('comes to the same cell as its configuration', () => {
    const sent: unknown = JSON.parse(JSON.stringify(job));
    const posed = right(posedBy(id, right(decodeJob(id, sent)), builtIn, []));
    expect(posed.cell).toMatchObject({ seed: cell.seed, epochs: cell.epochs, stage: 'final' });
    expect(posed.cell.trainer.schedule).toEqual(cell.trainer.schedule);
    expect(posed.cell.trainer.optimizer).toEqual(cell.trainer.optimizer);
    for (const key of ['data', 'network', 'loss', 'batchSize'] as const)
      expect(posed.config[key]).toEqual(config[key]);
  });

  it.each([
    ['nothing', undefined, /expected a job, found nothing|expected a job/],
    ['a text', 'rm -rf', /expected a job/],
    ['code', { ...job, run: 'process.exit()' }, /run: expected no such key/],
    ['another form', { ...job, form: 2 }, /form/],
    [
      'another cell',
      { ...job, cell: Object.assign({}, job.cell, { seed: 5 }) },
      /expected the job of that identity, found another one/,
    ],
    ['no checksum', { ...job, data: 'x' }, /data: expected 64 hexadecimal digits/],
    ['too much', { ...job, cell: 'x'.repeat(MOST_JOB) }, /expected at most 262144 characters/],
  ])('%s is refused in one line', (_, value, line) => {
    const message = messageOf(decodeJob(id, value));
    expect(message).toMatch(line);
    expect(message.length).toBeLessThanOrEqual(300);
  });

  it.each([
    ['a layer that there is not', { network: [{ layer: 'shell' }] }, 'network.0.layer: expected one of'],
    ['a module in its cell', { modules: ['./own.mjs'] }, 'modules: expected no such key'],
    ['a path for a seed', { seed: '../x' }, 'seed: expected a whole number'],
  ])('%s is refused by the codecs of configurations', (_, change, line) => {
    const changed = { ...job, cell: cellWith(change) };
    const own = identityOfJob(changed);
    expect(messageOf(posedBy(own, right(decodeJob(own, changed)), builtIn, []))).toContain(line);
  });

  it('too long a configuration is not sent', () => {
    const long = { ...config, network: Array.from({ length: 9000 }, () => ({ layer: 'linear', units: 10 })) };
    expect(() => jobOf(ground, long, cell, 'kept')).toThrow(/at most 262144 characters/);
  });

  it('what a job says of itself is decoded', () => {
    expect(E.isRight(decodeReturned(id, { outcome: 'done', loss: 1, parameters: 'kept' }))).toBe(true);
    expect(messageOf(decodeReturned(id, { outcome: 'fine', loss: 1, parameters: 'kept' }))).toContain(
      'outcome: expected one of done, diverged',
    );
  });
});

describe('orders', () => {
  const jobFor = (one: Cell, parameters: 'kept' | 'dropped') => jobOf(ground, config, one, parameters);

  it('are one for cells of one identity', () => {
    const twin = { ...cell, id: 'twin', method: 7 };
    const [order, ...others] = ordersOf([cell, twin], jobFor, new Set());
    expect(others).toEqual([]);
    expect(order?.cells.map((one) => one.id)).toEqual([cell.id, 'twin']);
  });

  it('keep parameters of what is shown, and of what may be asked for again', () => {
    const tuning = { ...cell, stage: 'tuning' as const };
    const kept = (some: readonly Cell[], later: ReadonlySet<string>) =>
      ordersOf(some, jobFor, later).map((order) => order.job.parameters);
    expect(kept([tuning], new Set())).toEqual(['dropped']);
    expect(kept([cell], new Set())).toEqual(['kept']);
    expect(kept([tuning], new Set([id]))).toEqual(['kept']);
    expect(kept([cell, tuning], new Set())).toEqual(['kept']);
  });
});
