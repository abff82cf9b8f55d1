import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Dataset, examplesOf, kmnist, mnist } from '../../src';
import { right } from '../support';
import { pixelsOf, testFolder } from './folder';
import { idx } from './idx';

describe('the datasets in the format of MNIST', () => {
  const folder = testFolder();
  const cases = [
    ['mnist', 'MNIST', mnist],
    ['kmnist', 'Kuzushiji-MNIST', kmnist],
  ] as const;
  for (const [subfolder, name, reader] of cases)
    it(name, async () => {
      mkdirSync(folder.at(subfolder));
      const image = (value: number): number[] => Array<number>(784).fill(value);
      for (const split of ['train', 't10k']) {
        writeFileSync(
          folder.at(subfolder, `${split}-images-idx3-ubyte`),
          idx([2, 28, 28], [...image(0), ...image(51)]),
        );
        writeFileSync(folder.at(subfolder, `${split}-labels-idx1-ubyte.gz`), gzipSync(idx([2], [3, 9])));
      }
      const data: Dataset = right(await reader(folder.at())());
      expect([data.name, data.origin, data.shape, data.classes]).toEqual([
        name,
        `four files in ${name}'s format, a subset`,
        [784],
        10,
      ]);
      expect([pixelsOf(data.test)[0], pixelsOf(data.test)[784], ...data.train.labels]).toEqual([0, 1, 3, 9]);
      // Bytes stay bytes.
      const examples = examplesOf(data, data.train);
      expect([examples.inputs.constructor.name, examples.inputs[784], examples.scale]).toEqual([
        'Uint8Array',
        51,
        1 / 51,
      ]);
      expect(examples.inputs).toBe(data.train.images);
    });
});
