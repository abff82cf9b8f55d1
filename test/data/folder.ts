/** A folder for a test's files, with words for the messages about them. */
import * as E from 'fp-ts/Either';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { describe, type ProxpropError, type Split } from '../../src';

export interface Folder {
  /** The path of a file in it; of itself without a name. */
  readonly at: (...names: readonly string[]) => string;
  /** The one line of a failure, without the folder's own path. */
  readonly line: <A>(result: E.Either<ProxpropError, A>) => string;
}

/** A new folder for each test of a group. */
export const testFolder = (): Folder => {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'proxprop-data-'));
  });
  afterEach(() => {
    rmSync(path, { recursive: true });
  });
  return {
    at: (...names) => join(path, ...names),
    line: (result) =>
      E.isLeft(result)
        ? describe(result.left).replaceAll(`${path}/`, '').replaceAll(path, 'FOLDER')
        : 'no error',
  };
};

/** The pixels of a split as the network sees them. A loop: `from` with a function takes gigabytes for an official set. */
export const pixelsOf = ({ images, scale = 1 }: Split): Float32Array => {
  const pixels = new Float32Array(images.length);
  for (let i = 0; i < images.length; i++) pixels[i] = (images[i] ?? Number.NaN) * scale;
  return pixels;
};
