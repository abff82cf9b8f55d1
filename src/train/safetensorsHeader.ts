/** The header of a safetensors file, with all checks that do not depend on the kinds of numbers. */
import { fail, type Shape, short } from '../core';
import { excessOf, type Bounds, repeatedName } from './repeatedName';

/** The entry of one tensor in the header. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  /** Where its data begins, in bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly TensorEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The limit that all readers of the format share, in bytes: a header is read as a whole. */
const LONGEST = 100_000_000;
/**
 * The format itself needs three levels, and lists as long as a tensor has axes; a million tensors
 * have four million names. With more than that, the values of even a short header may not fit into
 * memory.
 */
const BOUNDS: Bounds = { depth: 16, list: 255, names: 4_000_000 };
/** Bytes before the header, which hold its length. */
export const LENGTH_BYTES = 8;

const shown = (value: unknown): string =>
  short(
    value === undefined ? 'nothing' : JSON.stringify(typeof value === 'string' ? value.slice(0, 100) : value),
  );

/**
 * The fields of a JSON object, or a `Fault`. They are in a `Map`, since a name may be `__proto__`.
 */
const fieldsOf = (place: string, value: unknown): ReadonlyMap<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : fail('data', place, 'an object', shown(value));

const textOf = (place: string, value: unknown): string =>
  typeof value === 'string' ? value : fail('data', place, 'a text', shown(value));

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const sizesOf = (place: string, value: unknown): readonly number[] =>
  Array.isArray(value) && value.every(isSize)
    ? value
    : fail('data', place, 'a list of whole numbers from 0 to 2^53 - 1', shown(value));

const entryOf = (place: string, name: string, value: unknown): TensorEntry => {
  const fields = fieldsOf(place, value);
  const dtype = textOf(`${place}.dtype`, fields.get('dtype'));
  const shape = sizesOf(`${place}.shape`, fields.get('shape'));
  const offsets = sizesOf(`${place}.data_offsets`, fields.get('data_offsets'));
  const [begin = 0, end = 0] = offsets;
  if (offsets.length !== 2 || end < begin)
    fail('data', `${place}.data_offsets`, 'a begin and an end that is not before it', shown(offsets));
  return { name, dtype, shape, begin, end };
};

/**
 * The end of the header, which is the begin of the data, in a file of `size` bytes whose first
 * bytes are given.
 */
export const headerEnd = (path: string, bytes: Uint8Array, size: number): number => {
  if (bytes.length < LENGTH_BYTES)
    return fail('data', path, 'a safetensors file of at least 8 bytes', `${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > LONGEST) fail('data', `${path}: header`, `a length of at most ${LONGEST} bytes`, `${length}`);
  const end = LENGTH_BYTES + Number(length);
  if (size < end)
    fail('data', `${path}: header`, `${length} bytes`, `${size - LENGTH_BYTES} bytes, the rest of the file`);
  return end;
};

const textIn = (path: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('data', `${path}: header`, 'UTF-8', 'other bytes');
  }
};

const parsed = (path: string, text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return fail('data', `${path}: header`, 'JSON', shown(text));
  }
};

/** Parses the bytes of a header. Throws a `Fault` with tag `data` that names the place. */
export const readHeader = (path: string, bytes: Uint8Array): Header => {
  const text = textIn(path, bytes);
  // The format requires the brace; JSON alone would allow spaces or a byte order mark before it.
  if (!text.startsWith('{'))
    fail(
      'data',
      `${path}: header`,
      'an object from its first byte on',
      text.startsWith('\ufeff') ? 'a byte order mark' : shown(text),
    );
  const bound = excessOf(text, BOUNDS);
  if (bound !== undefined) fail('data', `${path}: header`, bound, 'more');
  const fields = fieldsOf(`${path}: header`, parsed(path, text));
  const twice = repeatedName(text);
  if (twice !== undefined) fail('data', `${path}: header`, 'each name once', `${shown(twice)} twice`);
  const entries: TensorEntry[] = [];
  const metadata = new Map<string, string>();
  for (const [name, value] of fields)
    if (name !== '__metadata__') entries.push(entryOf(`${path}: ${short(name)}`, name, value));
    else
      for (const [key, found] of fieldsOf(`${path}: ${name}`, value))
        metadata.set(key, textOf(`${path}: ${name}.${short(key)}`, found));
  return { entries, metadata };
};
