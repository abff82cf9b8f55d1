/** Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 28×28 grey images of ten kinds of clothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attempt, fail, orThrow, type ProxpropError } from '../core';
import { type Dataset, type Split } from './dataset';
import { type Idx, readIdx } from './idx';

const SIDE = 28;
const CLASSES = 10;

interface File {
  readonly path: string;
  readonly idx: Idx;
}

/** The official name, or the same with `.gz`, whichever is there. */
const locate = (folder: string, name: string): string => {
  const plain = join(folder, name);
  return existsSync(plain) ? plain : `${plain}.gz`;
};

const read = async (folder: string, name: string): Promise<E.Either<ProxpropError, File>> => {
  const path = locate(folder, name);
  const idx = await readIdx(path)();
  return E.isLeft(idx) ? idx : E.right({ path, idx: idx.right });
};

const checked = (images: File, labels: File): number => {
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

/** data / scale; a loop, as `Float32Array.from` with a function takes half a second for six million pixels. */
const scaled = (data: Uint8Array, scale: number): Float32Array => {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = (data[i] ?? 0) / scale;
  return out;
};

const split = (images: File, labels: File, scale: number): Split => ({
  images: scaled(images.idx.data, scale),
  labels: Int32Array.from(labels.idx.data),
  count: checked(images, labels),
});

/**
 * Read the four official files from a folder, plain or gzipped; pixels are divided by the largest of the
 * training images. Images come flat, as [784]. Left: a file that is missing (`file`) or malformed (`data`).
 *
 * @example await fashionMnist('examples/data/fashion-mnist')()
 */
export const fashionMnist =
  (folder: string): TE.TaskEither<ProxpropError, Dataset> =>
  async () => {
    const files = await Promise.all(
      [
        'train-images-idx3-ubyte',
        'train-labels-idx1-ubyte',
        't10k-images-idx3-ubyte',
        't10k-labels-idx1-ubyte',
      ].map((name) => read(folder, name)),
    );
    return attempt(() => {
      const [trainImages, trainLabels, testImages, testLabels] = files.map(orThrow);
      if (!trainImages || !trainLabels || !testImages || !testLabels)
        return fail('data', folder, 'four files', 'fewer');
      const largest = trainImages.idx.data.reduce((a, b) => Math.max(a, b), 0);
      if (largest === 0) fail('data', trainImages.path, 'images that are not all black', 'only zeros');
      return {
        name: 'Fashion-MNIST',
        shape: [SIDE * SIDE],
        classes: CLASSES,
        train: split(trainImages, trainLabels, largest),
        test: split(testImages, testLabels, largest),
      };
    });
  };
