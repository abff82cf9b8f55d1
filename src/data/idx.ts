/** The IDX file format of MNIST and its relatives: unsigned bytes with a shape, plain or gzipped. */
import type * as E from 'fp-ts/Either';
import * as TE from 'fp-ts/TaskEither';
import { pipe } from 'fp-ts/function';
import { attempt, fail, type ProxpropError } from '../core';
import { readBytes, unpacked } from './bytes';

export interface Idx {
  /** Number of examples first. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
/** Labels have one axis, images three; the format allows more, no dataset uses them. */
const MOST_AXES = 4;

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/**
 * Decode the bytes of an IDX file. Header: two zero bytes, the element type, the number of axes, then one
 * big-endian 32-bit count for each axis. Left, tag `data`: truncated gzip, short header, wrong magic, an element
 * type other than unsigned bytes, an empty axis, too few or too many values.
 *
 * @example parseIdx('labels', new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])) // shape [2], data 7, 9
 */
export const parseIdx = (path: string, content: Uint8Array): E.Either<ProxpropError, Idx> =>
  attempt(() => {
    const bytes = unpacked(path, content);
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
    const count = shape.reduce((a, b) => a * b, 1);
    if (count === 0) fail('data', path, 'axes of at least 1', `[${shape.join(', ')}]`);
    const found = bytes.length - header;
    if (found !== count)
      fail('data', path, `${count} values for its shape [${shape.join(', ')}]`, `${found}`);
    return { shape, data: bytes.subarray(header) };
  });

/** Read and decode an IDX file. Left: `file` when it cannot be read, else as `parseIdx`. */
export const readIdx = (path: string): TE.TaskEither<ProxpropError, Idx> =>
  pipe(
    readBytes(path),
    TE.chainEitherK((content) => parseIdx(path, content)),
  );
