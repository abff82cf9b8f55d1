/**
 * CIFAR-100 (Krizhevsky 2009): 32×32 colour images of a hundred kinds of things in twenty groups.
 */
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
import { type Whereabouts } from './places';
import { type OfficialDataset } from './source';

/** The places of the files of CIFAR-100. The test file is the last. */
export const cifar100Files: Whereabouts = {
  subfolders: ['cifar-100', 'cifar-100-binary'],
  layouts: [
    {
      names: ['train.bin', 'test.bin'],
      words: 'train.bin and test.bin',
      origin: "train.bin and test.bin in CIFAR-100's binary format",
    },
  ],
};

/** Which label of an image is its class: `fine`, one of 100, or `coarse`, its group, one of 20. */
export type Cifar100Classes = 'fine' | 'coarse';

const labels = { coarse: { at: 0, classes: 20 }, fine: { at: 1, classes: 100 } } as const;

const format: RecordFormat = {
  name: 'CIFAR-100',
  labels: [labels.coarse, labels.fine],
  recordsIn: () => undefined,
};

/**
 * Reads CIFAR-100: 32×32 colour images of 100 classes in 20 groups, divided by the largest pixel of
 * all images.
 *
 * It reads the binary files `train.bin` and `test.bin`, with any number of records, plain or
 * gzipped, from `folder`, or from `cifar-100` or `cifar-100-binary` in it. It fails with `file` for
 * a missing file, with `data` for a malformed one, and with `memory` if they are too large.
 *
 * @param folder the folder of datasets
 * @param layout 'flat': images [3072] in the file's order, red, green, then blue; 'image':
 *   [32, 32, 3], channels last
 * @param classes 'fine': 100 classes; 'coarse': the 20 groups
 *
 * @example await cifar100('data', 'image')() // shape [32, 32, 3], 50,000 training images, 100 classes
 */
export const cifar100 = (
  folder: string,
  layout: ImageLayout,
  classes: Cifar100Classes = 'fine',
): TE.TaskEither<ProxpropError, Dataset> => readCifar(folder, cifar100Files, format, labels[classes], layout);

/** The MD5 sum is that of the dataset's own page. */
export const cifar100Dataset: OfficialDataset = {
  source: {
    whereabouts: cifar100Files,
    subfolder: 'cifar-100-binary',
    published: {
      name: 'cifar-100-binary.tar.gz',
      url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
      bytes: 168_513_733,
      md5: '03b5dce01913d631647c71ecec9e9cb8',
    },
  },
  choices: { layout: layoutChoice, classes: ['fine', 'coarse'] },
  shape: ({ layout }) => cifarShape(layout),
  read: (folder, { layout, classes }) =>
    cifar100(folder, cifarLayout(layout), classes === 'coarse' ? 'coarse' : 'fine'),
};
