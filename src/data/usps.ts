/**
 * USPS (Le Cun et al. 1990): 16×16 grey images of digits from envelopes, as published with a book.
 */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError, short } from '../core';
import { floats, readBytes, unpacked } from './bytes';
import { layoutChoice } from './cifar';
import { type Dataset, type Split } from './dataset';
import { type RemoteFile } from './download';
import { dataFolderAt, type Whereabouts } from './places';
import { type OfficialDataset } from './source';
import { parsedNumber, withoutByteOrderMark } from './text';

const PIXELS = 16 * 16;
const CLASSES = 10;

/** The places of the files of USPS. */
export const uspsFiles: Whereabouts = {
  subfolders: ['usps'],
  layouts: [
    {
      names: ['zip.train', 'zip.test'],
      words: 'zip.train and zip.test',
      origin: 'zip.train and zip.test as published with The Elements of Statistical Learning',
    },
  ],
};

const labelIn = (place: string, text: string): number => {
  const label = parsedNumber(place, text);
  return Number.isInteger(label) && label >= 0 && label < CLASSES
    ? label
    : fail('data', place, `a label in 0 … ${CLASSES - 1}`, short(text));
};

const LINE_FEED = 0x0a;
/** Of 257 fields of more digits than a number has. */
const LONGEST_LINE = 2 ** 16;
/** White space of a text, the line feed included. */
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** The text without a byte order mark at its beginning, and without white space at its end. */
const trimmed = (path: string, content: Uint8Array): Uint8Array => {
  const bytes = withoutByteOrderMark(path, content);
  let end = bytes.length;
  while (end > 0 && isSpace(bytes[end - 1] ?? 0)) end -= 1;
  return end > 0 ? bytes.subarray(0, end) : fail('data', path, 'a line for each image', 'an empty file');
};

const countOf = (bytes: Uint8Array): number => {
  let count = 1;
  for (const byte of bytes) if (byte === LINE_FEED) count += 1;
  return count;
};

/** The lines one by one, as the text as a whole may be longer than a text can be. */
const linesOf = function* (path: string, bytes: Uint8Array): Generator<string, void, undefined> {
  let line = 1;
  for (let at = 0; at <= bytes.length; line++) {
    const next = bytes.indexOf(LINE_FEED, at);
    const end = next < 0 ? bytes.length : next;
    if (end - at > LONGEST_LINE)
      fail('data', `${path}:${line}`, `a line of at most ${LONGEST_LINE} bytes`, `${end - at} bytes`);
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('latin1');
    at = end + 1;
  }
};

/** The fields of a line, or a `Fault`. */
const fieldsOf = (place: string, line: string): readonly string[] => {
  const fields = line.trim() === '' ? [] : line.trim().split(/\s+/);
  return fields.length === 1 + PIXELS
    ? fields
    : fail('data', place, `a label and ${PIXELS} values`, `${fields.length} fields`);
};

const parse = (path: string, content: Uint8Array): Split => {
  const bytes = trimmed(path, unpacked(path, content));
  // A file of nothing but line ends is refused before there is memory for its images.
  for (const first of linesOf(path, bytes)) {
    fieldsOf(`${path}:1`, first);
    break;
  }
  const count = countOf(bytes);
  const images = floats(path, count * PIXELS);
  const labels = new Int32Array(count);
  let i = 0;
  for (const line of linesOf(path, bytes)) {
    const place = `${path}:${i + 1}`;
    const [label = '', ...values] = fieldsOf(place, line);
    labels[i] = labelIn(place, label);
    for (const [j, text] of values.entries()) {
      const value = parsedNumber(place, text);
      if (value < -1 || value > 1) fail('data', place, 'values in [-1, 1]', short(text));
      images[i * PIXELS + j] = (value + 1) / 2;
    }
    i += 1;
  }
  return { images, labels, count };
};

/**
 * Reads USPS: 7,291 training and 2,007 test images of handwritten digits, 16×16, flat, as [256]. A
 * value v in [−1, 1] of the files becomes (v + 1)/2, so that a network that ends in a sigmoid can
 * reproduce the images.
 *
 * It reads `zip.train` and `zip.test`, plain or gzipped, from `folder` or from `usps` in it. A line
 * is an image: its label, then 256 values. Lines end with LF or CRLF; a byte order mark of UTF-8 is
 * passed over. It fails with `file` for a missing file, with `data`, at `FILE:line`, for a
 * malformed one, and with `memory` if they are too large.
 *
 * @param folder the folder of datasets
 *
 * @example await usps('data')() // 7,291 training and 2,007 test images
 */
export const usps = (folder: string): TE.TaskEither<ProxpropError, Dataset> =>
  attemptTask(async () => {
    const { paths, layout } = dataFolderAt(folder, uspsFiles);
    const splits = await Promise.all(
      paths.map(async (path) =>
        E.map((content: Uint8Array) => parse(path, content))(await readBytes(path)()),
      ),
    );
    const [train, test] = splits.map(orThrow);
    if (!train || !test) return fail('data', folder, 'two files', 'fewer');
    return {
      name: 'USPS',
      origin: layout.origin,
      shape: [PIXELS],
      classes: CLASSES,
      train,
      test,
    };
  });

const BOOK = 'https://hastie.su.domains/ElemStatLearn/datasets';

const bookFile = (name: string, bytes: number, sha256: string): RemoteFile => ({
  name: `${name}.gz`,
  url: `${BOOK}/${name}.gz`,
  bytes,
  sha256,
});

/** The book's page gives no checksums: these are of the files as they were found there. */
export const uspsDataset: OfficialDataset = {
  source: {
    whereabouts: uspsFiles,
    subfolder: 'usps',
    published: [
      bookFile('zip.train', 1_829_071, '66ebf231ab51f2cf6ac1a892d0f98ccffee1079d7a5db638c1f11f366046ca16'),
      bookFile('zip.test', 439_208, '8dacc3c6e136af6c3488de9e5113a7daf140c8c2f1f0b61c54ee02f03f1a962f'),
    ],
  },
  choices: { layout: layoutChoice },
  shape: () => [PIXELS],
  read: (folder) => usps(folder),
};
