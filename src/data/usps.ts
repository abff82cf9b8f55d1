/** USPS (Le Cun et al. 1990): 16×16 grey images of digits from envelopes, as published with a book. */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError } from '../core';
import { readBytes, unpacked } from './bytes';
import { type Dataset, type Split } from './dataset';
import { placeOf, type Whereabouts } from './places';

const PIXELS = 16 * 16;
const CLASSES = 10;
/** `Number` alone takes more for a number than a table of numbers has: hexadecimals, the empty text. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Where the files of USPS are looked for. */
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

const numberIn = (place: string, text: string): number =>
  DECIMAL.test(text) ? Number(text) : fail('data', place, 'numbers', text);

const labelIn = (place: string, text: string): number => {
  const label = numberIn(place, text);
  return Number.isInteger(label) && label >= 0 && label < CLASSES
    ? label
    : fail('data', place, `a label in 0 … ${CLASSES - 1}`, text);
};

const linesOf = (path: string, content: Uint8Array): readonly string[] => {
  const text = Buffer.from(unpacked(path, content)).toString('latin1').trimEnd();
  return text === '' ? fail('data', path, 'a line for each image', 'an empty file') : text.split('\n');
};

const parse = (path: string, content: Uint8Array): Split => {
  const lines = linesOf(path, content);
  const images = new Float32Array(lines.length * PIXELS);
  const labels = new Int32Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const place = `${path}:${i + 1}`;
    const fields = line.trim() === '' ? [] : line.trim().split(/\s+/);
    const [label = '', ...values] = fields;
    if (fields.length !== 1 + PIXELS)
      fail('data', place, `a label and ${PIXELS} values`, `${fields.length} fields`);
    labels[i] = labelIn(place, label);
    for (const [j, text] of values.entries()) {
      const value = numberIn(place, text);
      if (value < -1 || value > 1) fail('data', place, 'values in [-1, 1]', text);
      images[i * PIXELS + j] = (value + 1) / 2;
    }
  }
  return { images, labels, count: lines.length };
};

/**
 * Read `zip.train` and `zip.test`, each plain or gzipped, from `folder` or from `usps` in it. A line is an image: its label,
 * then 256 values v in [−1, 1], which become (v + 1)/2, so that a network that ends in a sigmoid can reproduce them. Images come
 * flat, as [256]. Left: files that are missing (`file`) or malformed (`data`, at `FILE:line`).
 *
 * @example await usps('data')() // 7,291 training and 2,007 test images
 */
export const usps = (folder: string): TE.TaskEither<ProxpropError, Dataset> =>
  attemptTask(async () => {
    const { paths, layout } = placeOf(folder, uspsFiles);
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
