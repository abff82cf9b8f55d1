import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cifar10 } from '../../src';
import { right } from '../support';
import { pixelsOf, testFolder } from './folder';

const SEED = 1;

/** A record with that label, and the pixel at row, column and channel by a function. */
const record = (label: number, pixel: (row: number, column: number, channel: number) => number): number[] => [
  label,
  ...Array.from({ length: 3072 }, (_, i) => pixel(Math.floor(i / 32) % 32, i % 32, Math.floor(i / 1024))),
];
const grey = (label: number, value: number): number[] => record(label, () => value);
const bytes = (...records: readonly number[][]): Uint8Array => new Uint8Array(records.flat());

describe('cifar10', () => {
  const folder = testFolder();
  const write = (name: string, content: Uint8Array): void => {
    writeFileSync(folder.at(name), content);
  };
  const subset = (): void => {
    write('train.bin', bytes(grey(3, 50), grey(9, 200)));
    write('test.bin', bytes(grey(0, 100)));
  };
  const official = (): void => {
    const batch = (label: number): Uint8Array => {
      const content = new Uint8Array(10_000 * 3073);
      for (let i = 0; i < 10_000; i++) content[i * 3073] = label;
      content.fill(100 + label, content.length - 3072);
      return content;
    };
    for (const n of [1, 2, 3, 4, 5]) write(`data_batch_${n}.bin`, batch(n));
    write('test_batch.bin', batch(0));
  };
  const line = async (): Promise<string> => folder.line(await cifar10(folder.at(), 'flat')());

  it('reads a subset of any size, divided by the largest training pixel', async () => {
    subset();
    const data = right(await cifar10(folder.at(), 'flat')());
    expect([data.name, data.origin, data.shape, data.classes]).toEqual([
      'CIFAR-10',
      "train.bin and test.bin, a subset in CIFAR-10's binary format",
      [3072],
      10,
    ]);
    expect([data.train.count, data.test.count]).toEqual([2, 1]);
    expect([...data.train.labels, ...data.test.labels]).toEqual([3, 9, 0]);
    expect([data.train.images.length, data.test.images.length]).toEqual([2 * 3072, 3072]);
    expect([pixelsOf(data.train)[3071], pixelsOf(data.train)[3072], pixelsOf(data.test)[0]]).toEqual([
      0.25, 1, 0.5,
    ]);
  });

  it('reads the six official files, in their order, also where a subset is beside them', async () => {
    official();
    subset();
    const data = right(await cifar10(folder.at(), 'image')());
    expect([data.origin, data.train.count, data.test.count]).toEqual([
      'the six official files',
      50_000,
      10_000,
    ]);
    expect([0, 10_000, 20_000, 30_000, 40_000].map((i) => data.train.labels[i])).toEqual([1, 2, 3, 4, 5]);
    // Not all pixels: they take seconds.
    const last = ({ images, scale = 1 }: typeof data.train, example: number): number =>
      (images[example * 3072 - 1] ?? Number.NaN) * scale;
    const lasts = [10_000, 20_000, 50_000].map((example) => last(data.train, example));
    [101 / 105, 102 / 105, 1].forEach((value, i) => {
      expect(lasts[i]).toBeCloseTo(value, 12);
    });
    expect(last(data.test, 10_000)).toBeCloseTo(100 / 105, 12);
  });

  it('puts each pixel where both layouts have it, plain and gzipped', async () => {
    console.log(`cifar10 pixels: 30 cases, seed ${SEED}`);
    const place = { row: fc.nat(31), column: fc.nat(31), channel: fc.nat(2) };
    await fc.assert(
      fc.asyncProperty(fc.record({ ...place, zipped: fc.boolean() }), async (c) => {
        const one = bytes(
          record(4, (row, column, channel) =>
            row === c.row && column === c.column && channel === c.channel ? 255 : 0,
          ),
        );
        rmSync(folder.at('train.bin'), { force: true });
        rmSync(folder.at('train.bin.gz'), { force: true });
        write(c.zipped ? 'train.bin.gz' : 'train.bin', c.zipped ? gzipSync(one) : one);
        write('test.bin', one);
        const lit = async (layout: 'flat' | 'image'): Promise<number[]> =>
          [...pixelsOf(right(await cifar10(folder.at(), layout)()).train)].flatMap((v, i) =>
            v === 1 ? [i] : [],
          );
        expect(await lit('flat')).toEqual([c.channel * 1024 + c.row * 32 + c.column]);
        expect(await lit('image')).toEqual([(c.row * 32 + c.column) * 3 + c.channel]);
      }),
      { seed: SEED, numRuns: 30 },
    );
  });

  it('gives images the shape [32, 32, 3]', async () => {
    subset();
    expect(right(await cifar10(folder.at(), 'image')()).shape).toEqual([32, 32, 3]);
  });

  for (const below of ['cifar-10', 'cifar-10-batches-bin'])
    it(`finds the files in ${below}`, async () => {
      mkdirSync(folder.at(below));
      write(`${below}/train.bin`, bytes(grey(3, 50)));
      write(`${below}/test.bin`, bytes(grey(5, 50)));
      expect(right(await cifar10(folder.at(), 'flat')()).test.labels[0]).toBe(5);
    });

  it('takes the first place that has files', async () => {
    for (const [label, place] of [
      [7, 'cifar-10-batches-bin'],
      [6, 'cifar-10'],
      [5, '.'],
    ] as const) {
      mkdirSync(folder.at(place), { recursive: true });
      for (const name of ['train.bin', 'test.bin']) write(`${place}/${name}`, bytes(grey(label, 50)));
      expect(right(await cifar10(folder.at(), 'flat')()).train.labels[0]).toBe(label);
    }
  });

  const wanted =
    'data_batch_1.bin … data_batch_5.bin and test_batch.bin, or train.bin and test.bin (plain or .gz), there or in cifar-10 or cifar-10-batches-bin';

  it('says what was looked for where there is nothing', async () => {
    expect(await line()).toBe(`file error at FOLDER: expected ${wanted}, found none of them`);
    expect(folder.line(await cifar10(folder.at('none'), 'flat')())).toBe(
      `file error at none: expected ${wanted}, found no such folder`,
    );
  });
  it('says what is missing', async () => {
    write('train.bin.gz', gzipSync(bytes(grey(3, 50))));
    expect(await line()).toBe(
      `file error at FOLDER: expected ${wanted}, found train.bin.gz without test.bin`,
    );
  });
  it('an empty file', async () => {
    subset();
    write('test.bin', new Uint8Array(0));
    expect(await line()).toBe('data error at test.bin: expected records of 3073 bytes, found an empty file');
  });
  it('a size that is no number of records', async () => {
    subset();
    write('train.bin', bytes(grey(3, 50), [1, 2]));
    expect(await line()).toBe('data error at train.bin: expected a multiple of 3073 bytes, found 3075 bytes');
  });
  it('a label out of range', async () => {
    subset();
    write('train.bin', bytes(grey(9, 50), grey(10, 50)));
    expect(await line()).toBe('data error at train.bin[1]: expected a label in 0 … 9, found 10');
  });
  it('an official file with another number of records', async () => {
    official();
    write('data_batch_4.bin', new Uint8Array(9_999 * 3073));
    expect(await line()).toBe(
      'data error at data_batch_4.bin: expected 10000 records, as in the official file, found 9999',
    );
  });
  it('black images', async () => {
    write('train.bin', bytes(grey(3, 0), grey(9, 0)));
    write('test.bin', bytes(grey(3, 7)));
    expect(await line()).toBe(
      'data error at FOLDER: expected training images that are not all black, found only zeros',
    );
  });
  it('a broken gzip', async () => {
    subset();
    const zipped = gzipSync(bytes(grey(3, 50)));
    rmSync(folder.at('test.bin'));
    write('test.bin.gz', zipped.subarray(0, zipped.length - 9));
    expect(await line()).toBe(
      'data error at test.bin.gz: expected a whole gzip file, found unexpected end of file',
    );
  });
  it('a folder in the place of a file', async () => {
    subset();
    rmSync(folder.at('test.bin'));
    mkdirSync(folder.at('test.bin'));
    expect(await line()).toBe('file error at test.bin: expected a file that can be read, found a folder');
  });
});
