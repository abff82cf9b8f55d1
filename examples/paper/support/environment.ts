/** Where a run ran, for its report. */
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { version as proxprop } from '../../../package.json';
import { version as tfjs } from '@tensorflow/tfjs-core/package.json';

export interface Environment {
  /** The only field that differs between equal runs. */
  readonly started: string;
  readonly [name: string]: string | number;
}

const GIBIBYTE = 2 ** 30;

export const environment = (setting: { readonly [name: string]: string | number }): Environment => ({
  started: new Date().toISOString(),
  ...setting,
  proxprop,
  tfjs,
  node: process.version,
  system: `${platform()} ${release()} ${arch()}`,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  'logical cores': cpus().length,
  'memory, GiB': Math.round(totalmem() / GIBIBYTE),
});
