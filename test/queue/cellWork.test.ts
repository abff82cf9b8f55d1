/** One cell on a worker, with a store in memory and trainings that are none: what is fetched, sent, resumed and refused. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { attemptTask, error, type ProxpropError } from '../../src';
import {
  builtIn,
  checksumOfData,
  encodeDataset,
  type Ending,
  planned,
  spirals,
  type Told,
  type Trainers,
  type TrainingConfig,
} from '../../src/experiment';
import { nameFor, self } from '../../src/disk/owner';
import { type Bench, poolsOf, Stopped, trainJob, Unable } from '../../src/queue/cellWork';
import { finderOn } from '../../src/queue/ground';
import { identityOfJob, type Job, jobOf } from '../../src/queue/job';
import { filesIn, parcelOf } from '../../src/queue/parcel';
import { scratchIn } from '../../src/queue/scratch';
import { type Store, storeOn } from '../../src/queue/store';
import { testFolder } from '../data/folder';
import { messageOf, right } from '../support';
import { small } from '../experiment/small';

const data = spirals({ train: 30, test: 12 });
const config: TrainingConfig = {
  ...small(),
  data: { name: 'spirals', train: 30, test: 12 },
  methods: [{ name: 'm', schedule: { type: 'backprop' }, optimizer: { type: 'sgd', rate: 0.1 } }],
  network: [{ layer: 'linear', units: 3 }],
};
const plan = right(planned({ path: 'FILE', config, registry: builtIn }));
const [cell] = plan.kind === 'training' ? plan.plan.final(new Map()) : [];
if (cell === undefined) throw new Error('no cell');
const jobWith = (checksum: string): Job =>
  jobOf({ version: '1', backend: 'cpu', data: checksum, modules: [] }, config, cell, 'kept');
const job = jobWith(checksumOfData(data));
const id = identityOfJob(job);

const memory = (most = 1e6): Store => {
  const kept = new Map<string, Uint8Array>();
  return storeOn({
    shown: 'memory',
    most,
    put: (name, bytes) => {
      kept.set(name, bytes);
      return Promise.resolve();
    },
    get: (name) => Promise.resolve(kept.get(name)),
    has: (name) => Promise.resolve(kept.has(name)),
    remove: (name) => {
      kept.delete(name);
      return Promise.resolve();
    },
    names: () => Promise.resolve([...kept.keys()]),
  });
};

const metrics = (epochs: number): string =>
  Array.from(
    { length: epochs + 1 },
    (_, epoch) => `${JSON.stringify({ epoch, seconds: 0, trainLoss: 1, testLoss: 1, testAccuracy: 0 })}\n`,
  ).join('');

/** A training of three epochs, and the epoch that each one began at. */
const training =
  (begun: number[], ends: (folder: string) => E.Either<ProxpropError, Ending>) => (): Trainers => ({
    train: async (_cell, folder: string, tell: (told: Told) => void) => {
      const there = existsSync(join(folder, 'checkpoint.safetensors'));
      begun.push(there ? 2 : 0);
      mkdirSync(folder, { recursive: true });
      for (const epoch of there ? [3] : [1, 2, 3]) {
        writeFileSync(join(folder, 'metrics.jsonl'), metrics(epoch));
        writeFileSync(join(folder, 'checkpoint.safetensors'), `epoch ${epoch}`);
        tell({ tag: 'epoch', epoch, note: '' });
        tell({ tag: 'checkpoint', epoch });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const ended = ends(folder);
      if (E.isRight(ended)) writeFileSync(join(folder, 'ending.json'), JSON.stringify(ended.right));
      return ended;
    },
    close: () => Promise.resolve(),
  });

const done = (): E.Either<ProxpropError, Ending> => E.right({ outcome: 'done', reason: '' });

describe('one cell on a worker', () => {
  const folder = testFolder();
  const benchOn = (store: Store, trainers: () => Trainers): Bench => ({
    store,
    find: finderOn({ data: undefined, modules: [], store, scratch: folder.at('scratch') }),
    pools: poolsOf(trainers),
    backend: 'cpu',
    threads: 1,
    scratch: folder.at('scratch'),
  });
  const never = new AbortController().signal;
  const train = (bench: Bench, stop: AbortSignal = never, resumed: () => void = () => undefined) =>
    trainJob(bench, id, job, { resumed, epoch: () => undefined }, stop);

  it('is sent with its parameters, and its progress is gone', async () => {
    const store = memory();
    const begun: number[] = [];
    expect(await train(benchOn(store, training(begun, done)))).toEqual({
      outcome: 'done',
      loss: 1,
      parameters: 'kept',
    });
    expect([...(await store.names())].sort()).toEqual([`parameters-${id}`, `result-${id}`]);
    const sent = filesIn('x', (await store.get(`parameters-${id}`)) ?? new Uint8Array(0), [
      'checkpoint.safetensors',
    ]);
    expect(String(sent.get('checkpoint.safetensors'))).toBe('epoch 3');
    expect(readdirSync(folder.at('scratch'))).toEqual([]);
    // Its word was lost: another worker finds it, and trains nothing.
    expect(await train(benchOn(store, training(begun, done)))).toMatchObject({
      outcome: 'done',
      parameters: 'kept',
    });
    expect(begun).toEqual([0]);
  });

  it('goes on where another left it', async () => {
    const store = memory();
    const files = new Map([
      ['checkpoint.safetensors', Buffer.from('epoch 2')],
      ['metrics.jsonl', Buffer.from(metrics(2))],
    ]);
    await store.put(`progress-${id}`, parcelOf(files));
    const begun: number[] = [];
    let resumptions = 0;
    const resumed = (): void => {
      resumptions += 1;
    };
    await train(benchOn(store, training(begun, done)), never, resumed);
    expect(begun).toEqual([2]);
    await train(benchOn(memory(), training(begun, done)), never, resumed);
    expect([begun, resumptions]).toEqual([[2, 0], 1]);
  });

  it('that diverged has no parameters, and is a result', async () => {
    const store = memory();
    const diverged = (): E.Either<ProxpropError, Ending> =>
      E.right({ outcome: 'diverged', reason: 'not finite' });
    expect(await train(benchOn(store, training([], diverged)))).toEqual({
      outcome: 'diverged',
      loss: null,
      parameters: 'dropped',
    });
    expect(await store.names()).toEqual([`result-${id}`]);
  });

  it('that fails by its disk is the machine’s failure; by its numbers, its own', async () => {
    const full = (at: string) => E.left(error('file', at, 'room', 'ENOSPC'));
    const singular = () => E.left(error('solver', 'link 1', 'a system', 'none'));
    const kinds: readonly (readonly [(at: string) => E.Either<ProxpropError, Ending>, string])[] = [
      [full, 'Error'],
      [singular, 'Fault'],
      [() => E.left(error('file', '/elsewhere', 'a file', 'none')), 'Fault'],
      [() => E.left(error('backend', 'webgpu', 'a device', 'a lost one')), 'Error'],
    ];
    for (const [ends, name] of kinds) {
      const thrown: unknown = await train(benchOn(memory(), training([], ends))).catch((e: unknown) => e);
      expect(thrown).toBeInstanceOf(Error);
      expect(thrown instanceof Unable ? 'Error' : thrown instanceof Error ? thrown.name : '').toBe(name);
    }
  });

  it('that is too large for its store fails as a cell, for it would anywhere', async () => {
    await expect(train(benchOn(memory(20), training([], done)))).rejects.toThrow(/options error at --store/);
  });

  it('ends at an abort', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(train(benchOn(memory(), training([], done)), stop.signal)).rejects.toBeInstanceOf(Stopped);
  });
});

