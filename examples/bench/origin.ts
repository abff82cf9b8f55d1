/** Where and when figures were measured. */
import { cpus } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { fail } from '../../src';

const Package = t.type({ version: t.string });

const version = (): string => {
  const decoded = Package.decode(
    JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')),
  );
  return E.isRight(decoded) ? decoded.right.version : fail('file', 'package.json', 'a version', 'none');
};

export const today = (): string => new Date().toISOString().slice(0, 10);

/** The processor, and with how many threads it computed. */
export const machineOf = (threads: number): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${threads === 1 ? '1 thread' : `${threads} threads`}`;

export const originOf = (threads: number) => ({
  version: version(),
  date: today(),
  machine: `${machineOf(threads)}, Node ${process.versions.node.split('.')[0] ?? ''}`,
});
