/**
 * The IDX file format of MNIST and its relatives: unsigned bytes with a shape, plain or gzipped.
 */
import * as E from 'fp-ts/Either';
import * as TE from 'fp-ts/TaskEither';
import { pipe } from 'fp-ts/function';
import { attempt, fail, type ProxpropError, sizeOf } from '../core';
import { firstBytes, readBytes, unpacked } from './bytes';

/** The content of a file in the IDX format: bytes and their shape. */
export interface Idx {
  /** Number of examples first. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
/** Labels have one axis, images three; the format allows more, no dataset uses them. */
const MOST_AXES = 4;

/**
 * Bounds on the bytes of an unpacked file: `LEAST` if its header cannot be read, and `MOST` if the
 * header states more.
 */
const LEAST = 2 ** 20;
const MOST = 2 ** 31;

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** What the first bytes of a file say: the shape of its values, and where they begin. */
interface Beginning {
  readonly shape: readonly number[];
  readonly header: number;
  readonly count: number;
}

const headerOf = (path: string, bytes: Uint8Array): Beginning => {
  if (bytes.length < 4) fail('data', path, 'an IDX header of at least 4 bytes', `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const axes = bytes[3] ?? 0;
  if (magic >>> 16 !== 0 || axes < 1 || axes > MOST_AXES)
    fail('data', path, `the magic number of an IDX file, such as ${hex(0x803)}`, hex(magic));
  if (bytes[2] !== UNSIGNED_BYTE)
    fail(
      'data',
      path,
      'elements of type 0x08 (unsigned bytes)',
      `type 0x${(bytes[2] ?? 0).toString(16).padStart(2, '0')}`,
    );
  const header = 4 + 4 * axes;
  if (bytes.length < header) fail('data', path, `a header of ${header} bytes`, `${bytes.length} bytes`);
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i));
  const count = sizeOf(shape);
  if (count === 0) fail('data', path, 'axes of at least 1', `[${shape.join(', ')}]`);
  return { shape, header, count };
};

/**
 * The bytes of a file, unpacked up to one byte more than its own header says, since a file may be
 * too long.
 */
const unpackedByHeader = (path: string, content: Uint8Array): Uint8Array => {
  const start = firstBytes(content);
  // A file that is no IDX file, or is broken, says so below; it needs no more room than that.
  const known = attempt(() => headerOf(path, start));
  const wanted = E.isRight(known) ? known.right.header + known.right.count : start.length;
  const most = Math.max(LEAST, wanted + 1);
  return unpacked(path, content, Number.isSafeInteger(most) ? Math.min(most, MOST) : MOST);
};

/**
 * Decodes the bytes of an IDX file, plain or gzipped: two zero bytes, the element type, the number
 * of axes, one big-endian 32-bit count for each axis, then the values.
 *
 * It fails with `data` for truncated gzip, gzip that becomes longer than its header says, a short
 * header, a wrong magic number, an element type other than unsigned bytes, an empty axis, and too
 * few or too many values.
 *
 * @param path the name of the file in errors
 * @param content its bytes
 *
 * @example parseIdx('labels', new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])) // shape [2], data 7, 9
 */
export const parseIdx = (path: string, content: Uint8Array): E.Either<ProxpropError, Idx> =>
  attempt(() => {
    const bytes = unpackedByHeader(path, content);
    const { shape, header, count } = headerOf(path, bytes);
    const found = bytes.length - header;
    if (found !== count)
      fail('data', path, `${count} values for its shape [${shape.join(', ')}]`, `${found}`);
    return { shape, data: bytes.subarray(header) };
  });

/**
 * Reads and decodes an IDX file, plain or gzipped, by `parseIdx`. It fails with `file` if the file
 * cannot be read, else as `parseIdx` does.
 *
 * @param path the file
 *
 * @example await readIdx('data/mnist/t10k-labels-idx1-ubyte')() // shape [10000]
 */
export const readIdx = (path: string): TE.TaskEither<ProxpropError, Idx> =>
  pipe(
    readBytes(path),
    TE.chainEitherK((content) => parseIdx(path, content)),
  );
