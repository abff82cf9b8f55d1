/**
 * Makes the embedded subset of Fashion-MNIST from the full set:
 *
 *     npx ts-node examples/data/make-subset.ts DIR
 *
 * The first images of each class, in their original order: 800 a class for training, 200 a class for testing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as E from 'fp-ts/Either';
import { attempt, fail, type Idx, orThrow, type ProxpropError, readIdx, Report } from '../../src';
import { embeddedData, runExample } from '../support/cli';

const CLASSES = 10;

const splits = [
  { name: 'train', perClass: 800 },
  { name: 't10k', perClass: 200 },
] as const;

const read = (folder: string, name: string): Promise<E.Either<ProxpropError, Idx>> => {
  const plain = join(folder, name);
  return readIdx(existsSync(plain) ? plain : `${plain}.gz`)();
};

/** Indices of the first `perClass` examples of each class, ascending. */
const firstOfEach = (labels: Uint8Array, perClass: number): readonly number[] => {
  const seen = new Map<number, number>();
  return [...labels.keys()].filter((i) => {
    const label = labels[i] ?? 0;
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before < perClass;
  });
};

const encode = (rows: readonly number[], { shape, data }: Idx): Buffer => {
  const axes = [rows.length, ...shape.slice(1)];
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const header = Buffer.alloc(4 + 4 * axes.length);
  header.writeUInt16BE(0x0800 | axes.length, 2);
  axes.forEach((n, i) => header.writeUInt32BE(n, 4 + 4 * i));
  const body = Buffer.concat(rows.map((row) => data.subarray(row * size, (row + 1) * size)));
  return gzipSync(Buffer.concat([header, body]), { level: 9 });
};

runExample(
  {
    name: 'make-subset',
    description: 'Make the embedded subset of Fashion-MNIST from the full set.',
    argument: { name: 'dir', fallback: '.', help: 'folder of the four official files' },
    options: {},
  },
  (_, folder) => async () => {
    const files: { [name: string]: Uint8Array } = {};
    for (const { name, perClass } of splits) {
      const imagesName = `${name}-images-idx3-ubyte`;
      const labelsName = `${name}-labels-idx1-ubyte`;
      const [images, labels] = [await read(folder, imagesName), await read(folder, labelsName)];
      const encoded = attempt(() => {
        const [classes, pictures] = [orThrow(labels), orThrow(images)];
        if (classes.shape[0] !== pictures.shape[0])
          fail('data', labelsName, `${pictures.shape[0] ?? 0} labels`, `${classes.shape[0] ?? 0}`);
        const rows = firstOfEach(classes.data, perClass);
        if (rows.length !== CLASSES * perClass)
          fail('data', labelsName, `${perClass} examples of each class`, `${rows.length} in all`);
        files[`${imagesName}.gz`] = encode(rows, pictures);
        files[`${labelsName}.gz`] = encode(rows, classes);
      });
      if (E.isLeft(encoded)) return encoded;
    }
    return Report.writeFiles(embeddedData, files)();
  },
);
