/** CIFAR-10 (Krizhevsky 2009): 32×32 colour images of ten kinds of things. */
import type * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../core';
import {
  type ImageLayout,
  layoutChoice,
  cifarLayout,
  readCifar,
  type RecordFormat,
  cifarShape,
} from './cifar';
import { type Dataset } from './dataset';
import { type Layout, type Whereabouts } from './places';
import { type OfficialDataset } from './source';

/** In each of the official files. */
const OFFICIAL_RECORDS = 10_000;

const official: Layout = {
  names: [...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), 'test_batch.bin'],
  words: 'data_batch_1.bin … data_batch_5.bin and test_batch.bin',
  origin: 'the six official files',
};

const subset: Layout = {
  names: ['train.bin', 'test.bin'],
  words: 'train.bin and test.bin',
  origin: "train.bin and test.bin, a subset in CIFAR-10's binary format",
};

/** The places of the files of CIFAR-10. The test file is the last of each layout. */
export const cifar10Files: Whereabouts = {
  subfolders: ['cifar-10', 'cifar-10-batches-bin'],
  layouts: [official, subset],
};

const label = { at: 0, classes: 10 };

const format: RecordFormat = {
  name: 'CIFAR-10',
  labels: [label],
  recordsIn: (layout) => (layout === official ? OFFICIAL_RECORDS : undefined),
};

/**
 * Reads CIFAR-10: 32×32 colour images of ten classes, divided by the largest pixel of all images.
 *
 * It reads the six official binary files, or a subset as `train.bin` and `test.bin` with any number
 * of records, plain or gzipped, from `folder`, or from `cifar-10` or `cifar-10-batches-bin` in it.
 * It fails with `file` for a missing file, with `data` for a malformed one, and with `memory` if
 * they are too large.
 *
 * @param folder the folder of datasets
 * @param layout 'flat': images [3072] in the file's order, red, green, then blue; 'image':
 *   [32, 32, 3], channels last
 *
 * @example await cifar10('data', 'image')() // shape [32, 32, 3], 50,000 training images
 */
export const cifar10 = (folder: string, layout: ImageLayout): TE.TaskEither<ProxpropError, Dataset> =>
  readCifar(folder, cifar10Files, format, label, layout);

/** The MD5 sum is that of the dataset's own page. */
export const cifar10Dataset: OfficialDataset = {
  source: {
    whereabouts: cifar10Files,
    subfolder: 'cifar-10-batches-bin',
    published: {
      name: 'cifar-10-binary.tar.gz',
      url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
      bytes: 170_052_171,
      md5: 'c32a1d4ab5d03f1284b67883e8d87530',
    },
  },
  choices: { layout: layoutChoice },
  shape: ({ layout }) => cifarShape(layout),
  read: (folder, { layout }) => cifar10(folder, cifarLayout(layout)),
};
