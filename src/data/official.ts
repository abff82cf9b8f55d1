/** Where the datasets are published, and what says that a file is the published one. */
import { cifar10Files } from './cifar10';
import { type RemoteFile } from './download';
import { fashionMnistFiles } from './fashionMnist';
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

export type DatasetName = 'cifar-10' | 'usps' | 'fashion-mnist';

const FASHION = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com';
const BOOK = 'https://hastie.su.domains/ElemStatLearn/datasets';

const fashionFile = (name: string, bytes: number, md5: string): RemoteFile => ({
  name: `${name}.gz`,
  url: `${FASHION}/${name}.gz`,
  bytes,
  md5,
});

const bookFile = (name: string, bytes: number, sha256: string): RemoteFile => ({
  name: `${name}.gz`,
  url: `${BOOK}/${name}.gz`,
  bytes,
  sha256,
});

/** The official addresses, sizes and checksums. The MD5 sums are those that the datasets' own pages
 * give; the page of USPS gives none, and its SHA-256 sums are of the files as they were found there. */
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
  usps: {
    whereabouts: uspsFiles,
    subfolder: 'usps',
    published: [
      bookFile('zip.train', 1_829_071, '66ebf231ab51f2cf6ac1a892d0f98ccffee1079d7a5db638c1f11f366046ca16'),
      bookFile('zip.test', 439_208, '8dacc3c6e136af6c3488de9e5113a7daf140c8c2f1f0b61c54ee02f03f1a962f'),
    ],
  },
  'fashion-mnist': {
    whereabouts: fashionMnistFiles,
    subfolder: 'fashion-mnist',
    published: [
      fashionFile('train-images-idx3-ubyte', 26_421_880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'),
      fashionFile('train-labels-idx1-ubyte', 29_515, '25c81989df183df01b3e8a0aad5dffbe'),
      fashionFile('t10k-images-idx3-ubyte', 4_422_102, 'bef4ecab320f06d8554ea6380940ec79'),
      fashionFile('t10k-labels-idx1-ubyte', 5_148, 'bb300cfdad3c16e7a12a480ee83cd310'),
    ],
  },
};
