/** The version of the package that this file belongs to. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as t from 'io-ts';

const Package = t.type({ name: t.string, version: t.string });

/** The version in the first package.json at a folder or above it that is this package's. */
const versionAbove = (folder: string): string => {
  const path = join(folder, 'package.json');
  if (existsSync(path)) {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Package.is(found) && found.name === 'proxprop') return found.version;
  }
  const above = dirname(folder);
  return above === folder ? 'unknown' : versionAbove(above);
};

/**
 * Gives the version of the library, as its package.json has it.
 *
 * @example version()
 */
export const version = (): string => versionAbove(__dirname);
