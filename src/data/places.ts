/** The places of a dataset's files: a folder, or one below it that has the dataset's name. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../core';

/**
 * The files that make up a dataset. Each may be stored under its name, or gzipped with `.gz` after
 * it.
 */
export interface Layout {
  /** The names of the files, in the order in which they are read. */
  readonly names: readonly string[];
  /** The names as a message shows them. */
  readonly words: string;
  /** What was read when these were: the dataset's `origin`. */
  readonly origin: string;
}

/** The folders and the layouts in which a dataset is looked for, the preferred ones first. */
export interface Whereabouts {
  /** Folders below the one that is named. */
  readonly subfolders: readonly string[];
  /** The sets of files that make up the dataset. */
  readonly layouts: readonly Layout[];
}

/**
 * A folder that holds a layout, with the path of each of its files, in the order of their names.
 */
export interface DataFolder {
  readonly folder: string;
  readonly layout: Layout;
  readonly paths: readonly string[];
}

/** The file of that name, or the same with `.gz`, if either is there. */
export const findFile = (folder: string, name: string): string | undefined =>
  [join(folder, name), join(folder, `${name}.gz`)].find((path) => existsSync(path));

/** Each layout in each place, with those of its files that are there: places first. */
const candidates = (folder: string, { subfolders, layouts }: Whereabouts): readonly DataFolder[] =>
  [folder, ...subfolders.map((name) => join(folder, name))].flatMap((place) =>
    layouts.map((layout) => ({
      folder: place,
      layout,
      paths: layout.names.map((name) => findFile(place, name)).filter((path) => path !== undefined),
    })),
  );

const whole = ({ layout, paths }: DataFolder): boolean => paths.length === layout.names.length;

/** The first place that holds a layout with all of its files. */
export const findPlace = (folder: string, whereabouts: Whereabouts): DataFolder | undefined =>
  candidates(folder, whereabouts).find(whole);

/** The first place that holds some of the files of a layout. */
export const findPart = (folder: string, whereabouts: Whereabouts): DataFolder | undefined =>
  candidates(folder, whereabouts).find(({ paths }) => paths.length > 0);

/** What was found instead of a whole layout. */
const foundInstead = (folder: string, whereabouts: Whereabouts): string => {
  if (!existsSync(folder)) return 'no such folder';
  const part = findPart(folder, whereabouts);
  if (part === undefined) return 'none of them';
  const missing = part.layout.names.filter((name) => findFile(part.folder, name) === undefined);
  return `${part.paths[0] ?? ''} without ${missing.join(', ')}`;
};

/** The same as `findPlace`; a `Fault` `file` that says what was looked for where there is none. */
export const dataFolderAt = (folder: string, whereabouts: Whereabouts): DataFolder => {
  const place = findPlace(folder, whereabouts);
  if (place !== undefined) return place;
  const names = whereabouts.layouts.map(({ words }) => words).join(', or ');
  const expected = `${names} (plain or .gz), there or in ${whereabouts.subfolders.join(' or ')}`;
  return fail('file', folder, expected, foundInstead(folder, whereabouts));
};
