/** MNIST (LeCun, Bottou, Bengio, Haffner 1998): 28×28 grey images of handwritten digits. */
import { idxDataset, idxFiles, idxOfficial } from './idxDataset';

/** The places of the files of MNIST. */
export const mnistFiles = idxFiles('mnist');

/**
 * Reads MNIST: 60,000 training and 10,000 test images of handwritten digits, flat, as [784],
 * divided by the largest pixel of all images.
 *
 * It reads the four official files, plain or gzipped, from `folder` or from `mnist` in it. It fails
 * with `file` for a missing file, with `data` for a malformed one.
 *
 * @param folder the folder of datasets
 *
 * @example await mnist('data')() // 60,000 training and 10,000 test images
 */
export const mnist = idxDataset('MNIST', mnistFiles);

/**
 * MNIST's own page does not serve its files any more. This mirror is the one that PyTorch keeps;
 * the MD5 sums are those that readers of other projects agree on.
 */
export const mnistDataset = idxOfficial(
  mnist,
  'https://ossci-datasets.s3.amazonaws.com/mnist',
  'mnist',
  mnistFiles,
  {
    'train-images-idx3-ubyte': [9_912_422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873'],
    'train-labels-idx1-ubyte': [28_881, 'd53e105ee54ea40749a09fcbcd1e9432'],
    't10k-images-idx3-ubyte': [1_648_877, '9fb629c4189551a2d022fa330f9573f3'],
    't10k-labels-idx1-ubyte': [4_542, 'ec29112dd5afa0611ce80d1b7f02629c'],
  },
);
