import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fashionMnist } from '../../src';
import { embeddedData } from '../../examples/support/cli';
import { messageOf, right } from '../support';
import { pixelsOf } from './folder';
import { idx } from './idx';

describe('the embedded subset', () => {
  it('is balanced, scaled to [0, 1] and of the stated size', async () => {
    const data = right(await fashionMnist(embeddedData)());
    expect([data.train.count, data.test.count, data.classes]).toEqual([8000, 2000, 10]);
    expect(data.origin).toBe("four files in Fashion-MNIST's format, a subset");
    const counts = (labels: Int32Array): number[] =>
      Array.from({ length: 10 }, (_, c) => labels.filter((l) => l === c).length);
    expect(counts(data.train.labels)).toEqual(Array(10).fill(800));
    expect(counts(data.test.labels)).toEqual(Array(10).fill(200));
    expect(pixelsOf(data.train).reduce((a, v) => Math.min(a, v), 1)).toBe(0);
    expect(pixelsOf(data.train).reduce((a, v) => Math.max(a, v), 0)).toBe(1);
  });

  it('is the files that its README names, below 5 MB', () => {
    const readme = readFileSync(join(embeddedData, 'README.md'), 'utf8');
    const files = readdirSync(embeddedData).filter((name) => name.endsWith('.gz'));
    expect(files).toHaveLength(4);
    for (const name of files) {
      const hash = createHash('sha256')
        .update(readFileSync(join(embeddedData, name)))
        .digest('hex');
      expect(readme).toContain(hash);
    }
    const size = files.reduce((total, name) => total + statSync(join(embeddedData, name)).size, 0);
    expect(size).toBeLessThan(5e6);
  });
});

describe('malformed folders', () => {
  let folder = '';
  const image = (value: number): number[] => Array<number>(784).fill(value);
  const write = (name: string, bytes: Uint8Array): void => {
    writeFileSync(join(folder, name), bytes);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-data-'));
    for (const split of ['train', 't10k']) {
      write(`${split}-images-idx3-ubyte`, idx([2, 28, 28], [...image(0), ...image(200)]));
      write(`${split}-labels-idx1-ubyte`, idx([2], [3, 9]));
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const line = async (): Promise<string> =>
    messageOf(await fashionMnist(folder)()).replaceAll(`${folder}/`, '');

  it('reads plain files', async () => {
    const { train } = right(await fashionMnist(folder)());
    expect([pixelsOf(train)[0], pixelsOf(train)[784], ...train.labels]).toEqual([0, 1, 3, 9]);
  });
  it('knows the official files by their numbers of images', async () => {
    for (const [name, count] of [
      ['train', 60_000],
      ['t10k', 10_000],
    ] as const) {
      const pixels = Buffer.alloc(count * 784, 1);
      write(`${name}-images-idx3-ubyte`, Buffer.concat([idx([count, 28, 28], []), pixels]));
      write(`${name}-labels-idx1-ubyte`, Buffer.concat([idx([count], []), Buffer.alloc(count)]));
    }
    expect(right(await fashionMnist(folder)()).origin).toBe('the four official files');
  });
  it('a missing file', async () => {
    rmSync(join(folder, 't10k-labels-idx1-ubyte'));
    expect(await line()).toBe(
      'file error at t10k-labels-idx1-ubyte.gz: expected a file that can be read, found no such file',
    );
  });
  it('labels that are fewer than the images', async () => {
    write('train-labels-idx1-ubyte', idx([1], [3]));
    expect(await line()).toBe(
      'data error at train-labels-idx1-ubyte: expected 2 labels, as many as images, found 1',
    );
  });
  it('a label out of range', async () => {
    write('t10k-labels-idx1-ubyte', idx([2], [3, 10]));
    expect(await line()).toBe('data error at t10k-labels-idx1-ubyte[1]: expected a label in 0 … 9, found 10');
  });
  it('images of another size', async () => {
    write('train-images-idx3-ubyte', idx([2, 1, 1], [0, 1]));
    expect(await line()).toBe(
      'data error at train-images-idx3-ubyte: expected images [count, 28, 28], found [2, 1, 1]',
    );
  });
  it('labels in the place of images', async () => {
    write('train-images-idx3-ubyte', idx([2], [0, 1]));
    expect(await line()).toBe(
      'data error at train-images-idx3-ubyte: expected images [count, 28, 28], found [2]',
    );
  });
  it('images in the place of labels', async () => {
    write('train-labels-idx1-ubyte', idx([2, 1], [0, 1]));
    expect(await line()).toBe('data error at train-labels-idx1-ubyte: expected labels [count], found [2, 1]');
  });
  it('black images', async () => {
    write('train-images-idx3-ubyte', idx([2, 28, 28], [...image(0), ...image(0)]));
    expect(await line()).toBe(
      'data error at train-images-idx3-ubyte: expected images that are not all black, found only zeros',
    );
  });
});
