/** What a worker needs to train the cells of a job: its modules and its data, found on this machine or fetched. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { describe, fail, orThrow } from '../core';
import * as Disk from '../disk';
import {
  builtIn,
  checksumOfData,
  entryOf,
  loadData,
  type Registry,
  registryWith,
  type PoolSetting,
  type TrainingConfig,
} from '../experiment';
import { type Job, posedBy, type Posed } from './job';
import { type OwnModule, pathsHere } from './ownModules';
import { type Store } from './store';

/** What there is on a machine. */
export interface Machine {
  /** The folder of the datasets, where there is one. */
  readonly data: string | undefined;
  readonly modules: readonly OwnModule[];
  readonly store: Store;
  /** Of the worker: fetched data lies here. */
  readonly scratch: string;
}

type Source = Pick<PoolSetting, 'data' | 'dataset'>;

const fetched = async ({ store, scratch }: Machine, checksum: string, why: string): Promise<Source> => {
  const bytes = await store.get(`data-${checksum}`);
  const found = bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex');
  if (bytes === undefined || found !== checksum)
    return fail(
      'data',
      '--data',
      `the data of the run, SHA-256 ${checksum.slice(0, 12)}…`,
      `${why}; in the store: none`,
    );
  const dataset = join(scratch, `data-${checksum}`);
  orThrow(await Disk.save(dataset, bytes)());
  return { data: '', dataset };
};

/** The dataset of a configuration on this machine, where it is the very same; else what the store has of it. */
const sourceOf = async (
  machine: Machine,
  registry: Registry,
  { data: config }: TrainingConfig,
  checksum: string,
): Promise<Source> => {
  const { files } = entryOf('data.name', registry.datasets, config.name);
  if (files && machine.data === undefined) return fetched(machine, checksum, 'no folder');
  const folder = machine.data ?? '';
  const read = await loadData(registry, config, folder)();
  if (E.isLeft(read)) return fetched(machine, checksum, describe(read.left));
  const found = checksumOfData(read.right);
  return found === checksum ? { data: folder } : fetched(machine, checksum, `${found.slice(0, 12)}…`);
};

/** Finds the ground of jobs, and remembers their data: reading it takes longer than most cells. */
export const finderOn = (machine: Machine) => {
  const sources = new Map<string, Source>();
  /** A `Fault` for what this machine lacks, and for a job that is none. */
  return async (id: string, job: Job): Promise<Posed & { readonly source: Source }> => {
    const paths = pathsHere(job.modules, machine.modules);
    const registry = orThrow(await registryWith(builtIn, 'job', paths)());
    const posed = orThrow(posedBy(id, job, registry, paths));
    const source = sources.get(job.data) ?? (await sourceOf(machine, registry, posed.config, job.data));
    sources.set(job.data, source);
    return { ...posed, source };
  };
};
