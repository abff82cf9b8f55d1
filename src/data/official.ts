/** Where the datasets are published, and what says that a file is the published one. */
import { cifar100Files } from './cifar100';
import { cifar10Files } from './cifar10';
import { type RemoteFile } from './download';
import { fashionMnistFiles } from './fashionMnist';
import { idxNames } from './idxDataset';
import { kmnistFiles } from './kmnist';
import { mnistFiles } from './mnist';
import { type Whereabouts } from './places';
import { uspsFiles } from './usps';

/** A published dataset. */
export interface Source {
  /** Where its files are looked for, and, in the first layout, what they are called. */
  readonly whereabouts: Whereabouts;
  /** The folder, below the one that is named, for files that are brought. */
  readonly subfolder: string;
  /** Gzipped files, one for each name of the layout and in its order; or one archive that holds them all. */
  readonly published: readonly RemoteFile[] | RemoteFile;
}

export type DatasetName = 'cifar-10' | 'cifar-100' | 'usps' | 'fashion-mnist' | 'mnist' | 'kmnist';

const FASHION = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com';
const BOOK = 'https://hastie.su.domains/ElemStatLearn/datasets';

/** MNIST's own page does not serve its files any more. This mirror is the one that PyTorch keeps. */
const DIGITS = 'https://ossci-datasets.s3.amazonaws.com/mnist';
const KUZUSHIJI = 'http://codh.rois.ac.jp/kmnist/dataset/kmnist';

/** Bytes and MD5 sum of a file. */
type Known = readonly [bytes: number, md5: string];

/** A dataset in the four files of MNIST, published one by one at an address, in the order of `idxNames`. */
const idxSource = (
  at: string,
  subfolder: string,
  whereabouts: Whereabouts,
  known: Readonly<Record<(typeof idxNames)[number], Known>>,
): Source => ({
  whereabouts,
  subfolder,
  published: idxNames.map((name) => {
    const [bytes, md5] = known[name];
    return { name: `${name}.gz`, url: `${at}/${name}.gz`, bytes, md5 };
  }),
});

const bookFile = (name: string, bytes: number, sha256: string): RemoteFile => ({
  name: `${name}.gz`,
  url: `${BOOK}/${name}.gz`,
  bytes,
  sha256,
});

/** The official addresses, sizes and checksums. The MD5 sums are those that the datasets' own pages
 * give, for MNIST and Kuzushiji-MNIST those that readers of other projects agree on; the page of USPS gives none, and its SHA-256
 * sums are of the files as they were found there. */
export const officialSources: { readonly [N in DatasetName]: Source } = {
  'cifar-10': {
    whereabouts: cifar10Files,
    subfolder: 'cifar-10-batches-bin',
    published: {
      name: 'cifar-10-binary.tar.gz',
      url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
      bytes: 170_052_171,
      md5: 'c32a1d4ab5d03f1284b67883e8d87530',
    },
  },
  'cifar-100': {
    whereabouts: cifar100Files,
    subfolder: 'cifar-100-binary',
    published: {
      name: 'cifar-100-binary.tar.gz',
      url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
      bytes: 168_513_733,
      md5: '03b5dce01913d631647c71ecec9e9cb8',
    },
  },
  usps: {
    whereabouts: uspsFiles,
    subfolder: 'usps',
    published: [
      bookFile('zip.train', 1_829_071, '66ebf231ab51f2cf6ac1a892d0f98ccffee1079d7a5db638c1f11f366046ca16'),
      bookFile('zip.test', 439_208, '8dacc3c6e136af6c3488de9e5113a7daf140c8c2f1f0b61c54ee02f03f1a962f'),
    ],
  },
  'fashion-mnist': idxSource(FASHION, 'fashion-mnist', fashionMnistFiles, {
    'train-images-idx3-ubyte': [26_421_880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'],
    'train-labels-idx1-ubyte': [29_515, '25c81989df183df01b3e8a0aad5dffbe'],
    't10k-images-idx3-ubyte': [4_422_102, 'bef4ecab320f06d8554ea6380940ec79'],
    't10k-labels-idx1-ubyte': [5_148, 'bb300cfdad3c16e7a12a480ee83cd310'],
  }),
  mnist: idxSource(DIGITS, 'mnist', mnistFiles, {
    'train-images-idx3-ubyte': [9_912_422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873'],
    'train-labels-idx1-ubyte': [28_881, 'd53e105ee54ea40749a09fcbcd1e9432'],
    't10k-images-idx3-ubyte': [1_648_877, '9fb629c4189551a2d022fa330f9573f3'],
    't10k-labels-idx1-ubyte': [4_542, 'ec29112dd5afa0611ce80d1b7f02629c'],
  }),
  kmnist: idxSource(KUZUSHIJI, 'kmnist', kmnistFiles, {
    'train-images-idx3-ubyte': [18_165_135, 'bdb82020997e1d708af4cf47b453dcf7'],
    'train-labels-idx1-ubyte': [29_497, 'e144d726b3acfaa3e44228e80efcd344'],
    't10k-images-idx3-ubyte': [3_041_136, '5c965bf0a639b31b8f53240b1b52f4d7'],
    't10k-labels-idx1-ubyte': [5_120, '7320c461ea6c1c855c0b718fb2a4b134'],
  }),
};
