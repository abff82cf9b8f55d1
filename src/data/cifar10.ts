/** CIFAR-10 (Krizhevsky 2009): 32×32 colour images of ten kinds of things. */
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError } from '../core';
import { floats, readBytes, unpacked } from './bytes';
import { type Dataset, type Split } from './dataset';
import { type Layout, placeOf, type Whereabouts } from './places';

const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;
const PIXELS = CHANNELS * PLANE;
/** One byte of label, then the planes of red, green and blue. */
const RECORD = 1 + PIXELS;
const CLASSES = 10;
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

/** Where the files of CIFAR-10 are looked for; the test file is the last of each layout. */
export const cifar10Files: Whereabouts = {
  subfolders: ['cifar-10', 'cifar-10-batches-bin'],
  layouts: [official, subset],
};

/** How an image is laid out: [3072] in the order of the file, plane by plane, or [32, 32, 3]. */
export type ImageLayout = 'flat' | 'image';

/** The records of one file. */
interface Records {
  readonly bytes: Uint8Array;
  readonly count: number;
}

const records = (path: string, content: Uint8Array, layout: Layout): Records => {
  // One byte more than an official file has is enough to see that it is none.
  const bytes =
    layout === official ? unpacked(path, content, OFFICIAL_RECORDS * RECORD + 1) : unpacked(path, content);
  if (bytes.length === 0) fail('data', path, `records of ${RECORD} bytes`, 'an empty file');
  if (bytes.length % RECORD !== 0)
    fail('data', path, `a multiple of ${RECORD} bytes`, `${bytes.length} bytes`);
  const count = bytes.length / RECORD;
  if (layout === official && count !== OFFICIAL_RECORDS)
    fail('data', path, `${OFFICIAL_RECORDS} records, as in the official file`, `${count}`);
  for (let record = 0; record < count; record++) {
    const label = bytes[record * RECORD] ?? 0;
    if (label >= CLASSES) fail('data', `${path}[${record}]`, `a label in 0 … ${CLASSES - 1}`, `${label}`);
  }
  return { bytes, count };
};

const largestPixel = (files: readonly Records[]): number => {
  let largest = 0;
  for (const { bytes } of files)
    for (let i = 0; i < bytes.length; i++) {
      const value = bytes[i] ?? 0;
      if (value > largest && i % RECORD !== 0) largest = value;
    }
  return largest;
};

/** The pixels of the record at `from`, divided by `scale`, to `out` at `to`. */
type Copy = (bytes: Uint8Array, from: number, out: Float32Array, to: number, scale: number) => void;

/** One loop for each layout over the pixels of a record: a function for each pixel would take minutes. */
const copies: { readonly [L in ImageLayout]: Copy } = {
  flat: (bytes, from, out, to, scale) => {
    for (let i = 0; i < PIXELS; i++) out[to + i] = (bytes[from + 1 + i] ?? 0) / scale;
  },
  image: (bytes, from, out, to, scale) => {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const plane = from + 1 + channel * PLANE;
      for (let i = 0; i < PLANE; i++) out[to + i * CHANNELS + channel] = (bytes[plane + i] ?? 0) / scale;
    }
  },
};

const split = (path: string, files: readonly Records[], layout: ImageLayout, scale: number): Split => {
  const count = files.reduce((total, file) => total + file.count, 0);
  const images = floats(path, count * PIXELS);
  const labels = new Int32Array(count);
  const copy = copies[layout];
  let example = 0;
  for (const { bytes, count: inFile } of files)
    for (let record = 0; record < inFile; record++) {
      labels[example] = bytes[record * RECORD] ?? 0;
      copy(bytes, record * RECORD, images, example * PIXELS, scale);
      example += 1;
    }
  return { images, labels, count };
};

/**
 * Read CIFAR-10's binary records: the six official files, or a subset as `train.bin` and `test.bin` with any number of records; in
 * `folder`, or in `cifar-10` or `cifar-10-batches-bin` in it; each plain or gzipped. Pixels are divided by the largest of
 * all images. Left: files that are missing (`file`), malformed (`data`), or too large for the memory (`memory`).
 *
 * @param layout 'flat': images [3072] in the file's order, red, green, then blue; 'image': [32, 32, 3], channels last
 * @example await cifar10('data', 'image')() // shape [32, 32, 3], 50,000 training images
 */
export const cifar10 = (folder: string, layout: ImageLayout): TE.TaskEither<ProxpropError, Dataset> =>
  attemptTask(async () => {
    const place = placeOf(folder, cifar10Files);
    const contents = await Promise.all(place.paths.map((path) => readBytes(path)()));
    const files = place.paths.map((path, i) =>
      records(path, orThrow(contents[i] ?? fail('data', path, 'bytes', 'none')), place.layout),
    );
    const train = files.slice(0, -1);
    const test = files.slice(-1);
    if (largestPixel(train) === 0)
      fail('data', place.folder, 'training images that are not all black', 'only zeros');
    // Of both: values above 1 would not be what a dataset promises.
    const scale = largestPixel(files);
    return {
      name: 'CIFAR-10',
      origin: place.layout.origin,
      shape: layout === 'flat' ? [PIXELS] : [SIDE, SIDE, CHANNELS],
      classes: CLASSES,
      train: split(place.folder, train, layout, scale),
      test: split(place.folder, test, layout, scale),
    };
  });
