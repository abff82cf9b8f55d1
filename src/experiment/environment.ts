/** Where a run ran, for its report. */
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import * as t from 'io-ts';
import { version_core as tfjs } from '@tensorflow/tfjs-core';
import { orThrow } from '../core';
import { decodeAt, recordOf } from '../registry';
import { parsed, textIfThere } from './files';
import { version } from './version';

/** The environment of a run, by names. Only `started` differs between equal runs. */
export interface Environment {
  readonly [name: string]: string | number;
}

const Written = recordOf(t.union([t.string, t.number]));

/** The name of the file that says where a run took place. */
export const ENVIRONMENT = 'environment.json';

/**
 * Reads the environment that a run wrote down; nothing if there is no such file. It throws a
 * `Fault` if the file cannot be read.
 *
 * @param out the folder of the run
 *
 * @example await environmentIn('runs/quick')
 */
export const environmentIn = async (out: string): Promise<Environment | undefined> => {
  const path = join(out, ENVIRONMENT);
  const text = await textIfThere(path);
  return text === undefined ? undefined : orThrow(decodeAt(path, Written, parsed(path, text)));
};

const GIBIBYTE = 2 ** 30;

/**
 * Describes where a run takes place: versions, system, processor, memory, and the setting that you
 * give. It asks the clock and the system, so it is not pure.
 *
 * @param setting more facts by their names, such as the backend
 *
 * @example environment({ backend: 'wasm', threads: 4 }).backend // 'wasm'
 */
export const environment = (setting: { readonly [name: string]: string | number }): Environment => ({
  started: new Date().toISOString(),
  ...setting,
  proxprop: version(),
  tfjs,
  node: process.version,
  system: `${platform()} ${release()} ${arch()}`,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  'logical cores': cpus().length,
  'memory, GiB': Math.round(totalmem() / GIBIBYTE),
});
