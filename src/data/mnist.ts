/** MNIST (LeCun, Bottou, Bengio, Haffner 1998): 28×28 grey images of handwritten digits. */
import { idxDataset, idxFiles } from './idxDataset';

/** Where the files of MNIST are looked for. */
export const mnistFiles = idxFiles('mnist');

/**
 * Read the four official files, plain or gzipped, from `folder` or from `mnist` in it; pixels are divided by the largest of all
 * images. Images come flat, as [784]. Left: a file that is missing (`file`) or malformed (`data`).
 *
 * @example await mnist('data')() // 60,000 training and 10,000 test images
 */
export const mnist = idxDataset('MNIST', mnistFiles);
