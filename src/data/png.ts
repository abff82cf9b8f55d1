/** PNG images as bytes, by the optional package `pngjs`. */
import { codeOf, fail } from '../core';

/** The numbers of channels that an image may have: grey, colours, or colours and alpha. */
export const CHANNELS = [1, 3, 4] as const;
/** Channels of an image: 1 grey, 3 colours, 4 colours and alpha. */
export type Channels = (typeof CHANNELS)[number];

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** A larger image is none that a network takes. */
const MOST_PIXELS = 2 ** 26;

/**
 * Reads height and width from the head of a file, before anything is unpacked. It throws a `data`
 * `Fault` if the file is no PNG image.
 */
export const sizeIn = (path: string, content: Uint8Array): readonly [number, number] => {
  if (SIGNATURE.some((byte, i) => content[i] !== byte) || content.length < 24)
    fail('data', path, 'a PNG image', content.length === 0 ? 'an empty file' : 'something else');
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width * height === 0 || width * height > MOST_PIXELS)
    fail('data', path, `an image of 1 to ${MOST_PIXELS} pixels`, `${height}×${width}`);
  return [height, width];
};

/** Write the pixels of an image of that shape to `out` at `at`. */
export type Decode = (
  path: string,
  content: Uint8Array,
  shape: readonly [number, number, Channels],
  out: Uint8Array,
  at: number,
) => void;

/** Pixels of four bytes to those of `channels`. */
const written = (path: string, rgba: Uint8Array, channels: Channels, out: Uint8Array, at: number): void => {
  const pixels = rgba.length / 4;
  for (let i = 0; i < pixels; i++) {
    const [r, g, b, a] = [rgba[4 * i] ?? 0, rgba[4 * i + 1] ?? 0, rgba[4 * i + 2] ?? 0, rgba[4 * i + 3] ?? 0];
    if (channels !== 4 && a !== 255)
      fail('data', path, 'opaque pixels, or channels: 4', `alpha ${a} at pixel ${i}`);
    const to = at + i * channels;
    if (channels === 1) out[to] = Math.round((299 * r + 587 * g + 114 * b) / 1000);
    else {
      out[to] = r;
      out[to + 1] = g;
      out[to + 2] = b;
      if (channels === 4) out[to + 3] = a;
    }
  }
};

/** What is used of `pngjs`: its own types are not there where the package is not. */
interface Pngjs {
  // A method: its own types ask for a `Buffer`, which declarations for a page cannot name.
  readonly PNG: { readonly sync: { read(content: Uint8Array): { readonly data: Uint8Array } } };
}

/** The decoder of `pngjs`. A `Fault` `file` where the package is missing. */
export const decodeOf = async (load: () => Promise<Pngjs> = () => import('pngjs')): Promise<Decode> => {
  const { PNG } = await load().catch((thrown: unknown) =>
    fail(
      'file',
      'pngjs',
      'the optional package pngjs, for PNG images: npm install pngjs',
      ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(thrown))
        ? 'none'
        : 'one that cannot be loaded',
    ),
  );
  return (path, content, [height, width, channels], out, at) => {
    const [h, w] = sizeIn(path, content);
    if (h !== height || w !== width)
      fail('data', path, `an image of ${height}×${width}, as the first is`, `${h}×${w}`);
    let rgba: Uint8Array;
    try {
      rgba = PNG.sync.read(Buffer.from(content.buffer, content.byteOffset, content.byteLength)).data;
    } catch {
      return fail('data', path, 'a whole PNG image', 'a broken or shortened one');
    }
    written(path, rgba, channels, out, at);
  };
};
