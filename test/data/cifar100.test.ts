import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cifar100 } from '../../src';
import { right } from '../support';
import { pixelsOf, testFolder } from './folder';

/** A record: the group, the class, and a pixel at [row 1, column 2, blue]. */
const record = (coarse: number, fine: number, lit: number): number[] => {
  const pixels = Array<number>(3072).fill(0);
  pixels[2 * 1024 + 32 + 2] = lit;
  return [coarse, fine, ...pixels];
};
const bytes = (...records: readonly number[][]): Uint8Array => new Uint8Array(records.flat());

describe('cifar100', () => {
  const folder = testFolder();
  const write = (train: Uint8Array, test: Uint8Array): void => {
    mkdirSync(folder.at('cifar-100-binary'));
    writeFileSync(folder.at('cifar-100-binary', 'train.bin'), train);
    writeFileSync(folder.at('cifar-100-binary', 'test.bin.gz'), gzipSync(test));
  };

  it('reads both kinds of labels, and pixels where they are', async () => {
    write(bytes(record(19, 99, 100), record(0, 7, 200)), bytes(record(3, 50, 50)));
    const fine = right(await cifar100(folder.at(), 'image')());
    expect([fine.name, fine.classes, fine.shape, ...fine.train.labels, ...fine.test.labels]).toEqual([
      'CIFAR-100',
      100,
      [32, 32, 3],
      99,
      7,
      50,
    ]);
    const at = (32 + 2) * 3 + 2;
    expect([pixelsOf(fine.train)[at], pixelsOf(fine.train)[3072 + at], pixelsOf(fine.test)[at]]).toEqual([
      0.5, 1, 0.25,
    ]);
    const coarse = right(await cifar100(folder.at(), 'flat', 'coarse')());
    expect([coarse.classes, ...coarse.train.labels, pixelsOf(coarse.train)[2 * 1024 + 34]]).toEqual([
      20, 19, 0, 0.5,
    ]);
  });

  it('refuses records of another size, as those of CIFAR-10, and labels that are none', async () => {
    write(new Uint8Array(3073), bytes(record(0, 0, 1)));
    expect(folder.line(await cifar100(folder.at(), 'flat')())).toBe(
      'data error at cifar-100-binary/train.bin: expected a multiple of 3074 bytes, found 3073 bytes',
    );
    writeFileSync(folder.at('cifar-100-binary', 'train.bin'), bytes(record(0, 0, 1), record(20, 0, 1)));
    expect(folder.line(await cifar100(folder.at(), 'flat')())).toBe(
      'data error at cifar-100-binary/train.bin[1]: expected a label in 0 … 19, found 20',
    );
  });
});
