/** Folders of PNG images as examples, read as they are needed. */
import { type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, compareTexts, fail, onDisk, orThrow, type ProxpropError, short, sizeOf } from '../core';
import { type ExampleSource } from '../example';
import { readBytes } from './bytes';
import { CHANNELS, type Channels, type Decode, decodeOf, sizeIn } from './png';

/** Options of `pngFolder`. */
export interface PngOptions {
  /**
   * The channels of an image: 3, red, green and blue; 1, grey,
   * (299·red + 587·green + 114·blue)/1000; 4, with alpha. Default 3.
   */
  readonly channels?: Channels;
}

/** The images of a folder. */
export interface PngFolder {
  /** Images [height, width, channels] in [0, 1], and classes. */
  readonly examples: ExampleSource;
  /** The names of the folders, in the order of their class indices. */
  readonly classes: readonly string[];
  /** The path of each example. */
  readonly files: readonly string[];
}

/** What lies in a folder, but for what is hidden, in the order of the names. */
const entriesOf = async (folder: string): Promise<readonly Dirent[]> => {
  const entries = await onDisk(folder, 'a folder that can be read', () =>
    readdir(folder, { withFileTypes: true }),
  );
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => compareTexts(a.name, b.name));
};

/**
 * Lists the folders in a folder, and the links to folders. It throws a `file` `Fault` for a link
 * that leads nowhere.
 */
const foldersIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await entriesOf(folder);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isSymbolicLink()) return entry.isDirectory();
      const path = join(folder, entry.name);
      return (await onDisk(path, 'a link that leads somewhere', () => stat(path))).isDirectory();
    }),
  );
  return entries.filter((_, i) => found[i]).map(({ name }) => name);
};

const imagesIn = async (folder: string): Promise<readonly string[]> =>
  (await entriesOf(folder)).map(({ name }) => name).filter((name) => /\.png$/i.test(name));

const bytesOf = async (path: string): Promise<Uint8Array> => orThrow(await readBytes(path)());

/** How many files are open at once. */
const AT_ONCE = 16;

const source = (
  files: readonly string[],
  labels: Int32Array,
  shape: readonly [number, number, Channels],
  decode: Decode,
): ExampleSource => ({
  shape,
  count: files.length,
  read: async (indices) => {
    const size = sizeOf(shape);
    const inputs = new Uint8Array(indices.length * size);
    for (let from = 0; from < indices.length; from += AT_ONCE)
      await Promise.all(
        Array.from(indices.subarray(from, from + AT_ONCE), async (index, i) => {
          const path = files[index] ?? fail('data', 'pngFolder', 'an image', `none of index ${index}`);
          decode(path, await bytesOf(path), shape, inputs, (from + i) * size);
        }),
      );
    return {
      shape,
      inputs,
      scale: 1 / 255,
      targets: indices.map((i) => labels[i] ?? -1),
      count: indices.length,
    };
  },
});

/**
 * Reads the PNG images in the folders of a folder, or in folders that links in it lead to. Each
 * folder is a class, in the order of their names. All images have the size of the first.
 *
 * An image is read and decoded when a batch needs it, so the folder may be larger than the memory;
 * `inMemory` reads all of them once. Other files, and those whose name begins with a dot, are
 * passed over. Bits beyond eight a channel are dropped. You need the optional package `pngjs`.
 *
 * It fails with `options` for other channels than 1, 3 or 4; with `file` if a folder cannot be
 * read, a link leads nowhere, or the package is missing; with `data` for a folder without classes
 * or a class without images. An image that is malformed, of another size, or not opaque though you
 * do not ask for its alpha, is a `data` error with its path when it is read.
 *
 * @param folder the folder with one folder for each class
 * @param options `channels`, default 3
 *
 * @example
 * const { examples, classes } = orThrow(await pngFolder('digits/train', { channels: 1 })());
 * const all = orThrow(await inMemory(examples)());
 */
export const pngFolder = (
  folder: string,
  { channels = 3 }: PngOptions = {},
): TE.TaskEither<ProxpropError, PngFolder> =>
  attemptTask(async () => {
    if (!CHANNELS.includes(channels))
      fail('options', 'pngFolder.channels', `one of ${CHANNELS.join(', ')}`, short(String(channels)));
    const decode = await decodeOf();
    const classes = await foldersIn(folder);
    if (classes.length === 0) fail('data', folder, 'a folder for each class', 'none');
    const found = await Promise.all(
      classes.map(async (name) => {
        const images = await imagesIn(join(folder, name));
        return images.length > 0
          ? images.map((image) => join(folder, name, image))
          : fail('data', join(folder, name), 'PNG images', 'none');
      }),
    );
    const files = found.flat();
    const first = files[0] ?? fail('data', folder, 'PNG images', 'none');
    const [height, width] = sizeIn(first, await bytesOf(first));
    const labels = Int32Array.from(found.flatMap((images, c) => images.map(() => c)));
    return { examples: source(files, labels, [height, width, channels], decode), classes, files };
  });
