/** Logs of lines over a stream of events: what they hold, how they end, and what is told where they cannot be written. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  adam,
  backprop,
  describe as lineOf,
  dispose,
  Key,
  Log,
  logged,
  Optimizer,
  softmaxCrossEntropy,
  train,
  type TrainOptions,
  Tree,
  type UnloggedEvent,
} from '../../src';
import { testFolder } from '../data/folder';
import { faulty, type Plan } from '../disk/faulty';
import { started } from '../support';
import { optionsOf, type P, plain } from '../train/resume';
import { recordsOf } from './reader';
import { drained, type Event, streamOf, watched } from './stream';

const epoch = (n: number, more: Readonly<Record<string, unknown>> = {}): Event => ({
  tag: 'epoch',
  epoch: n,
  seconds: n / 2,
  trainLoss: 1 / (n + 1),
  ...more,
});
const batch = (n: number, b: number): Event => ({
  tag: 'batch',
  epoch: n,
  batch: b,
  batches: 2,
  loss: n + b / 10,
});

/** Two epochs of two batches. */
const events: readonly Event[] = [
  epoch(0),
  ...[1, 2].flatMap((n) => [batch(n, 1), batch(n, 2), epoch(n)]),
  { tag: 'done', parameters: {} },
];

const unlogged = (told: readonly { readonly tag: string }[]): readonly string[] =>
  told.filter((event): event is UnloggedEvent => event.tag === 'unlogged').map(({ error }) => lineOf(error));

