/**
 * Kuzushiji-MNIST (Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto, Ha 2018): 28×28 grey images of
 * ten cursive hiragana.
 */
import { idxDataset, idxFiles, idxOfficial } from './idxDataset';

/** The places of the files of Kuzushiji-MNIST. */
export const kmnistFiles = idxFiles('kmnist');

/**
 * Reads Kuzushiji-MNIST: 60,000 training and 10,000 test images of ten cursive hiragana, flat, as
 * [784], divided by the largest pixel of all images.
 *
 * It reads the four official files, plain or gzipped, from `folder` or from `kmnist` in it. It
 * fails with `file` for a missing file, with `data` for a malformed one.
 *
 * @param folder the folder of datasets
 *
 * @example await kmnist('data')() // 60,000 training and 10,000 test images
 */
export const kmnist = idxDataset('Kuzushiji-MNIST', kmnistFiles);

/** The MD5 sums are those that readers of other projects agree on. */
export const kmnistDataset = idxOfficial(
  kmnist,
  'http://codh.rois.ac.jp/kmnist/dataset/kmnist',
  'kmnist',
  kmnistFiles,
  {
    'train-images-idx3-ubyte': [18_165_135, 'bdb82020997e1d708af4cf47b453dcf7'],
    'train-labels-idx1-ubyte': [29_497, 'e144d726b3acfaa3e44228e80efcd344'],
    't10k-images-idx3-ubyte': [3_041_136, '5c965bf0a639b31b8f53240b1b52f4d7'],
    't10k-labels-idx1-ubyte': [5_120, '7320c461ea6c1c855c0b718fb2a4b134'],
  },
);
