/**
 * The safetensors format: named arrays and texts in one file, which other programs read too.
 *
 * A file is the length N of the header (8 bytes, little-endian), N bytes of JSON in UTF-8, and the
 * data:
 *
 *     {"__metadata__": {name: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
 *
 * Offsets count from the end of the header. Numbers are little-endian, as in the memory of every
 * machine that tfjs runs on. Names may be any text, also `__proto__`, so they are kept in a `Map`.
 */
import type * as E from 'fp-ts/Either';
import {
  attempt,
  compareTexts,
  fail,
  orThrow,
  type ProxpropError,
  type Shape,
  short,
  showShape,
  sizeOf,
} from '../core';
import { type TensorEntry, type Header, headerEnd, LENGTH_BYTES, readHeader } from './safetensorsHeader';

/** The array type of each kind of numbers. */
interface Arrays {
  readonly F32: Float32Array;
  readonly F64: Float64Array;
  /** The bits of the numbers, as for BF16. */
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  /** 0 or 1. */
  readonly BOOL: Uint8Array;
  readonly I8: Int8Array;
  readonly I16: Int16Array;
  readonly I32: Int32Array;
  readonly I64: BigInt64Array;
  readonly U8: Uint8Array;
  readonly U16: Uint16Array;
  readonly U32: Uint32Array;
  readonly U64: BigUint64Array;
}

/** A kind of numbers in a safetensors file. */
export type Dtype = keyof Arrays;

interface StoredAs<D extends Dtype> {
  readonly dtype: D;
  /** `[]` for a single number. */
  readonly shape: Shape;
  /** Row-major. */
  readonly data: Arrays[D];
}

/** An array of a file: its kind of numbers, its shape, and its numbers, row-major. */
export type Stored = { readonly [D in Dtype]: StoredAs<D> }[Dtype];

interface Kind {
  /** Bytes of one number. */
  readonly bytes: number;
  readonly from: (bytes: ArrayBuffer, shape: Shape) => Stored;
}

const kinds: { readonly [D in Dtype]: Kind } = {
  F32: { bytes: 4, from: (bytes, shape) => ({ dtype: 'F32', shape, data: new Float32Array(bytes) }) },
  F64: { bytes: 8, from: (bytes, shape) => ({ dtype: 'F64', shape, data: new Float64Array(bytes) }) },
  F16: { bytes: 2, from: (bytes, shape) => ({ dtype: 'F16', shape, data: new Uint16Array(bytes) }) },
  BF16: { bytes: 2, from: (bytes, shape) => ({ dtype: 'BF16', shape, data: new Uint16Array(bytes) }) },
  BOOL: { bytes: 1, from: (bytes, shape) => ({ dtype: 'BOOL', shape, data: new Uint8Array(bytes) }) },
  I8: { bytes: 1, from: (bytes, shape) => ({ dtype: 'I8', shape, data: new Int8Array(bytes) }) },
  I16: { bytes: 2, from: (bytes, shape) => ({ dtype: 'I16', shape, data: new Int16Array(bytes) }) },
  I32: { bytes: 4, from: (bytes, shape) => ({ dtype: 'I32', shape, data: new Int32Array(bytes) }) },
  I64: { bytes: 8, from: (bytes, shape) => ({ dtype: 'I64', shape, data: new BigInt64Array(bytes) }) },
  U8: { bytes: 1, from: (bytes, shape) => ({ dtype: 'U8', shape, data: new Uint8Array(bytes) }) },
  U16: { bytes: 2, from: (bytes, shape) => ({ dtype: 'U16', shape, data: new Uint16Array(bytes) }) },
  U32: { bytes: 4, from: (bytes, shape) => ({ dtype: 'U32', shape, data: new Uint32Array(bytes) }) },
  U64: { bytes: 8, from: (bytes, shape) => ({ dtype: 'U64', shape, data: new BigUint64Array(bytes) }) },
};

