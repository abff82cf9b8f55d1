/** Experiments as processes: what they leave, and that a run killed in its middle ends in the same bytes. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as E from 'fp-ts/Either';
import { error } from '../../src';
import { right } from '../support';
import {
  builtIn,
  type ExperimentConfig,
  loadData,
  openRun,
  readExperiment,
  type RunSetting,
} from '../../src/experiment';
import { embeddedData } from '../../examples/support/cli';
import { contentOf } from './content';
import { small } from './small';
import { typeScript } from '../starts';

/** Processes start TypeScript and two backends each, some seconds on a machine that does nothing else. */
const PATIENCE = 300_000;

const root = join(__dirname, '..', '..');

const argumentsOf = (config: string, out: string, more: readonly string[]): readonly string[] => [
  ...typeScript,
  join('examples', 'paper', 'run.ts'),
  config,
  '--data',
  embeddedData,
  '--out',
  out,
  '--threads',
  '1',
  ...more,
];

const run = (
  config: string,
  out: string,
  more: readonly string[] = [],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, argumentsOf(config, out, more), { cwd: root }, (problem, stdout, stderr) => {
      const code = problem === null ? 0 : typeof problem.code === 'number' ? problem.code : -1;
      resolve({ code, stdout, stderr: stderr.trim() });
    });
  });

/** Kill a run, without a chance to tidy up, as soon as something is there. */
const killedWhen = (config: string, out: string, there: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, argumentsOf(config, out, []), { cwd: root });
    const timer = setInterval(() => {
      if (there()) child.kill('SIGKILL');
    }, 5);
    child.on('exit', (_code, signal) => {
      clearInterval(timer);
      if (signal === 'SIGKILL') resolve();
      else reject(new Error('it ended before it could be killed'));
    });
  });

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

describe('an experiment', () => {
  let folder = '';
  let config = '';
  const whole = (): string => join(folder, 'whole');
  const text = JSON.stringify(small());
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-paper-'));
    config = join(folder, 'small.json');
    writeFileSync(config, text);
    const ended = await run(config, whole());
    expect(ended.stderr).toBe('small: 2 of 2 trainings ended\nsmall: 6 of 6 trainings ended');
    expect(ended.code).toBe(0);
  }, PATIENCE);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const openedAgain = async (
    resume: boolean,
    change: (own: ExperimentConfig) => ExperimentConfig,
    setting: RunSetting = { backend: 'wasm', threads: 1 },
  ) => {
    const read = await readExperiment(config)();
    return E.isLeft(read)
      ? read
      : openRun(whole(), { ...read.right, config: change(read.right.config) }, setting, resume)();
  };
  const same = (own: ExperimentConfig): ExperimentConfig => own;

  it('leaves its configuration, metrics, checkpoints, report and plots', () => {
    expect(filesIn(whole()).filter((name) => !name.startsWith('cells'))).toEqual([
      'config.json',
      'dataset.json',
      'environment.json',
      'metrics.csv',
      'report.html',
      'report.md',
      'small-curves.png',
      'small-curves.svg',
      'summary.json',
    ]);
    expect(filesIn(join(whole(), 'cells', 'final_1-ProxProp_seed-2'))).toEqual([
      'checkpoint.safetensors',
      'ending.json',
      'metrics.jsonl',
    ]);
  });

  it('shows a cell that diverged as one', () => {
    const ending: unknown = JSON.parse(
      readFileSync(join(whole(), 'cells', 'tuning_0-backprop_rate-1e+30_seed-7', 'ending.json'), 'utf8'),
    );
    expect(ending).toMatchObject({ outcome: 'diverged' });
    expect(readFileSync(join(whole(), 'report.md'), 'utf8')).toContain('diverged');
  });

  it.each([
    ['between two epochs', 'final_1-ProxProp_seed-1/checkpoint.safetensors'],
    ['in a method without checkpoints', 'final_2-block-coordinate-descent_seed-2/metrics.jsonl'],
  ])(
    'killed %s, goes on to the same files',
    async (_name, file) => {
      const out = mkdtempSync(join(folder, 'killed-'));
      rmSync(out, { recursive: true });
      await killedWhen(config, out, () => existsSync(join(out, 'cells', ...file.split('/'))));
      expect(existsSync(join(out, 'report.html'))).toBe(false);
      const ended = await run(config, out, ['--resume']);
      expect(ended.code).toBe(0);
      expect(filesIn(out)).toEqual(filesIn(whole()));
      for (const name of filesIn(out)) expect(contentOf(out, name), name).toBe(contentOf(whole(), name));
    },
    PATIENCE,
  );

  it('is gone on with in its own folder, under its own configuration', async () => {
    right(await openedAgain(true, same))();
    expect(await openedAgain(false, same)).toEqual(
      E.left(error('options', '--out', 'a new folder, or --resume', `${whole()}, which has files`)),
    );
    const path = join(whole(), 'config.json');
    expect(await openedAgain(true, (own) => ({ ...own, title: 'Another' }))).toEqual(
      E.left(error('options', path, 'the configuration that is to be gone on with', 'another one')),
    );
    expect(await openedAgain(true, same, { backend: 'cpu', threads: 1 })).toEqual(
      E.left(error('options', '--backend', 'wasm, with which the run began', 'cpu')),
    );
    // Seconds of trainings that share the threads are other seconds.
    expect(await openedAgain(true, same, { backend: 'wasm', threads: 1, workers: 2 })).toEqual(
      E.left(error('options', '--workers', '1, with which the run began', '2')),
    );
  });

  it('says in one line what keeps it from beginning', async () => {
    const none = await run('', join(folder, 'none'));
    expect([none.code, none.stderr]).toEqual([
      2,
      'options error at CONFIG: expected a file, found an empty text',
    ]);
    const many = { ...small().data, train: 900_000 };
    expect(await loadData(builtIn, many, embeddedData)()).toEqual(
      E.left(error('options', 'train', 'at most 8000 examples of Fashion-MNIST', '900000')),
    );
  });
});
