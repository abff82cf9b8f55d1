import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvExamples } from '../../src';
import { right } from '../support';
import { testFolder } from './folder';

const SEED = 1;

describe('csvExamples', () => {
  const folder = testFolder();
  const path = (): string => folder.at('t.csv');
  const write = (text: string | Uint8Array): void => {
    writeFileSync(path(), text);
  };
  type Options = Parameters<typeof csvExamples>[1];
  const kinds: Options = { target: { classes: 'kind' } };
  const values: Options = { target: { values: ['b'] } };
  const line = async (text: string | Uint8Array, options: Options = values): Promise<string> => {
    write(text);
    return folder.line(await csvExamples(path(), options)());
  };

  it('takes classes by their names, sorted, and all other columns as inputs', async () => {
    write('width,kind,height\n1.5,plum,2\n-3e2,apple,0.25\n0,plum,1\n');
    const { examples, columns, classes } = right(await csvExamples(path(), kinds)());
    expect([columns, classes]).toEqual([
      ['width', 'height'],
      ['apple', 'plum'],
    ]);
    expect({ ...examples }).toMatchObject({
      shape: [2],
      inputs: Float32Array.of(1.5, 2, -300, 0.25, 0, 1),
      targets: Int32Array.of(1, 0, 1),
      count: 3,
    });
  });

  it('takes numbers as targets, inputs in the order asked for, and weights', async () => {
    write('a,w,b,c\n1,2,3,4\n5,0,7,8\n');
    const { examples, columns, classes } = right(
      await csvExamples(path(), { target: { values: ['b', 'a'] }, inputs: ['c', 'a'], weights: 'w' })(),
    );
    expect([columns, classes]).toEqual([['c', 'a'], []]);
    expect({ ...examples }).toMatchObject({
      shape: [2],
      inputs: Float32Array.of(4, 1, 8, 5),
      targets: Float32Array.of(3, 1, 7, 5),
      targetShape: [2],
      weights: Float32Array.of(2, 0),
    });
  });

  it('takes names of classes from another file, and rows without a header', async () => {
    write('1;b\n2;b');
    const options: Options = {
      target: { classes: '2', names: ['a', 'b', 'c'] },
      header: false,
      delimiter: ';',
    };
    const { examples, classes } = right(await csvExamples(path(), options)());
    expect([...examples.targets, ...classes]).toEqual([1, 1, 'a', 'b', 'c']);
    expect(
      folder.line(await csvExamples(path(), { ...options, target: { classes: '2', names: ['a'] } })()),
    ).toBe("data error at t.csv:1, column '2': expected a class among a, found b");
    write('x,kind\n1,a\n\n2,"c\nd"\n3,e\n');
    expect(
      folder.line(await csvExamples(path(), { target: { classes: 'kind', names: ['a', 'c\nd'] } })()),
    ).toBe("data error at t.csv:6, column 'kind': expected a class among a, c d, found e");
  });

  it('refuses options that are none before it reads', async () => {
    const of = async (options: unknown): Promise<string> =>
      // Programs without types give anything.
      folder.line(await csvExamples(folder.at('none.csv'), options as Options)());
    for (const [delimiter, found] of [
      ['', '""'],
      ['ab', '"ab"'],
      ['"', String.raw`"\""`],
      ['\n', String.raw`"\n"`],
      [5, '5'],
      [[], '[]'],
    ] as const)
      expect(await of({ ...values, delimiter })).toBe(
        `options error at csvExamples.delimiter: expected one character, such as ';', and no quote or end of a line, found ${found}`,
      );
    const names = async (...given: readonly string[]) => of({ target: { classes: 'kind', names: given } });
    expect(await names('a', 'b', 'a')).toBe(
      "options error at csvExamples.target.names: expected each class once, found 'a' twice",
    );
    expect(await names()).toBe(
      'options error at csvExamples.target.names: expected at least one class, found none',
    );
    expect(await of({})).toBe(
      'options error at csvExamples.target: expected { classes } or { values }, found nothing',
    );
  });

  it('passes over marks, quotes, spaces, empty lines and CRLF, plain and gzipped', async () => {
    const text = '\ufeff"a", "b" \r\n\r\n "1" ,2\r\n3,"4"\r\n\r\n';
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      write(bytes);
      const { examples, columns } = right(await csvExamples(path(), values)());
      expect([...columns, ...examples.inputs, ...examples.targets]).toEqual(['a', 1, 3, 2, 4]);
    }
    write('a,kind\n1,"x, ""y""\nz"\n');
    expect(right(await csvExamples(path(), kinds)()).classes).toEqual(['x, "y"\nz']);
  });

  it('reads back any table that is written', async () => {
    console.log(`csv round trip: 100 cases, seed ${SEED}`);
    const numbers = fc.float({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(numbers, numbers), { minLength: 1, maxLength: 20 }),
        async (rows) => {
          write(`a,b\n${rows.map((row) => row.join(',')).join('\n')}`);
          const { examples } = right(await csvExamples(path(), values)());
          // A −0 is written as 0.
          expect([...examples.inputs]).toEqual(rows.map(([a]) => a + 0));
          expect([...examples.targets]).toEqual(rows.map(([, b]) => b + 0));
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  const bad: readonly (readonly [string, string | Uint8Array, string, Options?])[] = [
    ['an empty file', '', 'data error at t.csv: expected a table, found an empty file'],
    ['a mark alone', '\ufeff', 'data error at t.csv: expected a table, found an empty file'],
    ['only a header', 'a,b\n', 'data error at t.csv: expected at least one row, found only a header'],
    [
      'a short row',
      'a,b\n1,2\n3\n',
      'data error at t.csv:3: expected 2 fields, as in the first row, found 1',
    ],
    [
      'a long row',
      'a,b\n\n1,2,3\n',
      'data error at t.csv:3: expected 2 fields, as in the first row, found 3',
    ],
    ['a word', 'a,b\n1,2\nx,2\n', "data error at t.csv:3, column 'a': expected a number, found x"],
    ['an empty field', 'a,b\n1,\n', "data error at t.csv:2, column 'b': expected a number, found nothing"],
    ['NaN', 'a,b\nNaN,1\n', "data error at t.csv:2, column 'a': expected a number, found NaN"],
    ['a hexadecimal', 'a,b\n0x10,1\n', "data error at t.csv:2, column 'a': expected a number, found 0x10"],
    [
      'a number beyond float32',
      'a,b\n1e39,1\n',
      "data error at t.csv:2, column 'a': expected a number that float32 holds, found 1e39",
    ],
    [
      'a negative weight',
      'a,b\n-1,1\n',
      "data error at t.csv:2, column 'a': expected a weight of at least 0, found -1",
      { target: { values: ['b'] }, inputs: ['b'], weights: 'a' },
    ],
    [
      'no class',
      'a,kind\n1,\n',
      "data error at t.csv:2, column 'kind': expected a class, found nothing",
      kinds,
    ],
    [
      'an open quote',
      'a,b\n"1,2\n3,4\n',
      'data error at t.csv:2: expected a quote that is closed, found the end of the file',
    ],
    [
      'a character behind a quote',
      'a,b\n"1"x,2\n',
      'data error at t.csv:2: expected a delimiter after the closing quote, found another character',
    ],
    [
      'a quote inside',
      'a,b\n1"1,2\n',
      'data error at t.csv:2: expected a quote only at the beginning of a field, found one inside of it',
    ],
    [
      'a huge line',
      `a,b\n1,"${'x'.repeat(2 ** 24 + 10)}`,
      'data error at t.csv:2: expected a row of at most 16777216 characters, found more',
    ],
    [
      'two columns of one name',
      'b,b\n1,2\n',
      "data error at t.csv:1: expected columns of different names, found 'b' twice",
    ],
    [
      'UTF-16',
      Buffer.from('\ufeffa,b\n1,2', 'utf16le'),
      'data error at t.csv: expected a text in ASCII or UTF-8, found the byte order mark of UTF-16',
    ],
    [
      'a column that there is not',
      'a,c\n1,2\n',
      "options error at csvExamples.target.values: expected a column among a, c, found 'b'",
    ],
    ['no inputs', 'b\n1\n', 'options error at csvExamples.inputs: expected at least one column, found none'],
  ];
  for (const [name, text, expected, options] of bad)
    it(`refuses ${name}`, async () => {
      expect(await line(text, options)).toBe(expected);
    });

  it('refuses a file that is not there', async () => {
    expect(folder.line(await csvExamples(folder.at('none.csv'), values)())).toBe(
      'file error at none.csv: expected a file that can be read, found no such file',
    );
  });
});
