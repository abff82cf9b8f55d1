/**
 * A dataset as bytes: what its checksum is taken of, and what is sent to a machine that lacks its
 * files. Its name and origin, which change no number, are not among them.
 *
 *     a line of JSON            shape, classes, and of each split its count, its kind of numbers and its scale
 *     images, labels            of the split to train on, then of the one to test on: little-endian, without gaps
 */
import { createHash } from 'node:crypto';
import { fail, orThrow } from '../core';
import { type Dataset } from '../data';
import { anyNumber, closed, decodeAt, type Decoded, listOf, oneOf, wholeFrom } from '../registry';
import { parsed } from './files';

type Split = Dataset['train'];

const SplitHead = closed(
  'a split',
  { count: wholeFrom(0), values: wholeFrom(0), kind: oneOf('float32', 'bytes') },
  { scale: anyNumber },
);
type SplitHead = Decoded<typeof SplitHead>;
const Head = closed(
  'a dataset',
  { shape: listOf(wholeFrom(0), 0), classes: wholeFrom(0), train: SplitHead, test: SplitHead },
  {},
);

const headOf = ({ images, scale, count }: Split): SplitHead => ({
  count,
  values: images.length,
  kind: images instanceof Float32Array ? 'float32' : 'bytes',
  ...(scale === undefined ? {} : { scale }),
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Split['images'] | Split['labels']): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Its parts in their order, not copied. */
const partsOf = ({ shape, classes, train, test }: Dataset): readonly Uint8Array[] => [
  Buffer.from(`${JSON.stringify({ shape, classes, train: headOf(train), test: headOf(test) })}\n`),
  ...[train, test].flatMap(({ images, labels }) => [bytesOf(images), bytesOf(labels)]),
];

/**
 * Computes the SHA-256 of a dataset, as 64 hexadecimal digits: of its numbers, whichever files they
 * came from.
 *
 * @param data the dataset
 *
 * @example checksumOfData(spirals())
 */
export const checksumOfData = (data: Dataset): string => {
  const hash = createHash('sha256');
  for (const part of partsOf(data)) hash.update(part);
  return hash.digest('hex');
};

/**
 * Encodes the numbers of a dataset as bytes, of which `checksumOfData` is the SHA-256. Its name and
 * origin are not among them.
 *
 * @param data the dataset
 *
 * @example encodeDataset(spirals({ train: 3, test: 3 })).length
 */
export const encodeDataset = (data: Dataset): Uint8Array => Buffer.concat(partsOf(data));

/** The longest line that a dataset begins with. */
const LONGEST_HEAD = 10_000;

/**
 * Decodes the bytes that `encodeDataset` made. The name of the result is `data`.
 *
 * @param path the place that an error names
 * @param bytes the bytes
 * @throws a `Fault`: `data` for bytes of another length or of something else, `options` for an
 *   invalid head
 *
 * @example decodeDataset('bytes', encodeDataset(spirals({ train: 3, test: 3 }))).classes // 3
 */
export const decodeDataset = (path: string, bytes: Uint8Array): Dataset => {
  const end = bytes.subarray(0, LONGEST_HEAD).indexOf('\n'.charCodeAt(0));
  if (end < 0) fail('data', path, 'a dataset', 'bytes of something else');
  const text = new TextDecoder().decode(bytes.subarray(0, end));
  const head = orThrow(decodeAt(path, Head, parsed(path, text)));
  let at = end + 1;
  /** The next bytes, copied to where arrays of numbers may begin. */
  const next = (length: number): ArrayBuffer => {
    if (at + length > bytes.length)
      fail('data', path, `${length} bytes from ${at} on`, `${bytes.length - at}`);
    const part = new Uint8Array(length);
    part.set(bytes.subarray(at, at + length));
    at += length;
    return part.buffer;
  };
  const split = ({ count, values, kind, scale }: SplitHead): Split => {
    const images = kind === 'bytes' ? new Uint8Array(next(values)) : new Float32Array(next(values * 4));
    return {
      images,
      labels: new Int32Array(next(count * 4)),
      count,
      ...(scale === undefined ? {} : { scale }),
    };
  };
  const { shape, classes } = head;
  const data = {
    name: 'data',
    origin: 'bytes',
    shape,
    classes,
    train: split(head.train),
    test: split(head.test),
  };
  return at === bytes.length ? data : fail('data', path, `${at} bytes`, `${bytes.length}`);
};