describe('logs of lines', () => {
  const folder = testFolder();
  const read = (name: string): string => readFileSync(folder.at(name), 'utf8');
  const logging = async (given: readonly Event[], ...sinks: readonly Log.Sink[]) =>
    drained(logged(streamOf(given), ...sinks));

  it('hand on the same events, and hold the numbers of those asked for', async () => {
    const matrix = [
      [1, 2],
      [3, 4],
    ];
    const odd = epoch(1, {
      trainLoss: Number.NaN,
      testLoss: -Infinity,
      testAccuracy: null,
      note: 'a, "b"',
      metrics: { test: { top5: 0.5, confusion: matrix } },
      solves: [{ residual: 1 }],
      parameters: { x: 1 },
      late: undefined,
    });
    // Of the event itself no log has them; of what lies in it, all.
    const named = { tag: 1, batches: 2, solves: 3, profile: 4, parameters: 5, state: 6 };
    const all = [odd, batch(1, 1)];
    const own = [epoch(2, { ...named, tag: 'epoch', metrics: { test: named, state: { profile: 7 } } })];
    const told = await logging(
      all,
      Log.jsonLines(folder.at('deep', 'a.jsonl')),
      Log.csv(folder.at('a.csv')),
      Log.jsonLines(folder.at('b.jsonl'), { events: ['epoch', 'batch'] }),
      Log.csv(folder.at('b.csv'), { events: ['batch', 'epoch'], columns: ['epoch', 'loss', 'trainLoss'] }),
      Log.csv(folder.at('c.csv'), { columns: ['epoch', 'metrics.test.confusion.1.0'] }),
    );
    expect(told).toEqual(all);
    const line =
      '{"epoch":1,"seconds":0.5,"trainLoss":null,"testLoss":null,"testAccuracy":null,"note":"a, "b"",' +
      '"metrics":{"test":{"top5":0.5,"confusion":[[1,2],[3,4]]}}}\n';
    expect(read('deep/a.jsonl')).toBe(line.replace('a, "b"', 'a, \\"b\\"'));
    expect(read('b.jsonl')).toBe(`${read('deep/a.jsonl')}{"epoch":1,"batch":1,"loss":1.1}\n`);
    await logging(own, Log.jsonLines(folder.at('own.jsonl')));
    expect(read('own.jsonl')).toBe(
      '{"epoch":2,"seconds":1,"trainLoss":0.3333333333333333,"metrics":{"test":{"tag":1,"batches":2,' +
        '"solves":3,"profile":4,"parameters":5,"state":6},"state":{"profile":7}}}\n',
    );
    const places = ['0.0', '0.1', '1.0', '1.1'].map((at) => `metrics.test.confusion.${at}`).join(',');
    expect(read('a.csv')).toBe(
      `epoch,seconds,trainLoss,testLoss,testAccuracy,metrics.test.top5,${places}\n1,0.5,,,,0.5,1,2,3,4\n`,
    );
    expect(read('b.csv')).toBe('epoch,loss,trainLoss\n1,,\n1,1.1,\n');
    expect(read('c.csv')).toBe('epoch,metrics.test.confusion.1.0\n1,3\n');
  });

  it('tell of no column that may have been to come where a training failed', async () => {
    const failed = { tag: 'failed', parameters: {} };
    const columns = ['epoch', 'loss'];
    const told = await logging(
      [epoch(0), failed],
      Log.csv(folder.at('a.csv'), { events: ['epoch', 'batch'], columns }),
    );
    expect(told).toEqual([epoch(0), failed]);
    expect(read('a.csv')).toBe('epoch,loss\n0,\n');
  });

  it('make no file where there is nothing to log', async () => {
    expect(await logging([batch(1, 1)], Log.csv(folder.at('none', 'a.csv')))).toHaveLength(1);
    expect(existsSync(folder.at('none'))).toBe(false);
  });

  it('are whole at each event, ask for no event too early, and end with their reader', async () => {
    for (const leave of ['break', 'throw'] as const)
      for (let last = 1; last <= events.length; last++) {
        const { stream, asked, closed } = watched(events);
        const [path, board] = [folder.at('a.jsonl'), folder.at('run')];
        rmSync(board, { recursive: true, force: true });
        let seen = 0;
        const reading = async (): Promise<void> => {
          for await (const event of logged(
            stream,
            Log.jsonLines(path, { events: ['epoch', 'batch'] }),
            Log.tensorBoard(board, { clock: () => 1 }),
          )) {
            expect(event).toBe(events[seen++]);
            expect(asked()).toBe(seen);
            if (seen < last) continue;
            if (leave === 'throw') throw new RangeError('mine');
            break;
          }
        };
        if (leave === 'throw') await expect(reading()).rejects.toThrow('mine');
        else await reading();
        expect([seen, asked(), closed()]).toEqual([last, last, true]);
        const lines = Math.min(last, events.length - 1);
        expect(readFileSync(path, 'utf8').match(/^\{.*\}\n/gm)).toHaveLength(lines);
        const [file = ''] = readdirSync(board);
        expect(recordsOf(new Uint8Array(readFileSync(`${board}/${file}`)))).toHaveLength(1 + lines);
      }
  });

  it('hand on what the stream throws, and keep the lines before', async () => {
    const { stream, closed } = watched([epoch(0), epoch(1)], new RangeError('theirs'));
    await expect(drained(logged(stream, Log.csv(folder.at('a.csv'))))).rejects.toThrow('theirs');
    expect(closed()).toBe(true);
    expect(read('a.csv')).toBe('epoch,seconds,trainLoss\n0,0,1\n1,0.5,0.5\n');
  });

  it('tell once of a disk that fails, hand on all events, and leave whole entries', async () => {
    const sinks: readonly (readonly [string, (system: Parameters<typeof Log.csv>[2]) => Log.Sink])[] = [
      ['csv', (system) => Log.csv(folder.at('x', 'file'), {}, system)],
      [
        'json lines',
        (system) => Log.jsonLines(folder.at('x', 'file'), { events: ['epoch', 'batch'] }, system),
      ],
      ['TensorBoard', (system) => Log.tensorBoard(folder.at('x'), { clock: () => 1 }, system)],
    ];
    for (const [name, sink] of sinks) {
      const well = faulty();
      const clear = (): void => {
        rmSync(folder.at('x'), { recursive: true, force: true });
        mkdirSync(folder.at('x'));
      };
      clear();
      await logging(events, sink(well.system));
      const content = (): Uint8Array => {
        const file = readdirSync(folder.at('x')).find((one) => one === 'file' || one.includes('tfevents'));
        return file === undefined ? new Uint8Array(0) : new Uint8Array(readFileSync(folder.at('x', file)));
      };
      const whole = content();
      let [cases, failures] = [0, 0];
      for (let call = 1; call <= well.calls.length; call++)
        for (const short of [false, true]) {
          const plan: Plan = { call, code: 'ENOSPC', lasting: 'once', short };
          clear();
          const told = await logging(events, sink(faulty(plan).system));
          expect(told.filter(({ tag }) => tag !== 'unlogged')).toEqual(events);
          const lines = unlogged(told);
          cases += 1;
          failures += lines.length;
          expect(lines.length).toBeLessThanOrEqual(1);
          for (const line of lines) expect(line).toMatch(/^file error at .*: expected .*, found /);
          const found = content();
          if (lines.length === 0) expect(found).toEqual(whole);
          else {
            // The start of the log, in whole entries.
            expect(found).toEqual(whole.subarray(0, found.length));
            if (name === 'TensorBoard') recordsOf(found);
            else expect(found.at(-1) ?? 0x0a).toBe(0x0a);
          }
        }
      console.log(`${name}: ${cases} failing disks, ${failures} told`);
      expect(failures).toBeGreaterThan(cases / 2);
    }
  });

  it('of a training that goes on are those of one without a stop', async () => {
    await started('wasm');
    const parameters = [...plain.init(Key.key(1))];
    const setting = { method: backprop(), optimizer: adam() };
    const columns = ['epoch', 'batch', 'loss', 'trainLoss', 'testLoss', 'testAccuracy'];
    const sinks = (name: string): readonly Log.Sink[] => [
      Log.csv(folder.at(`${name}.csv`), { events: ['epoch', 'batch'], columns }),
      Log.jsonLines(folder.at(`${name}.jsonl`), { events: ['epoch', 'batch'] }),
    ];
    /** Train; leave after so many events; and the checkpoint of an epoch, copied. */
    const run = async (
      name: string,
      from: P,
      change: Partial<TrainOptions<P>>,
      last: number,
      kept: number,
    ) => {
      let checkpoint: TrainOptions<P>['resume'];
      let held: P = [];
      let seen = 0;
      for await (const event of logged(
        train(plain, softmaxCrossEntropy, optionsOf(setting, from, change)),
        ...sinks(name),
      )) {
        if (event.tag === 'unlogged') throw new RangeError(lineOf(event.error));
        if (event.tag === 'checkpoint' && event.epoch === kept) {
          checkpoint = {
            epoch: event.epoch,
            seconds: event.seconds,
            state: Optimizer.copyState(event.state),
          };
          held = event.parameters.map((part) => Tree.map((leaf) => leaf.clone())(part));
        }
        if (event.tag === 'done') dispose(event.parameters);
        if (++seen === last) break;
      }
      return { checkpoint, held };
    };
    await run('all', parameters, {}, Infinity, 0);
    // Left in the middle of epoch 4; a checkpoint was kept after epoch 2; a line was half written.
    const { checkpoint, held } = await run('part', parameters, {}, 18, 2);
    if (checkpoint === undefined) throw new RangeError('a checkpoint');
    for (const name of ['part.csv', 'part.jsonl']) writeFileSync(folder.at(name), '4,1,0.', { flag: 'a' });
    await run('part', held, { parameters: held, resume: checkpoint }, Infinity, 0);
    expect(read('part.csv')).toBe(read('all.csv'));
    expect(read('all.csv').split('\n')).toHaveLength(1 + 5 + 12 + 1);
    const timeless = (name: string): string => read(name).replace(/"seconds":[^,]*,/g, '');
    expect(timeless('part.jsonl')).toBe(timeless('all.jsonl'));
    dispose(parameters, held, ...Optimizer.momentsOf(checkpoint.state));
  });

  it('go on without half a line of a process that was killed, and begin anew at epoch 0', async () => {
    const olds = { 'a.csv': 'epoch,seconds,trainLoss\n0,0,1\n1,0.', 'a.jsonl': '{"epoch":0}\n{"epoch":1,' };
    for (const [name, old] of Object.entries(olds)) writeFileSync(folder.at(name), old);
    const sinks = [Log.csv(folder.at('a.csv')), Log.jsonLines(folder.at('a.jsonl'))];
    expect(unlogged(await logging([epoch(2)], ...sinks))).toEqual([]);
    const line = '{"epoch":2,"seconds":1,"trainLoss":0.3333333333333333}\n';
    expect(read('a.csv')).toBe('epoch,seconds,trainLoss\n0,0,1\n2,1,0.3333333333333333\n');
    expect(read('a.jsonl')).toBe(`{"epoch":0}\n${line}`);
    // A sink is a value, and may be used again; what was there, of whatever form, is of another training.
    writeFileSync(folder.at('a.csv'), 'other\n1\n');
    expect(unlogged(await logging([epoch(0), epoch(2)], ...sinks))).toEqual([]);
    expect(read('a.csv')).toBe('epoch,seconds,trainLoss\n0,0,1\n2,1,0.3333333333333333\n');
    expect(read('a.jsonl')).toBe(`{"epoch":0,"seconds":0,"trainLoss":1}\n${line}`);
  });

  const cases: readonly (readonly [string, readonly Event[], (at: string) => Log.Sink, string, string?])[] = [
    [
      'a number that comes later',
      [epoch(0), epoch(1, { testLoss: 1 })],
      (at) => Log.csv(at),
      'data error at FILE: expected the columns of the first event (or name them: columns), found testLoss too',
    ],
    [
      'columns that differ',
      [epoch(3, { testLoss: 1 })],
      (at) => Log.csv(at, { columns: ['epoch', 'testLoss'] }),
      'data error at FILE: expected the columns epoch,testLoss, found epoch,seconds',
      'epoch,seconds\n0,0\n',
    ],
    [
      'a column twice',
      [epoch(0)],
      (at) => Log.csv(at, { columns: ['epoch', 'seconds', 'epoch'] }),
      'options error at columns: expected each name once, found epoch twice',
    ],
    [
      'no column',
      [epoch(0)],
      (at) => Log.csv(at, { columns: [] }),
      'options error at columns: expected at least one number, found none',
    ],
    [
      'a column that is no number of its events',
      [epoch(0), epoch(1)],
      (at) => Log.csv(at, { columns: ['epoch', 'trainLos'] }),
      'options error at columns: expected numbers of the events (epoch, seconds, trainLoss), found trainLos',
    ],
    [
      'the same of several kinds of events',
      [epoch(0), batch(1, 1), batch(1, 2), epoch(1)],
      (at) => Log.csv(at, { events: ['epoch', 'batch'], columns: ['epoch', 'loss', 'los'] }),
      'options error at columns: expected numbers of the events (epoch, seconds, trainLoss, batch, loss), found los',
    ],
    [
      'the same where one of the kinds never comes',
      [epoch(0), epoch(1), { tag: 'done', parameters: {} }],
      (at) => Log.csv(at, { events: ['epoch', 'evaluation'], columns: ['epoch', 'los'] }),
      'options error at columns: expected numbers of the events (epoch, seconds, trainLoss), found los',
    ],
    [
      'the same of a stream that has no last event of its own',
      [epoch(0), epoch(1)],
      (at) => Log.csv(at, { events: ['epoch', 'evaluation'], columns: ['epoch', 'los'] }),
      'options error at columns: expected numbers of the events (epoch, seconds, trainLoss), found los',
    ],
    [
      'a training that goes on without a column for its epoch',
      [epoch(2), epoch(3)],
      (at) => Log.csv(at, { columns: ['seconds', 'trainLoss'] }),
      'options error at columns: expected epoch among them, by which FILE goes on (or a new file), found seconds,trainLoss',
      'seconds,trainLoss\n0,1\n0.5,0.5\n1,0.3\n1.5,0.2\n',
    ],
    [
      'lines that are no JSON',
      [epoch(3)],
      (at) => Log.jsonLines(at),
      'data error at FILE:2: expected a line of JSON, found epoch: 1',
      '{"epoch":0}\nepoch: 1\n',
    ],
    [
      'a file that is a folder',
      [epoch(0)],
      (at) => Log.jsonLines(at.slice(0, -'/log'.length)),
      'file error at FOLDER: expected a file that can be read, found a folder',
    ],
    [
      'a clock without a time',
      [epoch(0)],
      (at) => Log.tensorBoard(at, { clock: () => Number.NaN }),
      'options error at clock: expected seconds since 1970, found NaN',
    ],
    [
      'a clock that throws',
      [epoch(0)],
      (at) =>
        Log.tensorBoard(at, {
          clock: () => {
            throw new RangeError('mine');
          },
        }),
      'options error at clock: expected a function that runs on its inputs, found mine',
    ],
    [
      'steps that cannot be counted',
      [{ tag: 'evaluation', epoch: 2, batch: 3, testLoss: 1 }],
      (at) => Log.tensorBoard(at, { clock: () => 1, events: ['evaluation'] }),
      'options error at events: expected `batch` among them, which tell how many batches an epoch has, found none',
    ],
    [
      'a step that is none',
      [{ tag: 'epoch', step: 0.5 }],
      (at) => Log.tensorBoard(at, { clock: () => 1 }),
      'data error at log: expected a step that is a whole number of at least 0, found 0.5',
    ],
  ];
  for (const [name, given, sink, line, old] of cases)
    it(`tell in one line of ${name}`, async () => {
      const path = folder.at('log');
      if (old !== undefined) writeFileSync(path, old);
      const told = await logging(given, sink(path));
      expect(
        unlogged(told).map((found) => found.replaceAll(path, 'FILE').replaceAll(folder.at(), 'FOLDER')),
      ).toEqual([line]);
      expect(told.filter(({ tag }) => tag !== 'unlogged')).toEqual(given);
      // Before the event itself; behind the last only what is known no earlier.
      if (!name.includes('no last event')) expect(told.at(-1)).toEqual(given.at(-1));
      if (old !== undefined) expect(readFileSync(path, 'utf8')).toBe(old);
    });
});
