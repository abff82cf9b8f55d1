import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as E from 'fp-ts/Either';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIdx, readIdx } from '../../src';
import { messageOf, right } from '../support';
import { idx } from './idx';

const SEED = 1;
/** Of the format as it is read: one axis to so many. */
const MOST_AXES = 4;

/** The first number of axes that a reader takes against the law, or does not take; nothing where it takes one to the most. */
const wrongAxesOf = (read: typeof parseIdx): number | undefined =>
  [0, 1, 2, 3, 4, 5, 6, 255].find((axes) => {
    const shape = Array.from({ length: axes }, (_, i): number => (i < 2 ? 2 : 1));
    const count = shape.reduce((a, b) => a * b, 1);
    const result = read('f', idx(shape, new Array<number>(count).fill(7)));
    return E.isRight(result) !== (axes >= 1 && axes <= MOST_AXES);
  });

describe('parseIdx', () => {
  it('reads what was written, plain and gzipped', () => {
    console.log(`idx round trip: 100 cases, seed ${SEED}`);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: MOST_AXES }),
        fc.boolean(),
        (shape, zipped) => {
          const count = shape.reduce((a, b) => a * b, 1);
          const values = Array.from({ length: count }, (_, i) => (7 * i) % 256);
          const bytes = idx(shape, values);
          const read = right(parseIdx('f', zipped ? new Uint8Array(gzipSync(bytes)) : bytes));
          expect(read.shape).toEqual(shape);
          expect([...read.data]).toEqual(values);
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('takes one axis to the most, and refuses one more, as readers of fewer and of more are found to', () => {
    expect(wrongAxesOf(parseIdx)).toBeUndefined();
    const fewer: typeof parseIdx = (path, bytes) =>
      parseIdx(path, bytes[3] === MOST_AXES ? bytes.subarray(1) : bytes);
    const more: typeof parseIdx = (path, bytes) =>
      bytes[3] === MOST_AXES + 1 ? parseIdx(path, idx([1], [7])) : parseIdx(path, bytes);
    const none: typeof parseIdx = (path, bytes) => parseIdx(path, bytes[3] === 0 ? idx([1], [7]) : bytes);
    expect([fewer, more, none].map(wrongAxesOf)).toEqual([MOST_AXES, MOST_AXES + 1, 0]);
  });

  it('never throws, whatever the bytes', () => {
    console.log(`idx of noise: 500 cases, seed ${SEED}`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const result = parseIdx('f', bytes);
        if (E.isLeft(result)) expect(messageOf(result)).not.toContain('\n');
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  const zipped = gzipSync(idx([2], [1, 2]));
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'empty',
      new Uint8Array(0),
      'data error at f: expected an IDX header of at least 4 bytes, found 0 bytes',
    ],
    [
      'wrong magic',
      new Uint8Array([1, 2, 8, 1, 0, 0, 0, 0]),
      'data error at f: expected the magic number of an IDX file, such as 0x00000803, found 0x01020801',
    ],
    [
      'no axes',
      idx([], []),
      'data error at f: expected the magic number of an IDX file, such as 0x00000803, found 0x00000800',
    ],
    [
      'floats',
      idx([1], [0, 0, 0, 0], 0x0d),
      'data error at f: expected elements of type 0x08 (unsigned bytes), found type 0x0d',
    ],
    [
      'short header',
      idx([2, 2], [1, 2, 3, 4]).subarray(0, 9),
      'data error at f: expected a header of 12 bytes, found 9 bytes',
    ],
    ['short', idx([2, 2], [1, 2, 3]), 'data error at f: expected 4 values for its shape [2, 2], found 3'],
    [
      'long',
      idx([2, 2], [1, 2, 3, 4, 5]),
      'data error at f: expected 4 values for its shape [2, 2], found 5',
    ],
    ['an empty axis', idx([0], []), 'data error at f: expected axes of at least 1, found [0]'],
    [
      'truncated gzip',
      new Uint8Array(zipped.subarray(0, zipped.length - 9)),
      'data error at f: expected a whole gzip file, found unexpected end of file',
    ],
  ];
  for (const [name, bytes, line] of cases)
    it(`${name} is an error value`, () => {
      expect(messageOf(parseIdx('f', bytes))).toBe(line);
    });
});

describe('readIdx', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-idx-'));
    writeFileSync(join(folder, 'ok'), idx([2], [3, 4]));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  it('reads a file', async () => {
    expect([...right(await readIdx(join(folder, 'ok'))()).data]).toEqual([3, 4]);
  });
  it('says that there is none', async () => {
    const path = join(folder, 'none');
    expect(messageOf(await readIdx(path)())).toBe(
      `file error at ${path}: expected a file that can be read, found no such file`,
    );
    expect(messageOf(await readIdx(folder)())).toBe(
      `file error at ${folder}: expected a file that can be read, found a folder`,
    );
  });
});
