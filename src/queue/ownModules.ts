/**
 * Modules of one's own on other machines: a queue carries their names and checksums, never their code. A worker runs those that its own
 * command line names, where they are the very same files.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { fail } from '../core';
import * as Disk from '../disk';
import { closed, type Decoded, text } from '../experiment';

export const NamedModule = closed('a module', { name: text, sha256: text }, {});
export type NamedModule = Decoded<typeof NamedModule>;

/** A module of this machine. */
export interface OwnModule extends NamedModule {
  readonly path: string;
}

/** The file alone: what it imports is not part of its checksum. Throws a `Fault` `file` where it cannot be read. */
const moduleAt = async (path: string): Promise<OwnModule> => ({
  path,
  name: basename(path),
  sha256: createHash('sha256')
    .update(await Disk.readWhole(path))
    .digest('hex'),
});

/** Modules by their paths. */
export const modulesAt = (paths: readonly string[]): Promise<readonly OwnModule[]> =>
  Promise.all(paths.map((path) => moduleAt(resolve(path))));

/** Those that a configuration names, beside its file. */
export const modulesOf = (file: string, names: readonly string[]): Promise<readonly OwnModule[]> =>
  modulesAt(names.map((name) => resolve(dirname(file), name)));

/** The paths of the same modules here. A `Fault` `options` for one that is not here, or is another. */
export const pathsHere = (asked: readonly NamedModule[], here: readonly OwnModule[]): readonly string[] =>
  asked.map(({ name, sha256 }) => {
    const same = here.filter((one) => one.name === name);
    const found = same.find((one) => one.sha256 === sha256);
    return (
      found?.path ??
      fail(
        'options',
        '--module',
        `the module ${name} with the SHA-256 ${sha256.slice(0, 12)}…`,
        same[0] === undefined ? 'none of that name' : `one with ${same[0].sha256.slice(0, 12)}…`,
      )
    );
  });
