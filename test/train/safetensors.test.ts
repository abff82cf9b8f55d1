/** The safetensors format: what is written is read, and everything else is refused with one line that names the place. */
import * as E from 'fp-ts/Either';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, decodeSafetensors, encodeSafetensors, type Safetensors, type Stored } from '../../src';
import { attemptAllTask } from '../../src/internal';
import { readSafetensors } from '../../src/train/safetensors';
import { messageOf, right } from '../support';

const SEED = 1;

/** A file of this header text and these bytes of data, without any filling up. */
const file = (
  header: string | Uint8Array,
  data: readonly number[] = [],
  length?: number | bigint,
): Uint8Array => {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
};

const bytesOf = ({ data }: Stored): readonly number[] => [
  ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
];

const shapes = fc.array(fc.nat({ max: 3 }), { maxLength: 3 });

/** Any bits, also NaNs of any payload. */
const storeds: fc.Arbitrary<Stored> = shapes.chain((shape) => {
  const n = shape.reduce((a, b) => a * b, 1);
  const bytes = (size: number) =>
    fc.uint8Array({ minLength: n * size, maxLength: n * size }).map((b) => new Uint8Array(b).buffer);
  return fc.oneof(
    bytes(4).map((b): Stored => ({ dtype: 'F32', shape, data: new Float32Array(b) })),
    bytes(8).map((b): Stored => ({ dtype: 'F64', shape, data: new Float64Array(b) })),
    bytes(2).map((b): Stored => ({ dtype: 'F16', shape, data: new Uint16Array(b) })),
    bytes(2).map((b): Stored => ({ dtype: 'BF16', shape, data: new Uint16Array(b) })),
    bytes(1).map((b): Stored => ({ dtype: 'BOOL', shape, data: new Uint8Array(b) })),
    bytes(1).map((b): Stored => ({ dtype: 'I8', shape, data: new Int8Array(b) })),
    bytes(2).map((b): Stored => ({ dtype: 'I16', shape, data: new Int16Array(b) })),
    bytes(4).map((b): Stored => ({ dtype: 'I32', shape, data: new Int32Array(b) })),
    bytes(8).map((b): Stored => ({ dtype: 'I64', shape, data: new BigInt64Array(b) })),
    bytes(1).map((b): Stored => ({ dtype: 'U8', shape, data: new Uint8Array(b) })),
    bytes(2).map((b): Stored => ({ dtype: 'U16', shape, data: new Uint16Array(b) })),
    bytes(4).map((b): Stored => ({ dtype: 'U32', shape, data: new Uint32Array(b) })),
    bytes(8).map((b): Stored => ({ dtype: 'U64', shape, data: new BigUint64Array(b) })),
  );
});

const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', '', '0', 'a"b\\', 'parameters.0.weights', 'θ', '𝛼'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const maps = <A>(values: fc.Arbitrary<A>) =>
  fc.array(fc.tuple(names, values), { maxLength: 6 }).map((a) => new Map(a));

const contents = fc.record({ tensors: maps(storeds), metadata: maps(fc.string({ unit: 'grapheme' })) });

