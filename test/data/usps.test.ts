import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usps } from '../../src';
import { right } from '../support';
import { testFolder } from './folder';

const SEED = 1;
const all = (value: string): readonly string[] => Array<string>(256).fill(value);
const row = (label: string, values: readonly string[]): string => [label, ...values].join(' ');

describe('usps', () => {
  const folder = testFolder();
  const write = (name: string, content: string): void => {
    writeFileSync(folder.at(name), name.endsWith('.gz') ? gzipSync(content) : content);
  };
  const good = `${row('6.0000', all('-1.0000'))} \n${row('9.0000', all('0.5'))} \n`;
  const withTrain = async (content: string): Promise<string> => {
    write('zip.train', content);
    write('zip.test', good);
    return folder.line(await usps(folder.at())());
  };

  it('reads plain and gzipped files, values mapped to [0, 1]', async () => {
    write('zip.train.gz', good);
    write('zip.test', row('3', all('1')));
    const data = right(await usps(folder.at())());
    expect([data.name, data.origin, data.shape, data.classes]).toEqual([
      'USPS',
      'zip.train and zip.test as published with The Elements of Statistical Learning',
      [256],
      10,
    ]);
    expect([data.train.count, data.test.count]).toEqual([2, 1]);
    expect([...data.train.labels, ...data.test.labels]).toEqual([6, 9, 3]);
    expect([data.train.images[255], data.train.images[256], data.test.images[0]]).toEqual([0, 0.75, 1]);
    expect([data.train.images.length, data.test.images.length]).toEqual([512, 256]);
  });

  it('reads what was written, in its order', async () => {
    console.log(`usps round trip: 30 cases, seed ${SEED}`);
    const value = fc.integer({ min: -1000, max: 1000 });
    const image = fc.tuple(fc.nat(9), fc.array(value, { minLength: 256, maxLength: 256 }));
    await fc.assert(
      fc.asyncProperty(fc.array(image, { minLength: 1, maxLength: 3 }), async (images) => {
        const lines = images.map(([label, values]) =>
          row(
            `${label}`,
            values.map((v) => `${v / 1000}`),
          ),
        );
        write('zip.train', lines.join('\r\n'));
        write('zip.test', good);
        const { train } = right(await usps(folder.at())());
        expect([...train.labels]).toEqual(images.map(([label]) => label));
        expect([...train.images]).toEqual(
          images.flatMap(([, values]) => values.map((v) => Math.fround((v / 1000 + 1) / 2))),
        );
      }),
      { seed: SEED, numRuns: 30 },
    );
  });

  it('finds the files in usps', async () => {
    mkdirSync(folder.at('usps'));
    write('usps/zip.train', good);
    write('usps/zip.test.gz', good);
    expect(right(await usps(folder.at())()).test.count).toBe(2);
  });

  it('says what was looked for, and what is missing', async () => {
    const wanted = 'zip.train and zip.test (plain or .gz), there or in usps';
    expect(folder.line(await usps(folder.at())())).toBe(
      `file error at FOLDER: expected ${wanted}, found none of them`,
    );
    write('zip.train', good);
    expect(folder.line(await usps(folder.at())())).toBe(
      `file error at FOLDER: expected ${wanted}, found zip.train without zip.test`,
    );
  });

  const cases: readonly (readonly [string, string, string])[] = [
    ['an empty file', '\n', 'zip.train: expected a line for each image, found an empty file'],
    [
      'a line with fewer fields',
      `${good}${row('3', all('0').slice(1))}\n`,
      'zip.train:3: expected a label and 256 values, found 256 fields',
    ],
    [
      'a line with more fields',
      `${good}${row('3', [...all('0'), '0'])}\n`,
      'zip.train:3: expected a label and 256 values, found 258 fields',
    ],
    ['an empty line', `\n${good}`, 'zip.train:1: expected a label and 256 values, found 0 fields'],
    [
      'a value that is no number',
      row('3', all('0').with(7, 'x1')),
      'zip.train:1: expected numbers, found x1',
    ],
    ['a value that is not a number', row('3', all('NaN')), 'zip.train:1: expected numbers, found NaN'],
    ['a hexadecimal value', row('3', all('0x0')), 'zip.train:1: expected numbers, found 0x0'],
    [
      'a value out of range',
      row('3', all('0').with(255, '1.001')),
      'zip.train:1: expected values in [-1, 1], found 1.001',
    ],
    [
      'a value below the range',
      row('3', all('0').with(0, '-2')),
      'zip.train:1: expected values in [-1, 1], found -2',
    ],
    ['a label above 9', row('10', all('0')), 'zip.train:1: expected a label in 0 … 9, found 10'],
    ['a negative label', row('-1', all('0')), 'zip.train:1: expected a label in 0 … 9, found -1'],
    ['a label between two', row('2.5', all('0')), 'zip.train:1: expected a label in 0 … 9, found 2.5'],
  ];
  for (const [name, content, line] of cases)
    it(name, async () => {
      expect(await withTrain(content)).toBe(`data error at ${line}`);
    });

  it('a broken gzip', async () => {
    write('zip.train', good);
    const zipped = gzipSync(good);
    writeFileSync(folder.at('zip.test.gz'), zipped.subarray(0, zipped.length - 9));
    expect(folder.line(await usps(folder.at())())).toBe(
      'data error at zip.test.gz: expected a whole gzip file, found unexpected end of file',
    );
  });
});
