/** A job: all that decides the numbers of a cell, as plain data, and the identity that follows from it. */
import { createHash } from 'node:crypto';
import * as t from 'io-ts';
import { attempt, fail, orThrow } from '../core';
import {
  canonical,
  type Cell,
  closed,
  codecs,
  decodeAt,
  type Decoded,
  listOf,
  oneOf,
  type Registry,
  resolvedCell,
  text,
  that,
  type TrainingConfig,
  wholeFrom,
} from '../experiment';
import { NamedModule } from './ownModules';

/** What a job is on: one library, one backend, one dataset, and the modules that must be there. */
export interface Ground {
  readonly version: string;
  readonly backend: string;
  /** Of the dataset, by `checksumOfData`. */
  readonly data: string;
  readonly modules: readonly NamedModule[];
}

/** The form of jobs: another one is another job. */
const FORM = 1;

const Checksum = that(text, '64 hexadecimal digits', (digits) => /^[0-9a-f]{64}$/.test(digits));

const Job = closed(
  'a job',
  {
    form: t.literal(FORM),
    version: text,
    backend: text,
    data: Checksum,
    modules: listOf(NamedModule, 0),
    /** Whether anyone wants the trained parameters. */
    parameters: oneOf('kept', 'dropped'),
    /** Epochs between checkpoints, which change no number. */
    checkpointEvery: wholeFrom(1),
    /** As of `resolvedCell`: its parts have codecs of their own, which the modules take part in. */
    cell: t.unknown,
  },
  {},
);
export type Job = Decoded<typeof Job>;

/** Characters of a job at most: configurations are a few thousand. */
export const MOST_JOB = 2 ** 18;

/**
 * The identity of a job: the SHA-256 of the resolved configuration of its cell, seed included, of the checksums of data and modules, and of
 * library and backend. What changes no number is left out: names, the place in a grid, threads, checkpoints.
 */
export const identityOfJob = ({ form, version, backend, data, modules, cell }: Job): string =>
  createHash('sha256').update(canonical({ form, version, backend, data, modules, cell })).digest('hex');

/** The job of a cell. A `Fault` `options` for one that is too long to be sent. */
export const jobOf = (
  { version, backend, data, modules }: Ground,
  config: TrainingConfig,
  cell: Cell,
  parameters: Job['parameters'],
): Job => {
  const { modules: _paths, ...resolved } = resolvedCell(config, cell);
  const job: Job = {
    form: FORM,
    version,
    backend,
    data,
    modules: modules.map(({ name, sha256 }) => ({ name, sha256 })),
    parameters,
    checkpointEvery: config.checkpointEvery ?? 1,
    cell: resolved,
  };
  const { length } = JSON.stringify(job);
  return length > MOST_JOB ? fail('options', cell.id, `at most ${MOST_JOB} characters`, `${length}`) : job;
};

/** What came from a queue under a name. Left: `options` where it is no job, is too long, or is not the one of that name. */
export const decodeJob = (id: string, value: unknown) =>
  attempt((): Job => {
    const at = `job ${id.slice(0, 12)}`;
    const { length } = JSON.stringify(value ?? null);
    if (length > MOST_JOB) fail('options', at, `at most ${MOST_JOB} characters`, `${length}`);
    const job = orThrow(decodeAt(at, Job, value));
    return identityOfJob(job) === id ? job : fail('options', at, 'the job of that identity', 'another one');
  });

/** What stands for the names of a configuration, which a job has not. */
const NAMELESS = { kind: 'training', name: 'job', title: 'job', question: 'job' } as const;

/** The cell of a job, and the configuration that it alone would be of. */
export interface Posed {
  readonly config: TrainingConfig;
  readonly cell: Cell;
}

const Parts = closed(
  'a cell',
  {
    data: t.unknown,
    network: t.unknown,
    loss: t.unknown,
    batchSize: t.unknown,
    schedule: t.unknown,
    epochs: wholeFrom(1),
    seed: wholeFrom(0),
  },
  { optimizer: t.unknown },
);

/** What a job asks for, decoded as a configuration is. Left: `options` with the path in the job. */
export const posedBy = (id: string, job: Job, registry: Registry, modules: readonly string[]) =>
  attempt((): Posed => {
    const at = `job ${id.slice(0, 12)}`;
    const { schedule, optimizer, epochs, seed, ...shared } = orThrow(decodeAt(at, Parts, job.cell));
    const method = { name: 'job', schedule, ...(optimizer === undefined ? {} : { optimizer }) };
    const { training, trainer } = codecs(registry);
    const config = orThrow(
      decodeAt(at, training, {
        ...NAMELESS,
        ...shared,
        epochs,
        seeds: [seed],
        methods: [method],
        checkpointEvery: job.checkpointEvery,
        ...(modules.length === 0 ? {} : { modules }),
      }),
    );
    const cell: Cell = {
      id,
      stage: 'final',
      method: 0,
      trainer: orThrow(decodeAt(at, trainer, method)),
      choice: [],
      seed,
      epochs,
    };
    return { config, cell };
  });

const Returned = closed(
  'a result',
  {
    outcome: oneOf('done', 'diverged'),
    loss: t.union([t.number, t.null]),
    parameters: oneOf('kept', 'dropped'),
  },
  {},
);
/** What a finished job says of itself; the result lies in the store. */
export type Returned = Decoded<typeof Returned>;

export const decodeReturned = (id: string, value: unknown) =>
  decodeAt(`job ${id.slice(0, 12)}`, Returned, value);
