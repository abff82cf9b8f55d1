/** Where checkpoints, parameters, results and data lie between machines: bytes by names, each whole or not at all. */
import { fail } from '../core';
import { CHECKSUM, sealed, unsealed } from './parcel';

/** What keeps bytes. Each function throws a `Fault`. */
export interface Shelf {
  /** As messages name it. */
  readonly shown: string;
  /** Bytes of one name, at most. */
  readonly most: number;
  /** A name that is there already gets the new bytes, at one moment. */
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
  /** Nothing for a name that is not there, or that has more bytes than `limit`: no program of ours laid those down. */
  readonly get: (name: string, limit: number) => Promise<Uint8Array | undefined>;
  readonly has: (name: string) => Promise<boolean>;
  readonly remove: (name: string) => Promise<void>;
  readonly names: () => Promise<readonly string[]>;
}

export interface Store extends Omit<Shelf, 'get'> {
  readonly get: (name: string) => Promise<Uint8Array | undefined>;
  /** Left out where the bytes are more than the store takes. */
  readonly fits: (bytes: number) => boolean;
}

/** Kinds of content; the rest of a name is hexadecimal digits. */
export const KINDS = ['data', 'parameters', 'progress', 'result', 'store'] as const;
const NAME = new RegExp(`^(${KINDS.join('|')})-[0-9a-f]{1,64}$`);

export const isName = (name: string): boolean => NAME.test(name);

/** A reader may meet a name while it changes: the second time it is as it was or as it is then. */
const READS = 3;

/** A shelf whose bytes go out and come back with their checksum. Bytes that were torn, or are too many, count as none. */
export const storeOn = (shelf: Shelf): Store => ({
  ...shelf,
  fits: (bytes) => bytes <= shelf.most,
  put: async (name, content) => {
    if (!isName(name)) fail('options', shelf.shown, 'a name of ours', name);
    if (content.length > shelf.most)
      fail(
        'options',
        '--store',
        `a folder or a bucket, for ${(content.length / 1e6).toFixed(1)} MB at once`,
        `${shelf.shown}, which takes ${(shelf.most / 1e6).toFixed(1)} MB`,
      );
    await shelf.put(name, sealed(content));
  },
  get: async (name) => {
    for (let read = 1; read <= READS; read++) {
      const bytes = await shelf.get(name, shelf.most + CHECKSUM);
      if (bytes === undefined) return undefined;
      const content = unsealed(bytes);
      if (content !== undefined) return content;
    }
    return undefined;
  },
});
