import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { attemptTask, inMemory, pngFolder } from '../../src';
import { decodeOf } from '../../src/data/png';
import { messageOf, right } from '../support';
import { testFolder } from './folder';

/** An image of the given pixels, red, green, blue and alpha, as a file. */
const png = (width: number, height: number, rgba: readonly number[]): Buffer => {
  const image = new PNG({ width, height });
  image.data = Buffer.from(rgba);
  return PNG.sync.write(image);
};
const [RED, GREY, WHITE] = [
  [255, 0, 0, 255],
  [51, 51, 51, 255],
  [255, 255, 255, 255],
] as const;

describe('pngFolder', () => {
  const folder = testFolder();
  const write = (name: string, file: string, content: Uint8Array): void => {
    mkdirSync(folder.at(name), { recursive: true });
    writeFileSync(folder.at(name, file), content);
  };
  const two = (): void => {
    write('b', '1.png', png(2, 1, [...RED, ...WHITE]));
    write('a', '2.PNG', png(2, 1, [...GREY, ...WHITE]));
    write('a', '1.png', png(2, 1, [...WHITE, ...GREY]));
    write('a', 'notes.txt', Buffer.from('no image'));
    write('.hidden', '1.png', Buffer.from('no image'));
  };

  it('makes classes of folders, and reads by index', async () => {
    two();
    const { examples, classes, files } = right(await pngFolder(folder.at())());
    expect([classes, files.map((file) => file.replace(`${folder.at()}/`, ''))]).toEqual([
      ['a', 'b'],
      ['a/1.png', 'a/2.PNG', 'b/1.png'],
    ]);
    expect([examples.shape, examples.count]).toEqual([[1, 2, 3], 3]);
    const read = await examples.read(Int32Array.of(2, 0));
    expect(read).toEqual({
      shape: [1, 2, 3],
      inputs: Uint8Array.of(255, 0, 0, 255, 255, 255, 255, 255, 255, 51, 51, 51),
      scale: 1 / 255,
      targets: Int32Array.of(1, 0),
      count: 2,
    });
  });

  it('gives grey, by the weights of the colours, and alpha', async () => {
    two();
    const grey = right(await inMemory(right(await pngFolder(folder.at(), { channels: 1 })()).examples)());
    expect([[...grey.inputs], [...grey.targets], grey.shape]).toEqual([
      [255, 51, 51, 255, 76, 255],
      [0, 0, 1],
      [1, 2, 1],
    ]);
    write('b', '1.png', png(2, 1, [1, 2, 3, 4, ...WHITE]));
    const alpha = right(await pngFolder(folder.at(), { channels: 4 })());
    expect([...(await alpha.examples.read(Int32Array.of(2))).inputs]).toEqual([1, 2, 3, 4, ...WHITE]);
  });

  it('takes links to folders for classes, and links to images', async () => {
    two();
    mkdirSync(folder.at('all'));
    mkdirSync(folder.at('elsewhere'));
    for (const name of ['a', 'b']) {
      renameSync(folder.at(name), folder.at('elsewhere', name));
      symlinkSync(folder.at('elsewhere', name), folder.at('all', name));
    }
    symlinkSync(folder.at('elsewhere', 'b', '1.png'), folder.at('elsewhere', 'a', '3.png'));
    // Neither folder nor link to one.
    writeFileSync(folder.at('labels.txt'), '');
    symlinkSync(folder.at('labels.txt'), folder.at('all', 'labels.txt'));
    const { classes, examples } = right(await pngFolder(folder.at('all'))());
    expect([classes, [...right(await inMemory(examples)()).targets]]).toEqual([
      ['a', 'b'],
      [0, 0, 0, 1],
    ]);
    symlinkSync(folder.at('nowhere'), folder.at('all', 'c'));
    expect(folder.line(await pngFolder(folder.at('all'))())).toBe(
      'file error at all/c: expected a link that leads somewhere, found no such file',
    );
  });

  it('refuses channels that no image has', async () => {
    two();
    for (const channels of [2, 0, Number.NaN, '3'])
      // Programs without types give anything.
      expect(folder.line(await pngFolder(folder.at(), { channels: channels as 3 })())).toBe(
        `options error at pngFolder.channels: expected one of 1, 3, 4, found ${channels}`,
      );
  });

  const read = async (): Promise<string> => {
    const found = await pngFolder(folder.at())();
    return found._tag === 'Left' ? folder.line(found) : folder.line(await inMemory(found.right.examples)());
  };
  const cases: readonly (readonly [string, () => void, string])[] = [
    ['no folders', () => undefined, 'data error at FOLDER: expected a folder for each class, found none'],
    [
      'a class without images',
      () => {
        mkdirSync(folder.at('a'));
      },
      'data error at a: expected PNG images, found none',
    ],
    [
      'another size',
      () => {
        write('b', '1.png', png(1, 2, [...RED, ...WHITE]));
      },
      'data error at b/1.png: expected an image of 1×2, as the first is, found 2×1',
    ],
    [
      'what is no image',
      () => {
        write('b', '1.png', Buffer.from('GIF89a, and more than twenty-four bytes of it'));
      },
      'data error at b/1.png: expected a PNG image, found something else',
    ],
    [
      'an empty file',
      () => {
        write('b', '1.png', Buffer.alloc(0));
      },
      'data error at b/1.png: expected a PNG image, found an empty file',
    ],
    [
      'a broken image',
      () => {
        write('b', '1.png', png(2, 1, [...RED, ...WHITE]).subarray(0, 50));
      },
      'data error at b/1.png: expected a whole PNG image, found a broken or shortened one',
    ],
    [
      'pixels that are not opaque',
      () => {
        write('b', '1.png', png(2, 1, [...WHITE, 1, 2, 3, 4]));
      },
      'data error at b/1.png: expected opaque pixels, or channels: 4, found alpha 4 at pixel 1',
    ],
  ];
  for (const [name, change, expected] of cases)
    it(`refuses ${name}`, async () => {
      if (!name.startsWith('no folders') && !name.startsWith('a class')) two();
      change();
      expect(await read()).toBe(expected);
    });

  it('says which package is missing', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(messageOf(await attemptTask(() => decodeOf(() => Promise.reject(missing)))())).toBe(
      'file error at pngjs: expected the optional package pngjs, for PNG images: npm install pngjs, found none',
    );
  });
});
