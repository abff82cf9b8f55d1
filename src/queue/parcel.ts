/**
 * What is sent through a store: bytes with their checksum, and small sets of files as such bytes.
 *
 *     sealed     32 bytes of SHA-256, then the content
 *     parcel     a line of JSON with the names and lengths of files, then their bytes one after the other
 */
import { createHash } from 'node:crypto';
import { fail, orThrow } from '../core';
import { closed, decodeAt, listOf, parsed, text, wholeFrom } from '../experiment';

/** Bytes before the content. */
export const CHECKSUM = 32;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** The content behind its checksum. */
export const sealed = (content: Uint8Array): Uint8Array => Buffer.concat([sha256(content), content]);

/** The content, where it is that of its checksum; nothing for bytes that were torn or changed. */
export const unsealed = (bytes: Uint8Array): Uint8Array | undefined => {
  const content = bytes.subarray(CHECKSUM);
  return bytes.length >= CHECKSUM && Buffer.compare(sha256(content), bytes.subarray(0, CHECKSUM)) === 0
    ? content
    : undefined;
};

export type Files = ReadonlyMap<string, Uint8Array>;

const Head = closed(
  'a parcel',
  { files: listOf(closed('a file', { name: text, bytes: wholeFrom(0) }, {}), 0) },
  {},
);

/** The longest line that a parcel begins with. */
const LONGEST_HEAD = 10_000;

export const parcelOf = (files: Files): Uint8Array => {
  const head = { files: [...files].map(([name, { length }]) => ({ name, bytes: length })) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...files.values()]);
};

/** The files of a parcel. A `Fault` `data` or `options` at `path` for other bytes, and for a file that is not among the names. */
export const filesIn = (path: string, bytes: Uint8Array, names: readonly string[]): Files => {
  const end = bytes.subarray(0, LONGEST_HEAD).indexOf('\n'.charCodeAt(0));
  if (end < 0) return fail('data', path, 'a parcel of files', 'other bytes');
  const line = new TextDecoder().decode(bytes.subarray(0, end));
  const { files } = orThrow(decodeAt(path, Head, parsed(path, line)));
  const found = new Map<string, Uint8Array>();
  let at = end + 1;
  for (const { name, bytes: length } of files) {
    if (!names.includes(name)) return fail('data', path, `only ${names.join(', ')}`, name);
    found.set(name, bytes.subarray(at, at + length));
    at += length;
  }
  return at === bytes.length ? found : fail('data', path, `${at} bytes`, `${bytes.length}`);
};
