/** Kuzushiji-MNIST (Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto, Ha 2018): 28×28 grey images of ten cursive hiragana. */
import { idxDataset, idxFiles } from './idxDataset';

/** Where the files of Kuzushiji-MNIST are looked for. */
export const kmnistFiles = idxFiles('kmnist');

/**
 * Read the four official files, plain or gzipped, from `folder` or from `kmnist` in it; pixels are divided by the largest of all
 * images. Images come flat, as [784]. Left: a file that is missing (`file`) or malformed (`data`).
 *
 * @example await kmnist('data')() // 60,000 training and 10,000 test images
 */
export const kmnist = idxDataset('Kuzushiji-MNIST', kmnistFiles);
