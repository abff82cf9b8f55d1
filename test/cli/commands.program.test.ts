/** Every command as a new user would type it: real processes, on the sources. */
import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit';
import { embeddedData } from '../../examples/support/cli';
import { officialSources } from '../../src';
import { builtIn, nearest } from '../../src/experiment';
import { small } from '../experiment/small';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');
const own = join(root, 'test', 'experiment', 'own');
const program = [...typeScript, join(root, 'cli', 'index.ts')];
const env = { ...process.env, PROXPROP_DATA: '', PROXPROP_TRACE: '' };

/** Processes start TypeScript and two backends each. */
const PATIENCE = 300_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** Without what a GPU's driver says. */
  readonly stderr: string;
}

describe('proxprop', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-cli-'));
    writeFileSync(join(folder, 'small.json'), JSON.stringify({ ...small(), seeds: [1], epochs: 2 }));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const proxprop = (...words: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [...program, ...words], { cwd: folder, env }, (problem, stdout, stderr) => {
        const code = problem === null ? 0 : typeof problem.code === 'number' ? problem.code : -1;
        resolve({ code, stdout, stderr: stderr.trimEnd().replaceAll(folder, 'TMP') });
      });
    });
  const json = async (...words: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await proxprop(...words, '--json');
    expect(code, stderr).toBe(EXIT.fine);
    return JSON.parse(stdout);
  };

  it(
    'demo: a table, a picture, and a configuration that runs',
    async () => {
      const demo = await proxprop('demo');
      expect(demo.code).toBe(EXIT.fine);
      expect(demo.stdout).toMatch(/\| ProxProp exact, Nesterov \|\s+20 \|/);
      expect(readdirSync(join(folder, 'runs', 'demo'))).toEqual(['demo.json', 'loss.png', 'loss.svg']);
      const planned = await json('run', join('runs', 'demo', 'demo.json'), '--dry-run');
      expect(planned).toMatchObject({
        name: 'demo',
        cells: [
          { method: 'backprop, Nesterov', seed: 1, epochs: 20 },
          { method: 'backprop, Adam' },
          { method: 'ProxProp exact, Nesterov' },
        ],
      });
    },
    PATIENCE,
  );

  const runSmall = ['run', 'small.json', '--data', embeddedData, '--threads', '1'] as const;

  it(
    'run, run again, report: one folder',
    async () => {
      const dry = await proxprop(...runSmall, '--dry-run');
      expect(dry.stdout).toContain('5 trainings, 8 epochs, into runs/small; nothing was trained');
      expect(existsSync(join(folder, 'runs', 'small'))).toBe(false);

      const ran = await json(...runSmall);
      expect(ran).toMatchObject({ name: 'small', out: 'runs/small' });
      const summary = readFileSync(join(folder, 'runs', 'small', 'summary.json'), 'utf8');

      const again = await proxprop(...runSmall);
      expect([again.code, again.stderr]).toEqual([
        EXIT.usage,
        'options error at --out: expected a new folder, or --resume, found runs/small, which has files',
      ]);
      // Nothing is left to train.
      expect(await json(...runSmall, '--resume')).toEqual(ran);
      rmSync(join(folder, 'runs', 'small', 'report.md'));
      expect(await json('report', join('runs', 'small'))).toEqual(ran);
      expect(readFileSync(join(folder, 'runs', 'small', 'report.md'), 'utf8')).toContain(
        '## A small experiment',
      );
      expect(readFileSync(join(folder, 'runs', 'small', 'summary.json'), 'utf8')).toBe(summary);
      // As a run before facts of the dataset were kept.
      rmSync(join(folder, 'runs', 'small', 'dataset.json'));
      expect(await json('report', join('runs', 'small'), '--data', embeddedData)).toEqual(ran);
    },
    PATIENCE,
  );

  it(
    'run ends cleanly at Ctrl-C, and goes on',
    async () => {
      const long = { ...small(), name: 'long', seeds: [1], epochs: 4000, tuning: undefined };
      const [method] = small().methods;
      const methods = [{ ...Object(method), vary: {} }];
      writeFileSync(join(folder, 'long.json'), JSON.stringify({ ...long, methods }));
      const words = ['run', 'long.json', '--data', embeddedData, '--threads', '1'];
      const cell = join(folder, 'runs', 'long', 'cells', 'final_0-backprop_seed-1', 'metrics.jsonl');
      const ended = await new Promise<{ readonly code: number | null; readonly stderr: string }>(
        (resolve) => {
          const child = spawn(process.execPath, [...program, ...words], { cwd: folder, env });
          let stderr = '';
          child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
          const timer = setInterval(() => {
            if (!existsSync(cell)) return;
            // Once: a second Ctrl-C ends it at once.
            clearInterval(timer);
            child.kill('SIGINT');
          }, 20);
          child.on('close', (code) => {
            clearInterval(timer);
            resolve({ code, stderr });
          });
        },
      );
      expect(ended.code).toBe(EXIT.interrupted);
      expect(ended.stderr.trimEnd().split('\n').at(-1)).toBe(
        'file error at runs/long: expected a run to its end, found Ctrl-C; what was trained is saved, --resume goes on',
      );
      const lines = readFileSync(cell, 'utf8').trimEnd().split('\n');
      expect(lines.length).toBeLessThan(4001);
      // Nobody holds the folder any more, and what was saved is what it goes on from.
      const report = await proxprop('report', join('runs', 'long'));
      expect([report.code, report.stderr]).toEqual([
        EXIT.failed,
        'file error at runs/long/cells/final_0-backprop_seed-1: expected a training that has ended, found none',
      ]);
    },
    PATIENCE,
  );

  it(
    'run takes a layer, a method, an optimizer and a dataset of a module, and networks that branch',
    async () => {
      const ran = await json('run', join(own, 'own.json'), '--threads', '1');
      expect(ran).toMatchObject({ name: 'own' });
      const text = JSON.stringify(ran);
      for (const row of ['["half","halved 0.2","2",', '["ProxProp","sgd 1","2",'])
        expect(text).toContain(row);
      expect(await json('report', join('runs', 'own'))).toEqual(ran);
    },
    PATIENCE,
  );

  it(
    'laws: what holds, and what does not',
    async () => {
      const fine = await json('laws', join(own, 'own.ts'), '--cases', '3');
      expect(fine).toMatchObject([
        { kind: 'optimizer', name: 'halved', reports: [{ cases: 3 }, { cases: 3 }] },
        { kind: 'layer', name: 'shifted' },
        { kind: 'method', name: 'halfStep', reports: [{ cases: 3 }] },
      ]);
      const broken = await proxprop('laws', join(own, 'broken.ts'), '--cases', '3');
      expect(broken.code).toBe(EXIT.laws);
      expect(broken.stdout).toContain('boasting: law 15 boasting: affine in its parameters');
      expect(broken.stdout).toContain('tripled: law 16 sgd: the published trajectory');
      expect(broken.stderr).toMatch(
        /^layer error at .*broken\.ts: expected every law to hold, found \d that do not$/,
      );
    },
    PATIENCE,
  );

  it(
    'info: versions, backends, threads, relaxed SIMD, names',
    async () => {
      const info = await json('info');
      expect(info).toMatchObject({
        node: process.version,
        layers: builtIn.layers.map(({ name }) => name),
        optimizers: builtIn.optimizers.map(({ name }) => name),
        methods: builtIn.methods.map(({ name }) => name),
        datasets: builtIn.datasets.map(({ name }) => name),
      });
      expect(typeof Reflect.get(Object(info), 'relaxedSimd')).toBe('boolean');
      const backends: unknown = Reflect.get(Object(info), 'backends');
      expect(backends).toContainEqual({ backend: 'cpu', runs: true, threads: 1, simd: false });
      expect(backends).toContainEqual({
        backend: 'webgl',
        runs: false,
        why: 'backend error at webgl: expected a browser (in Node take webgpu, or wasm), found Node',
      });
    },
    PATIENCE,
  );

  it('data get: the folder of what is there', async () => {
    expect(await json('data', 'get', 'fashion-mnist', '--out', embeddedData)).toEqual({
      name: 'fashion-mnist',
      folder: embeddedData,
    });
  });

  const failures: readonly (readonly [readonly string[], number, string])[] = [
    [['run', 'none.json'], EXIT.usage, 'file error at none.json: expected a configuration, such as'],
    [
      ['run', 'small.json', '--data', 'none'],
      EXIT.data,
      'file error at none/train-images-idx3-ubyte.gz: expected a file',
    ],
    [
      ['run', 'small.json', '--workers', '0'],
      EXIT.usage,
      'options error at --workers: expected auto, or a whole',
    ],
    [['report', 'none'], EXIT.usage, 'file error at none/config.json: expected a configuration'],
    [['report', ''], EXIT.usage, 'options error at FOLDER: expected a folder, found an empty text'],
    [
      ['data', 'get', 'letters'],
      EXIT.usage,
      `options error at NAME: expected one of ${nearest('letters', Object.keys(officialSources))}, found letters`,
    ],
    [['laws', ''], EXIT.usage, 'options error at MODULE: expected a file, found an empty text'],
    [
      ['laws', 'none.js'],
      EXIT.usage,
      'file error at none.js: expected a module that can be loaded, found Cannot find',
    ],
    [['data', 'get', 'usps', '--out', 'small.json'], EXIT.failed, 'file error at small.json/usps'],
    [
      ['demo', '--out', 'small.json'],
      EXIT.failed,
      'file error at small.json: expected a place that can be written, found',
    ],
  ];
  it.each(failures)('%j ends with %i', async (words, code, line) => {
    const ended = await proxprop(...words);
    expect(ended.stderr.split('\n')).toHaveLength(1);
    expect(ended.stderr.slice(0, line.length)).toBe(line);
    expect(ended.code).toBe(code);
  });

  const modules: readonly (readonly [string, string, number, string])[] = [
    [
      'waits for what never comes',
      'await new Promise(() => undefined);',
      EXIT.usage,
      'file error at own.mjs: expected a module that can be loaded, found a promise that nothing settles',
    ],
    [
      'ends the process',
      'process.exit(0);',
      EXIT.failed,
      'file error at the process: expected a command that ends, found an end before that: process.exit, or a promise that nothing settles',
    ],
    [
      'throws later',
      `setTimeout(() => { throw new Error('too late'); }, 1); await new Promise((done) => setTimeout(done, 9e3));`,
      EXIT.failed,
      'file error at TMP/own.mjs:1: expected code that does not throw, found too late',
    ],
    [
      'throws at once',
      `throw new TypeError('at once');`,
      EXIT.usage,
      'file error at own.mjs: expected a module that can be loaded, found at once',
    ],
  ];
  it.each(modules)('a module that %s is said to be the one', async (_, code, exit, line) => {
    writeFileSync(join(folder, 'own.mjs'), code);
    const ended = await proxprop('laws', 'own.mjs');
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([exit, '', line]);
  });

  it('report tells malformed files from a run that has not ended', async () => {
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', 'config.json'), JSON.stringify({ ...small(), seeds: [1] }));
    writeFileSync(join(folder, 'broken', 'environment.json'), '{');
    const ended = await proxprop('report', 'broken');
    expect([ended.code, ended.stderr]).toEqual([
      EXIT.data,
      'data error at broken/environment.json: expected JSON, found {',
    ]);
  });

  it('shows the cause on request', async () => {
    const { stderr } = await proxprop('laws', 'none.js', '--trace');
    expect(stderr).toMatch(/^file error at none\.js: .*\ncaused by Error/);
  });
});
