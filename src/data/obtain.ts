/** Datasets brought from where they are published, as far as they are missing. */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, onDisk, orThrow, type ProxpropError } from '../core';
import { hold } from '../disk';
import { download, type DownloadOptions, type RemoteFile } from './download';
import { type DatasetName, officialSources } from './official';
import { findFile, findPart, findPlace, type Whereabouts } from './places';
import { type Published } from './source';
import { beside, tar, unpack } from './unpack';

const fetched = async (file: RemoteFile, folder: string, options: DownloadOptions): Promise<string> =>
  orThrow(await download(file, folder, options)());

const fromArchive = async (
  archive: RemoteFile,
  names: readonly string[],
  folder: string,
  options: DownloadOptions,
): Promise<void> => {
  // Of two that unpack into one folder, each would clear away what the other writes.
  const release = orThrow(await hold(beside(folder))());
  try {
    // Before a download that takes minutes.
    await tar(archive.name);
    const path = await fetched(archive, dirname(folder), options);
    await unpack(path, names, folder);
    await onDisk(path, 'a file that can be removed', () => rm(path));
  } finally {
    release();
    await rm(beside(folder), { recursive: true, force: true });
  }
};

/**
 * Does what `obtain` does with a source of your own, such as a mirror or another dataset. It fails
 * as `download` does, and with `data` for an archive that cannot be unpacked.
 *
 * @param published where the files are looked for (`whereabouts`, `subfolder`), and what is
 *   `published` where
 * @param folder the folder of datasets
 * @param options as of `download`
 *
 * @example
 * const mirror = { ...archive, url: 'https://mirror.example/cifar-10.tar.gz' };
 * obtainFrom({ ...officialSources['cifar-10'], published: mirror }, 'data')
 */
export const obtainFrom = (
  { whereabouts, subfolder, published }: Published,
  folder: string,
  options: DownloadOptions = {},
): TE.TaskEither<ProxpropError, string> =>
  attemptTask(async () => {
    const place = findPlace(folder, whereabouts);
    if (place !== undefined) return place.folder;
    const [layout] = whereabouts.layouts;
    if (layout === undefined) return fail('options', 'whereabouts', 'a layout', 'none');
    const started: Whereabouts = { ...whereabouts, layouts: [layout] };
    const target = findPart(folder, started)?.folder ?? join(folder, subfolder);
    if ('url' in published) await fromArchive(published, layout.names, target, options);
    else
      for (const [i, name] of layout.names.entries()) {
        const file = published[i] ?? fail('options', 'published', `a file for ${name}`, 'none');
        if (findFile(target, name) === undefined) await fetched(file, target, options);
      }
    return target;
  });

/**
 * Gives the folder with the files of a dataset, for its reader, and downloads what is missing.
 *
 * If the files lie in `folder` or in a folder below it already, even as a subset, it neither checks
 * nor replaces them. Otherwise it downloads them from the official address into a folder below with
 * the name of the dataset, and checks their checksums in `officialSources`. CIFAR-10 is an archive
 * of 170 MB, which it removes after unpacking.
 *
 * It fails as `download` does, and with `data` for an archive that cannot be unpacked.
 *
 * @param name the name of the dataset, such as `fashion-mnist`
 * @param folder the folder of datasets
 * @param options as of `download`
 *
 * @example pipe(obtain('cifar-10', 'data'), TE.chain((folder) => cifar10(folder, 'image')))
 */
export const obtain = (
  name: DatasetName,
  folder: string,
  options: DownloadOptions = {},
): TE.TaskEither<ProxpropError, string> => obtainFrom(officialSources[name], folder, options);
