/** The folder of a run: made anew, or gone on with. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { attemptTask, fail, onDisk, orThrow } from '../core';
import * as Disk from '../disk';
import * as Report from '../report';
import { type Experiment, type ExperimentConfig } from './config';
import { environment, type Environment, ENVIRONMENT, environmentIn } from './environment';
import { textIfThere } from './files';

/** The name of the file that holds the configuration of a run. */
export const CONFIG = 'config.json';

/**
 * The backend and the threads of a run, and how many trainings that are compared share these threads
 * (default 1). All of it stays when the run resumes.
 */
export interface RunSetting {
  readonly backend: string;
  readonly threads: number;
  readonly workers?: number;
}

/** The setting as a run writes it down: seconds of trainings that share the threads are other seconds. */
const writtenOf = ({ backend, threads, workers = 1 }: RunSetting) => ({
  backend,
  threads,
  ...(workers > 1 ? { workers } : {}),
});

/** A run goes on with what it began with: otherwise its cells could not be compared. */
const checkSetting = (before: Environment, setting: RunSetting): void => {
  const began: Environment = { workers: 1, ...before };
  const now: Environment = { workers: 1, ...setting };
  for (const key of ['backend', 'threads', 'workers'] as const)
    if (began[key] !== now[key])
      fail('options', `--${key}`, `${began[key] ?? 'none'}, with which the run began`, `${now[key]}`);
};

const isEmpty = (folder: string): Promise<boolean> =>
  onDisk(
    folder,
    'a folder that can be read',
    async () => !existsSync(folder) || (await readdir(folder)).every(Disk.isPassing),
  );

/** What has to hold before anything is written. */
const checkFolder = async (out: string, text: string, resume: boolean): Promise<string | undefined> => {
  const path = join(out, CONFIG);
  const there = await textIfThere(path);
  if (resume && there !== undefined && there !== text)
    fail('options', path, 'the configuration that is to be gone on with', 'another one');
  if (!resume && !(await isEmpty(out)))
    fail('options', '--out', 'a new folder, or --resume', `${out}, which has files`);
  return there;
};

const begin = async (
  out: string,
  text: string,
  setting: RunSetting,
  there: string | undefined,
): Promise<void> => {
  const before = there === undefined ? undefined : await environmentIn(out);
  if (before !== undefined) {
    checkSetting(before, setting);
    return;
  }
  orThrow(
    await Report.writeFiles(out, {
      [CONFIG]: text,
      [ENVIRONMENT]: `${JSON.stringify(environment(writtenOf(setting)), null, 2)}\n`,
    })(),
  );
};

/** The configuration as it is kept: modules are found from the folder of the run. */
const keptIn = (out: string, { path, config }: Experiment): ExperimentConfig => {
  if (config.modules === undefined) return config;
  const found = (name: string): string =>
    relative(resolve(out), resolve(dirname(path), name))
      .split('\\')
      .join('/');
  return { ...config, modules: config.modules.map(found) };
};

/**
 * Begins a run in a new or empty folder, or continues one: the configuration, the backend and the
 * threads have to be the same. It writes `config.json` and `environment.json`, and holds the folder
 * until you call the function that it gives.
 *
 * It fails with `options` for a folder with other files, another configuration or another setting,
 * with `file` if another process holds the folder or it cannot be written.
 *
 * @param out the folder of the run
 * @param experiment its `path` and `config`
 * @param setting the `backend`, the `threads`, and optionally the `workers`
 * @param resume whether to continue what lies there
 *
 * @example
 * const setting = { backend: 'wasm', threads: 4 };
 * const release = orThrow(await openRun('runs/opened', experiment, setting, false)());
 * release();
 */
export const openRun = (out: string, experiment: Experiment, setting: RunSetting, resume: boolean) =>
  attemptTask(async (): Promise<Disk.Release> => {
    const text = `${JSON.stringify(keptIn(out, experiment), null, 2)}\n`;
    const release = orThrow(await Disk.hold(out)());
    try {
      await begin(out, text, setting, await checkFolder(out, text, resume));
      return release;
    } catch (thrown) {
      release();
      throw thrown;
    }
  });
