/** Checksums of files: what says that a file is the published one. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A checksum, in hexadecimal digits. */
export type Checksum = { readonly sha256: string } | { readonly md5: string };

/** The published checksum, and how it is computed and called. */
interface Published {
  readonly algorithm: 'sha256' | 'md5';
  readonly label: string;
  readonly digits: string;
}

export const published = (checksum: Checksum): Published =>
  'sha256' in checksum
    ? { algorithm: 'sha256', label: 'SHA-256', digits: checksum.sha256.toLowerCase() }
    : { algorithm: 'md5', label: 'MD5', digits: checksum.md5.toLowerCase() };

/** The digits of a file, which is read piece by piece. Rejects when it cannot be read. */
export const digitsOf = async (path: string, algorithm: 'sha256' | 'md5'): Promise<string> => {
  const hash = createHash(algorithm);
  const pieces: AsyncIterable<Buffer> = createReadStream(path);
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};
