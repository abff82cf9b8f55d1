/** Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 28×28 grey images of ten kinds of clothing. */
import { idxDataset, idxFiles } from './idxDataset';

/** Where the files of Fashion-MNIST are looked for. */
export const fashionMnistFiles = idxFiles('fashion-mnist');

/**
 * Read the four official files, plain or gzipped, from `folder` or from `fashion-mnist` in it; pixels are divided by the
 * largest of all images. Images come flat, as [784]. Left: a file that is missing (`file`) or malformed
 * (`data`).
 *
 * @example await fashionMnist('examples/data/fashion-mnist')()
 */
export const fashionMnist = idxDataset('Fashion-MNIST', fashionMnistFiles);
