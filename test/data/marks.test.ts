/** What text editors and other programs do to data files, and names that files are full of. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type * as E from 'fp-ts/Either';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, parseIdx, usps } from '../../src';
import { messageOf, right } from '../support';
import { testFolder } from './folder';
import { idx } from './idx';

const SEED = 1;

describe('files as other programs leave them', () => {
  const folder = testFolder();
  const line = ['1', ...Array<string>(256).fill('0.5')].join(' ');
  const read = async (content: string | Uint8Array) => {
    writeFileSync(folder.at('zip.train'), content);
    writeFileSync(folder.at('zip.test'), `${line}\n`);
    return usps(folder.at())();
  };

  it('reads a byte order mark and CRLF, and refuses blank lines and UTF-16', async () => {
    expect(right(await read(`\ufeff${line}\n`)).train.count).toBe(1);
    expect(right(await read(`${line}\r\n${line}\r\n\r\n`)).train.count).toBe(2);
    expect(folder.line(await read(`${line}\n\n${line}\n`))).toContain('zip.train:2: ');
    expect(folder.line(await read(Buffer.from(`\ufeff${line}`, 'utf16le')))).toContain('UTF-16');
    expect(folder.line(await read('1'.repeat(100_000)))).toContain('a line of at most 65536 bytes');
    expect(folder.line(await read(line.replace('0.5', 'x'.repeat(5000)))).length).toBeLessThan(300);
  });

  it('stops a gzip that becomes more than its header says', () => {
    const bomb = gzipSync(Buffer.concat([idx([2], [1, 2]), Buffer.alloc(2 ** 24)]));
    expect(messageOf(parseIdx('f', bomb))).toBe(
      'data error at f: expected at most 1048576 bytes once unpacked, found more',
    );
  });

  it('refuses headers that would fill the memory', () => {
    const file = (text: string): Uint8Array => {
      const bytes = new Uint8Array(8 + text.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(new TextEncoder().encode(text), 8);
      return bytes;
    };
    const found: readonly (readonly [string, string])[] = [
      [`{"a":${'['.repeat(100_000)}`, 'expected values at most 16 deep in each other, found more'],
      ['{"a":'.repeat(100_000), 'expected values at most 16 deep in each other, found more'],
      [`{"a":{"shape":[${'0,'.repeat(1000)}0]}}`, 'expected lists of at most 255 values, found more'],
    ];
    for (const [text, words] of found)
      expect(messageOf(decodeSafetensors('f', file(text)))).toBe(`data error at f: header: ${words}`);
    expect(messageOf(decodeSafetensors('f', file(`{"${'n'.repeat(10_000)}":0}`))).length).toBeLessThan(300);
  });

  it('takes any bytes for what they are, or refuses them in a short line', async () => {
    const stored = { dtype: 'F32', shape: [2], data: new Float32Array(2) } as const;
    const tensors = encodeSafetensors(new Map([['a', stored]]), new Map([['epoch', '1']]));
    const files: readonly (readonly [
      Uint8Array,
      (bytes: Uint8Array) => Promise<E.Either<unknown, unknown>>,
    ])[] = [
      [tensors, (bytes) => Promise.resolve(decodeSafetensors('f', bytes))],
      [idx([2, 2], [1, 2, 3, 4]), (bytes) => Promise.resolve(parseIdx('f', bytes))],
      [gzipSync(idx([2, 2], [1, 2, 3, 4])), (bytes) => Promise.resolve(parseIdx('f', bytes))],
      [Buffer.from(`${line}\n`), read],
    ];
    console.log(`changed bytes: ${files.length} times 50 cases, seed ${SEED}`);
    for (const [whole, reader] of files)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), async (changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const result = await reader(bytes);
          expect(['Left', 'Right']).toContain(result._tag);
        }),
        { seed: SEED, numRuns: 50 },
      );
  });
});
