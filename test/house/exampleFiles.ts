/** The files that examples of docstrings read, a few bytes each. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';
import { idx } from '../data/idx';
import { small } from '../experiment/small';
import { root } from './pages';

const png = (): Buffer => {
  const image = new PNG({ width: 2, height: 1 });
  image.data = Buffer.from([255, 0, 0, 255, 255, 255, 255, 255]);
  return PNG.sync.write(image);
};

const idxFiles = (name: string): readonly (readonly [string, Uint8Array])[] =>
  ['train', 't10k'].flatMap((part) => [
    [`data/${name}/${part}-images-idx3-ubyte`, idx([1, 28, 28], new Array<number>(784).fill(7))],
    [`data/${name}/${part}-labels-idx1-ubyte`, idx([1], [3])],
  ]);

const record = (...labels: readonly number[]): Uint8Array =>
  Uint8Array.from([...labels, ...new Array<number>(3072).fill(9)]);

const digits = `1 ${new Array<string>(256).fill('-1').join(' ')}\n`;

const experiment = {
  ...small(),
  ...{ data: { name: 'spirals', train: 30, test: 9 }, batchSize: 10, epochs: 1, seeds: [1] },
  network: [{ layer: 'linear', units: 3 }],
  methods: [{ name: 'm', schedule: { type: 'backprop' }, optimizer: { type: 'sgd', rate: 0.1 } }],
  tuning: undefined,
};

const files: readonly (readonly [string, string | Uint8Array])[] = [
  ...idxFiles('mnist'),
  ...idxFiles('kmnist'),
  ['data/cifar-10/train.bin', record(1)],
  ['data/cifar-10/test.bin', record(2)],
  ['data/cifar-100/train.bin', record(1, 2)],
  ['data/cifar-100/test.bin', record(1, 2)],
  ['data/usps/zip.train', digits],
  ['data/usps/zip.test', digits],
  ['iris.csv', 'length,species\n1,setosa\n2,virginica\n'],
  ['houses.csv', 'area,rooms,price\n1,2,3\n4,5,6\n'],
  ['digits/train/zero/1.png', png()],
  ['digits/train/one/1.png', png()],
  ['own.mjs', 'export const one = 1;\n'],
  [
    'entries.mjs',
    "export const ones = { kind: 'dataset', name: 'ones', fields: {}, read: () => undefined };\n",
  ],
  ['quick.json', JSON.stringify(experiment)],
  ['experiments/quick.json', JSON.stringify(experiment)],
];

export const writeExampleFiles = (folder: string): void => {
  for (const [name, content] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
};