describe('the data of a cell', () => {
  const folder = testFolder();
  const other = spirals({ train: 24, test: 12 });
  const find = (store: Store, of: Job) =>
    attemptTask(() =>
      finderOn({ data: undefined, modules: [], store, scratch: folder.at('s') })(identityOfJob(of), of),
    )();

  it('is that of the machine where it is the same', async () => {
    expect(right(await find(memory(), job)).source).toEqual({ data: '' });
  });

  it('is fetched where it is another, by its checksum', async () => {
    const checksum = checksumOfData(other);
    const store = memory();
    await store.put(`data-${checksum}`, encodeDataset(other));
    expect(right(await find(store, jobWith(checksum))).source).toEqual({
      data: '',
      dataset: folder.at(`s/data-${checksum}`),
    });
  });

  it('is refused where it is nowhere, and where other bytes have its name', async () => {
    const checksum = checksumOfData(other);
    const store = memory();
    const line =
      /^data error at --data: expected the data of the run, SHA-256 [0-9a-f]{12}…, found [0-9a-f]{12}…; in the store: none$/;
    expect(messageOf(await find(store, jobWith(checksum)))).toMatch(line);
    await store.put(`data-${checksum}`, encodeDataset(data));
    expect(messageOf(await find(store, jobWith(checksum)))).toMatch(line);
  });
});

describe('folders of workers', () => {
  const folder = testFolder();

  it('are removed by the next worker where theirs is dead, and left alone where it lives', async () => {
    const living = await scratchIn(folder.at('tmp'));
    const dead = folder.at('tmp/proxprop-worker-dead');
    mkdirSync(dead);
    writeFileSync(join(dead, nameFor('lock', { ...self(), pid: 2 ** 22 + 1 })), '');
    mkdirSync(folder.at('tmp/others'));
    const own = await scratchIn(folder.at('tmp'));
    expect([existsSync(living.folder), existsSync(dead), existsSync(folder.at('tmp/others'))]).toEqual([
      true,
      false,
      true,
    ]);
    await own.remove();
    await living.remove();
    expect(readdirSync(folder.at('tmp'))).toEqual(['others']);
  });
});