describe('safetensors', () => {
  it('refuses a file that becomes shorter while it is read', async () => {
    const whole = encodeSafetensors(
      new Map<string, Stored>([
        ['a', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }],
        ['b', { dtype: 'F32', shape: [3], data: Float32Array.of(3, 4, 5) }],
      ]),
      new Map(),
    );
    const size = whole.length;
    const parts = (length: number) => ({
      size,
      bytes: (begin: number, end: number) =>
        Promise.resolve(whole.slice(Math.min(begin, length), Math.min(end, length))),
    });
    const read = (length: number) =>
      attemptAllTask('x', () => readSafetensors('x', parts(length), () => E.right(undefined)))();
    const all = await read(size);
    expect(E.map(({ tensors }: Safetensors) => [...(tensors.get('b')?.data ?? [])])(all)).toEqual(
      E.right([3, 4, 5]),
    );
    // By a whole number, which leaves a shorter array that would pass.
    expect(messageOf(await read(size - 4))).toBe(
      `data error at x: expected ${size} bytes, found fewer, while it was read`,
    );
  });

  it('reads what was written, whatever the order it was given in', () => {
    console.log(`safetensors round trip: 300 cases, seed ${SEED}`);
    fc.assert(
      fc.property(contents, fc.nat({ max: 7 }), ({ tensors, metadata }, offset) => {
        const bytes = encodeSafetensors(tensors, metadata);
        const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
        expect(header % 8).toBe(0);
        expect(encodeSafetensors(new Map([...tensors].reverse()), new Map([...metadata].reverse()))).toEqual(
          bytes,
        );
        // Inside of a larger buffer, and at any place in it.
        const larger = new Uint8Array(bytes.length + 16);
        larger.set(bytes, offset);
        const read = right(decodeSafetensors('f', larger.subarray(offset, offset + bytes.length)));
        expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [name, stored] of tensors) {
          const found = read.tensors.get(name);
          if (found === undefined) throw new Error(`no ${name}`);
          expect([found.dtype, found.shape]).toEqual([stored.dtype, stored.shape]);
          expect(found.data.constructor).toBe(stored.data.constructor);
          expect(bytesOf(found)).toEqual(bytesOf(stored));
        }
        expect([...read.metadata].sort()).toEqual([...metadata].sort());
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('is the format that others write: bytes by hand', () => {
    const header =
      '{"__metadata__":{"epoch":"3"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
      '"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}';
    // 1 and -2 in float32, little-endian.
    const data = [0, 0, 128, 63, 0, 0, 0, 192, 7];
    const padded = header + ' '.repeat((8 - (header.length % 8)) % 8);
    expect(padded.length).toBeGreaterThan(header.length);
    const tensors = new Map<string, Stored>([
      ['b', { dtype: 'U8', shape: [], data: new Uint8Array([7]) }],
      ['a', { dtype: 'F32', shape: [2], data: new Float32Array([1, -2]) }],
    ]);
    expect(encodeSafetensors(tensors, new Map([['epoch', '3']]))).toEqual(file(padded, data));
    // Data in another order than names, without spaces at the end, and with a field that we do not know.
    const other =
      '{"b":{"shape":[],"dtype":"U8","data_offsets":[8,9]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}';
    const read = right(decodeSafetensors('f', file(other, data)));
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata.size).toBe(0);
    expect(right(decodeSafetensors('f', file('{}'))).tensors.size).toBe(0);
  });

  it('refuses a file of any other length, and never throws', () => {
    console.log(`safetensors of other lengths: 300 cases, seed ${SEED}`);
    fc.assert(
      fc.property(contents, fc.nat(), fc.integer({ min: 1, max: 9 }), ({ tensors, metadata }, cut, more) => {
        const bytes = encodeSafetensors(tensors, metadata);
        expect(messageOf(decodeSafetensors('f', bytes.subarray(0, cut % bytes.length)))).toMatch(
          /^data error at f/,
        );
        const longer = new Uint8Array(bytes.length + more);
        longer.set(bytes);
        expect(messageOf(decodeSafetensors('f', longer))).toMatch(
          /^data error at f: expected \d+ bytes of data, found \d+ bytes$/,
        );
      }),
      { seed: SEED, numRuns: 300 },
    );
    console.log(`safetensors with other bytes: 1000 cases, seed ${SEED}`);
    let refused = 0;
    fc.assert(
      fc.property(
        contents,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ({ tensors, metadata }, place, change) => {
          const bytes = encodeSafetensors(tensors, metadata);
          const at = place % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ change;
          const result = decodeSafetensors('f', bytes);
          if (E.isLeft(result)) {
            refused++;
            expect(messageOf(result)).not.toContain('\n');
          }
        },
      ),
      { seed: SEED, numRuns: 1000 },
    );
    // A change of data or of a letter in a name is another file, a change elsewhere none.
    expect(refused).toBeGreaterThan(300);
  });

  it('takes no name twice, at any depth, however it is written', () => {
    console.log(`safetensors with a name twice: 200 cases, seed ${SEED}`);
    fc.assert(
      fc.property(names, fc.boolean(), fc.boolean(), (name, inMetadata, escaped) => {
        const plain = JSON.stringify(name);
        const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i));
        const second = escaped
          ? `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
          : plain;
        const value = inMetadata
          ? '"{\\"a\\":1,\\"a\\":2}"'
          : '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
        const object = `{${plain}:${value},"other":${value},${second}:${value}}`;
        const message = messageOf(
          decodeSafetensors('f', file(inMetadata ? `{"__metadata__":${object}}` : object)),
        );
        expect(message).toMatch(/^data error at f: header: expected each name once, found ".*" twice$/s);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('bounds what a header may hold, and nothing below', () => {
    const lineOf = (text: string): string =>
      messageOf(decodeSafetensors('f', file(text))).replace(/, found .*$/s, '');
    const expected = 'data error at f: header: expected';
    // None of these is JSON: what is within the bounds comes to that.
    for (const [within, beyond, bound] of [
      ['{' + '['.repeat(15), '{' + '['.repeat(16), 'values at most 16 deep in each other'],
      [`{[${','.repeat(254)}`, `{[${','.repeat(255)}`, 'lists of at most 255 values'],
      [`{${':'.repeat(4e6)}`, `{${':'.repeat(4e6 + 1)}`, 'at most 4000000 names'],
    ] as const) {
      expect(lineOf(within)).toBe(`${expected} JSON`);
      expect(lineOf(beyond)).toBe(`${expected} ${bound}`);
    }
  });

  const info = (dtype: string, shape: string, offsets: string): string =>
    `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
  const two = (a: string, b: string): string =>
    `{"a":${info('"F32"', '[1]', a)},"b":${info('"I32"', '[1]', b)}}`;
  const eight = [1, 2, 3, 4, 5, 6, 7, 8];
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'an empty file',
      new Uint8Array(0),
      'data error at f: expected a safetensors file of at least 8 bytes, found 0 bytes',
    ],
    [
      'a header that is too long',
      file('{}', [], 100_000_001),
      'data error at f: header: expected a length of at most 100000000 bytes, found 100000001',
    ],
    [
      'a length beyond all numbers',
      file('{}', [], 2n ** 64n - 1n),
      'data error at f: header: expected a length of at most 100000000 bytes, found 18446744073709551615',
    ],
    [
      'a cut header',
      file('{}', [], 20),
      'data error at f: header: expected 20 bytes, found 2 bytes, the rest of the file',
    ],
    [
      'UTF-8',
      file(new Uint8Array([0x7b, 0x22, 0xff, 0x22])),
      'data error at f: header: expected UTF-8, found other bytes',
    ],
    [
      'a mark of the byte order',
      file(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])),
      'data error at f: header: expected an object from its first byte on, found a byte order mark',
    ],
    [
      'a list',
      file('[1, 2]'),
      'data error at f: header: expected an object from its first byte on, found "[1, 2]"',
    ],
    [
      'spaces first',
      file(' {}'),
      'data error at f: header: expected an object from its first byte on, found " {}"',
    ],
    ['JSON', file('{"a": }'), 'data error at f: header: expected JSON, found "{\\"a\\": }"'],
    ['JSON and more', file('{}{}'), 'data error at f: header: expected JSON, found "{}{}"'],
    [
      'a name twice',
      file('{"a":1,"a":2}'),
      'data error at f: header: expected each name once, found "a" twice',
    ],
    ['a tensor that is a number', file('{"a":1}'), 'data error at f: a: expected an object, found 1'],
    ['no kind', file('{"a":{}}'), 'data error at f: a.dtype: expected a text, found nothing'],
    [
      'another kind',
      file(`{"a":${info('"F8_E4M3"', '[1]', '[0,1]')}}`, [0]),
      'data error at f: a.dtype: expected one of F32, F64, F16, BF16, BOOL, I8, I16, I32, I64, U8, U16, U32, U64, found F8_E4M3',
    ],
    [
      'a kind by an inherited name',
      file(`{"a":${info('"toString"', '[1]', '[0,2]')}}`, [0, 0]),
      'data error at f: a.dtype: expected one of F32, F64, F16, BF16, BOOL, I8, I16, I32, I64, U8, U16, U32, U64, found toString',
    ],
    [
      'a shape',
      file(`{"a":${info('"F32"', '[-1]', '[0,4]')}}`, eight),
      'data error at f: a.shape: expected a list of whole numbers from 0 to 2^53 - 1, found [-1]',
    ],
    [
      'an unsafe integer',
      file(`{"a":${info('"U8"', '[9007199254740993]', '[0,4]')}}`, eight),
      'data error at f: a.shape: expected a list of whole numbers from 0 to 2^53 - 1, found [9007199254740992]',
    ],
    [
      'an unsafe size',
      file(`{"a":${info('"F32"', '[4503599627370496,2]', '[0,4]')}}`, eight),
      'data error at f: a.shape: expected fewer than 2^53 bytes, found F32 [4503599627370496, 2]',
    ],
    [
      'unsafe offsets',
      file(`{"a":${info('"F32"', '[1]', '[0,1e300]')}}`, eight),
      'data error at f: a.data_offsets: expected a list of whole numbers from 0 to 2^53 - 1, found [0,1e+300]',
    ],
    [
      'one offset',
      file(`{"a":${info('"F32"', '[1]', '[0]')}}`, eight),
      'data error at f: a.data_offsets: expected a begin and an end that is not before it, found [0]',
    ],
    [
      'an end before its begin',
      file(`{"a":${info('"F32"', '[1]', '[8,4]')}}`, eight),
      'data error at f: a.data_offsets: expected a begin and an end that is not before it, found [8,4]',
    ],
    [
      'a size',
      file(`{"a":${info('"F32"', '[2]', '[0,4]')}}`, [0, 0, 0, 0]),
      'data error at f: a.data_offsets: expected 8 bytes for F32 [2], found 4 bytes',
    ],
    [
      'a gap',
      file(two('[0,4]', '[8,12]'), [...eight, ...eight]),
      'data error at f: b.data_offsets: expected a begin of 4, where the data before it ends, found 8, after a gap',
    ],
    [
      'a gap at the beginning',
      file(two('[4,8]', '[8,12]'), [...eight, ...eight]),
      'data error at f: a.data_offsets: expected a begin of 0, where the data before it ends, found 4, after a gap',
    ],
    [
      'an overlap',
      file(two('[2,6]', '[0,4]'), eight),
      'data error at f: a.data_offsets: expected a begin of 4, where the data before it ends, found 2, an overlap',
    ],
    [
      'trailing bytes',
      file(two('[0,4]', '[4,8]'), [...eight, 9]),
      'data error at f: expected 8 bytes of data, found 9 bytes',
    ],
    [
      'missing bytes',
      file(two('[0,4]', '[4,8]'), eight.slice(1)),
      'data error at f: expected 8 bytes of data, found 7 bytes',
    ],
    [
      'metadata that is a list',
      file('{"__metadata__":[]}'),
      'data error at f: __metadata__: expected an object, found []',
    ],
    [
      'metadata that is no text',
      file('{"__metadata__":{"epoch":3}}'),
      'data error at f: __metadata__.epoch: expected a text, found 3',
    ],
  ];
  for (const [name, bytes, line] of cases)
    it(`refuses ${name}`, () => {
      expect(messageOf(decodeSafetensors('f', bytes))).toBe(line);
    });

  const unwritable: readonly (readonly [string, string, Stored, string])[] = [
    [
      'the name of the metadata',
      '__metadata__',
      { dtype: 'U8', shape: [1], data: new Uint8Array(1) },
      'data error at __metadata__: expected a name that the format does not use, found __metadata__',
    ],
    [
      'half a character',
      'a\ud800',
      { dtype: 'U8', shape: [1], data: new Uint8Array(1) },
      'data error at "a\\ud800": expected a name of whole characters, found half a surrogate pair',
    ],
    [
      'another shape',
      'a',
      { dtype: 'F32', shape: [2, 3], data: new Float32Array(5) },
      'data error at a: expected 6 values for its shape [2, 3], found 5',
    ],
    [
      'half a dimension',
      'a',
      { dtype: 'F32', shape: [0.5, 2], data: new Float32Array(1) },
      'data error at a: expected dimensions that are whole numbers, found [0.5, 2]',
    ],
  ];
  for (const [name, tensor, stored, line] of unwritable)
    it(`does not write ${name}`, () => {
      expect(messageOf(attempt(() => encodeSafetensors(new Map([[tensor, stored]]), new Map())))).toBe(line);
    });
});
