/**
 * Datasets in the four files of MNIST: 28×28 grey images and their labels, for training and for
 * tests.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attempt, fail, orThrow, type ProxpropError } from '../core';
import { type Dataset, type Split } from './dataset';
import { type Idx, readIdx } from './idx';
import { findFile, findPlace, type Whereabouts } from './places';
import { type OfficialDataset } from './source';

const SIDE = 28;
const CLASSES = 10;
const OFFICIAL_TRAIN = 60_000;
const OFFICIAL_TEST = 10_000;

export const idxNames = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

interface File {
  readonly path: string;
  readonly idx: Idx;
}

/** The places of the four files of a dataset: a folder, or `subfolder` below it. */
export const idxFiles = (subfolder: string): Whereabouts => ({
  subfolders: [subfolder],
  layouts: [
    {
      names: idxNames,
      words: 'train-images-idx3-ubyte … t10k-labels-idx1-ubyte',
      origin: 'the four official files',
    },
  ],
});

const read = async (folder: string, name: string): Promise<E.Either<ProxpropError, File>> => {
  const path = findFile(folder, name) ?? join(folder, `${name}.gz`);
  const idx = await readIdx(path)();
  return E.isLeft(idx) ? idx : E.right({ path, idx: idx.right });
};

const checkedCount = (images: File, labels: File): number => {
  const [count = 0, height, width] = images.idx.shape;
  if (images.idx.shape.length !== 3 || height !== SIDE || width !== SIDE)
    fail('data', images.path, `images [count, ${SIDE}, ${SIDE}]`, `[${images.idx.shape.join(', ')}]`);
  if (labels.idx.shape.length !== 1)
    fail('data', labels.path, 'labels [count]', `[${labels.idx.shape.join(', ')}]`);
  if (labels.idx.shape[0] !== count)
    fail('data', labels.path, `${count} labels, as many as images`, `${labels.idx.shape[0] ?? 0}`);
  const bad = labels.idx.data.findIndex((label) => label >= CLASSES);
  if (bad >= 0)
    fail('data', `${labels.path}[${bad}]`, `a label in 0 … ${CLASSES - 1}`, `${labels.idx.data[bad] ?? ''}`);
  return count;
};

const largestPixel = ({ idx }: File): number => idx.data.reduce((a, b) => Math.max(a, b), 0);

const split = (images: File, labels: File, largest: number): Split => ({
  count: checkedCount(images, labels),
  images: images.idx.data,
  scale: 1 / largest,
  labels: Int32Array.from(labels.idx.data),
});

/**
 * The origin of the files. Any files of the format can have the official names, as the subset does
 * that comes with the repository.
 */
const originOf = (name: string, train: Split, test: Split): string =>
  train.count === OFFICIAL_TRAIN && test.count === OFFICIAL_TEST
    ? 'the four official files'
    : `four files in ${name}'s format, a subset`;

/** The reader of a dataset in this format, of that name. */
export const idxDataset =
  (name: string, files: Whereabouts) =>
  (folder: string): TE.TaskEither<ProxpropError, Dataset> =>
  async () => {
    // Where no place has all four, the first that is missing in the folder itself is what the error names.
    const place = findPlace(folder, files)?.folder ?? folder;
    const found = await Promise.all(idxNames.map((file) => read(place, file)));
    return attempt(() => {
      const [trainImages, trainLabels, testImages, testLabels] = found.map(orThrow);
      if (!trainImages || !trainLabels || !testImages || !testLabels)
        return fail('data', folder, 'four files', 'fewer');
      // Of both: values above 1 would not be what a dataset promises.
      const [largest = 0, ofTests = 0] = [trainImages, testImages].map(largestPixel);
      if (largest === 0) fail('data', trainImages.path, 'images that are not all black', 'only zeros');
      const most = Math.max(largest, ofTests);
      const train = split(trainImages, trainLabels, most);
      const test = split(testImages, testLabels, most);
      return {
        name,
        origin: originOf(name, train, test),
        shape: [SIDE * SIDE],
        classes: CLASSES,
        train,
        test,
      };
    });
  };

/** Bytes and MD5 sum of a file. */
type Known = readonly [bytes: number, md5: string];

/** A dataset in this format, published file by file at an address, in the order of `idxNames`. */
export const idxOfficial = (
  read: ReturnType<typeof idxDataset>,
  at: string,
  subfolder: string,
  whereabouts: Whereabouts,
  known: Readonly<Record<(typeof idxNames)[number], Known>>,
): OfficialDataset => ({
  source: {
    whereabouts,
    subfolder,
    published: idxNames.map((name) => {
      const [bytes, md5] = known[name];
      return { name: `${name}.gz`, url: `${at}/${name}.gz`, bytes, md5 };
    }),
  },
  choices: {},
  shape: () => [SIDE * SIDE],
  read: (folder) => read(folder),
});
