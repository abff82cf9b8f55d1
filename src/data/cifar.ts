/**
 * The binary records of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): bytes of labels, then the planes
 * of red, green and blue.
 */
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError, type Shape } from '../core';
import { readBytes, emptyBytes, unpacked } from './bytes';
import { type Dataset, type Split } from './dataset';
import { type Layout, dataFolderAt, type Whereabouts } from './places';

const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;
const PIXELS = CHANNELS * PLANE;

/**
 * The layout of an image: `flat` is [3072], plane by plane as in the file; `image` is [32, 32, 3].
 */
export type ImageLayout = 'flat' | 'image';

/** The key `layout` of a configuration, and what it chooses. */
export const layoutChoice = ['flat', 'image'] as const satisfies readonly ImageLayout[];
export const cifarLayout = (layout: unknown): ImageLayout => (layout === 'image' ? 'image' : 'flat');
export const cifarShape = (layout: unknown): Shape =>
  cifarLayout(layout) === 'image' ? [SIDE, SIDE, CHANNELS] : [PIXELS];

/** A label of a record: where its byte is, and how many classes there are. */
interface Label {
  readonly at: number;
  readonly classes: number;
}

/** What the records of a dataset are like. */
export interface RecordFormat {
  readonly name: string;
  /** The bytes of labels in each record. */
  readonly labels: readonly Label[];
  /** How many records the official file of a layout has; nothing where any number will do. */
  readonly recordsIn: (layout: Layout) => number | undefined;
}

/** The records of one file. */
interface Records {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** The bytes of a record. */
const recordSize = ({ labels }: RecordFormat): number => labels.length + PIXELS;

const records = (format: RecordFormat, path: string, content: Uint8Array, layout: Layout): Records => {
  const size = recordSize(format);
  const official = format.recordsIn(layout);
  // One byte more than an official file has is enough to see that it is none.
  const bytes =
    official === undefined ? unpacked(path, content) : unpacked(path, content, official * size + 1);
  if (bytes.length === 0) fail('data', path, `records of ${size} bytes`, 'an empty file');
  if (bytes.length % size !== 0) fail('data', path, `a multiple of ${size} bytes`, `${bytes.length} bytes`);
  const count = bytes.length / size;
  if (official !== undefined && count !== official)
    fail('data', path, `${official} records, as in the official file`, `${count}`);
  for (let record = 0; record < count; record++)
    for (const { at, classes } of format.labels) {
      const label = bytes[record * size + at] ?? 0;
      if (label >= classes) fail('data', `${path}[${record}]`, `a label in 0 … ${classes - 1}`, `${label}`);
    }
  return { bytes, count };
};

const largestPixel = (format: RecordFormat, files: readonly Records[]): number => {
  const [size, first] = [recordSize(format), format.labels.length];
  let largest = 0;
  for (const { bytes } of files)
    for (let i = 0; i < bytes.length; i++) {
      const value = bytes[i] ?? 0;
      if (value > largest && i % size >= first) largest = value;
    }
  return largest;
};

/** The pixels from `from` on to `out` at `to`. */
type Copy = (bytes: Uint8Array, from: number, out: Uint8Array, to: number) => void;

const copies: { readonly [L in ImageLayout]: Copy } = {
  flat: (bytes, from, out, to) => {
    out.set(bytes.subarray(from, from + PIXELS), to);
  },
  image: (bytes, from, out, to) => {
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let i = 0; i < PLANE; i++)
        out[to + i * CHANNELS + channel] = bytes[from + channel * PLANE + i] ?? 0;
  },
};

const split = (
  path: string,
  format: RecordFormat,
  files: readonly Records[],
  { at }: Label,
  layout: ImageLayout,
  scale: number,
): Split => {
  const size = recordSize(format);
  const count = files.reduce((total, file) => total + file.count, 0);
  const images = emptyBytes(path, count * PIXELS);
  const labels = new Int32Array(count);
  let example = 0;
  for (const { bytes, count: inFile } of files)
    for (let record = 0; record < inFile; record++) {
      labels[example] = bytes[record * size + at] ?? 0;
      copies[layout](bytes, record * size + format.labels.length, images, example * PIXELS);
      example += 1;
    }
  return { images, scale, labels, count };
};

/**
 * Reads the files of a layout, with one of the labels of each record. The last file is the test
 * file.
 */
export const readCifar = (
  folder: string,
  files: Whereabouts,
  format: RecordFormat,
  label: Label,
  layout: ImageLayout,
): TE.TaskEither<ProxpropError, Dataset> =>
  attemptTask(async () => {
    const place = dataFolderAt(folder, files);
    const contents = await Promise.all(place.paths.map((path) => readBytes(path)()));
    const all = place.paths.map((path, i) =>
      records(format, path, orThrow(contents[i] ?? fail('data', path, 'bytes', 'none')), place.layout),
    );
    const [train, test] = [all.slice(0, -1), all.slice(-1)];
    if (largestPixel(format, train) === 0)
      fail('data', place.folder, 'training images that are not all black', 'only zeros');
    // Of both: values above 1 would not be what a dataset promises.
    const scale = 1 / largestPixel(format, all);
    return {
      name: format.name,
      origin: place.layout.origin,
      shape: layout === 'flat' ? [PIXELS] : [SIDE, SIDE, CHANNELS],
      classes: label.classes,
      train: split(place.folder, format, train, label, layout, scale),
      test: split(place.folder, format, test, label, layout, scale),
    };
  });