/** The content of a safetensors file: named arrays, and its metadata. */
export interface Safetensors {
  /** The arrays by name. */
  readonly tensors: ReadonlyMap<string, Stored>;
  /** The texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

const sorted = <A>(map: ReadonlyMap<string, A>): readonly (readonly [string, A])[] =>
  [...map].sort(([a], [b]) => compareTexts(a, b));

/** A JSON object as text, whatever its names are. */
const objectText = (fields: readonly (readonly [string, string])[]): string =>
  `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;

const checkStored = (name: string, { shape, data }: Stored): void => {
  if (name === '__metadata__') fail('data', name, 'a name that the format does not use', name);
  if (/\p{Surrogate}/u.test(name))
    fail('data', JSON.stringify(name), 'a name of whole characters', 'half a surrogate pair');
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
    fail('data', name, 'dimensions that are whole numbers', showShape(shape));
  if (data.length !== sizeOf(shape))
    fail('data', name, `${sizeOf(shape)} values for its shape ${showShape(shape)}`, `${data.length}`);
};

/**
 * The bytes of a safetensors file. Names are sorted, and the header is padded with spaces to a
 * multiple of 8 bytes, so equal contents give equal bytes. Throws a `Fault` with tag `data` for a
 * name that cannot be written, and for an array whose length does not match its shape.
 *
 * `tensors` and `metadata` are the contents, by name.
 *
 * @example
 * const stored = { dtype: 'F32', shape: [2], data: new Float32Array([1, 2]) } as const;
 * encodeSafetensors(new Map([['a', stored]]), new Map()).length // 72
 */
export const encodeSafetensors = (
  tensors: ReadonlyMap<string, Stored>,
  metadata: ReadonlyMap<string, string>,
): Uint8Array => {
  const entries = sorted(tensors);
  const texts = sorted(metadata).map(([name, text]) => [name, JSON.stringify(text)] as const);
  let end = 0;
  const fields = entries.map(([name, stored]) => {
    checkStored(name, stored);
    const { dtype, shape, data } = stored;
    const begin = end;
    end += data.byteLength;
    return [name, JSON.stringify({ dtype, shape, data_offsets: [begin, end] })] as const;
  });
  const header = new TextEncoder().encode(
    objectText([...(texts.length > 0 ? [['__metadata__', objectText(texts)] as const] : []), ...fields]),
  );
  const length = 8 * Math.ceil(header.length / 8);
  const bytes = new Uint8Array(8 + length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(header, 8);
  bytes.fill(0x20, 8 + header.length, 8 + length);
  let at = 8 + length;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
};

const isDtype = (name: string): name is Dtype => Object.hasOwn(kinds, name);

/** An array of a file: its place, and the kind of its numbers. */
interface Laid extends TensorEntry {
  readonly kind: Kind;
}

/** The kind of an array. Throws a `Fault` unless its bytes match its kind and shape. */
const kindOf = (path: string, { name, dtype, shape, begin, end }: TensorEntry): Kind => {
  const place = `${path}: ${short(name)}`;
  if (!isDtype(dtype))
    return fail('data', `${place}.dtype`, `one of ${Object.keys(kinds).join(', ')}`, short(dtype));
  const kind = kinds[dtype];
  const size = sizeOf(shape) * kind.bytes;
  const shown = `${dtype} ${short(showShape(shape))}`;
  if (!Number.isSafeInteger(size)) fail('data', `${place}.shape`, 'fewer than 2^53 bytes', shown);
  if (end - begin !== size)
    fail('data', `${place}.data_offsets`, `${size} bytes for ${shown}`, `${end - begin} bytes`);
  return kind;
};

/**
 * The arrays in the order of their data. Throws a `Fault` unless they fill `size` bytes without gap
 * or overlap.
 */
const laidOut = (path: string, { entries }: Header, size: number): readonly Laid[] => {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  const laid = ordered.map((entry) => {
    const { name, begin, end } = entry;
    const kind = kindOf(path, entry);
    if (begin !== at)
      fail(
        'data',
        `${path}: ${short(name)}.data_offsets`,
        `a begin of ${at}, where the data before it ends`,
        `${begin}, ${begin > at ? 'after a gap' : 'an overlap'}`,
      );
    at = end;
    return { ...entry, kind };
  });
  if (size !== at) fail('data', path, `${at} bytes of data`, `${size} bytes`);
  return laid;
};

/**
 * The content of a safetensors file, in copies, with tensors in the order of their data. `path`
 * only names the source in errors.
 *
 * Returns a `Left` with tag `data` that names the place: if the file is too short or too long; if
 * the header exceeds 100,000,000 bytes, is not UTF-8, not JSON or not of this format, nests values
 * more than 16 deep, has a list of more than 255 values, or more than 4,000,000 names; if a name is
 * repeated; for an unknown kind of numbers; if a size does not match shape and kind; and for data
 * with gaps or overlaps.
 *
 * @example
 * const stored = { dtype: 'F32', shape: [2], data: new Float32Array([1, 2]) } as const;
 * const bytes = encodeSafetensors(new Map([['a', stored]]), new Map());
 * pipe(decodeSafetensors('a.safetensors', bytes), E.map(({ tensors }) => tensors.get('a')?.shape))
 */
export const decodeSafetensors = (path: string, bytes: Uint8Array): E.Either<ProxpropError, Safetensors> =>
  attempt(() => {
    const start = headerEnd(path, bytes, bytes.length);
    const header = readHeader(path, bytes.subarray(LENGTH_BYTES, start));
    const tensors = new Map(
      laidOut(path, header, bytes.length - start).map(({ name, shape, begin, end, kind }) => {
        // A copy: numbers of several bytes must lie at a multiple of their size.
        const own = new Uint8Array(bytes.subarray(start + begin, start + end));
        return [name, kind.from(own.buffer, shape)];
      }),
    );
    return { tensors, metadata: header.metadata };
  });

/** A file from which any range of bytes can be read. */
export interface Parts {
  readonly size: number;
  readonly bytes: (begin: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Like `decodeSafetensors`, for a file that is read in parts: the header first; then, if `accept`
 * takes the header, the numbers of all tensors, or of those that `accept` names. Throws a `Fault`
 * as `decodeSafetensors` does, and what `accept` throws.
 */
export const readSafetensors = async (
  path: string,
  { size, bytes }: Parts,
  accept: (header: Header) => E.Either<ProxpropError, ReadonlySet<string> | undefined>,
): Promise<Safetensors> => {
  const start = headerEnd(path, await bytes(0, Math.min(size, LENGTH_BYTES)), size);
  const header = readHeader(path, await bytes(LENGTH_BYTES, start));
  const laid = laidOut(path, header, size - start);
  const wanted = orThrow(accept(header));
  const tensors = new Map<string, Stored>();
  for (const { name, shape, begin, end, kind } of laid) {
    if (wanted?.has(name) === false) continue;
    const { buffer } = await bytes(start + begin, start + end);
    if (buffer.byteLength !== end - begin) fail('data', path, `${size} bytes`, 'fewer, while it was read');
    tensors.set(name, kind.from(buffer, shape));
  }
  return { tensors, metadata: header.metadata };
};
