/** Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 28×28 grey images of ten kinds of clothing. */
import { layoutChoice } from './cifar';
import { idxDataset, idxFiles, idxOfficial } from './idxDataset';
import { type OfficialDataset } from './source';

/** The places of the files of Fashion-MNIST. */
export const fashionMnistFiles = idxFiles('fashion-mnist');

/**
 * Reads Fashion-MNIST: images of ten kinds of clothing, flat, as [784], divided by the largest
 * pixel of all images.
 *
 * It reads the four official files, plain or gzipped, from `folder` or from `fashion-mnist` in it.
 * A subset under the same names, such as the one in `examples/data`, works too. It fails with
 * `file` for a missing file, with `data` for a malformed one.
 *
 * @param folder the folder of datasets
 *
 * @example await fashionMnist('examples/data/fashion-mnist')()
 */
export const fashionMnist = idxDataset('Fashion-MNIST', fashionMnistFiles);

/** The MD5 sums are those of the dataset's own page. */
export const fashionMnistDataset: OfficialDataset = {
  ...idxOfficial(
    fashionMnist,
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com',
    'fashion-mnist',
    fashionMnistFiles,
    {
      'train-images-idx3-ubyte': [26_421_880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'],
      'train-labels-idx1-ubyte': [29_515, '25c81989df183df01b3e8a0aad5dffbe'],
      't10k-images-idx3-ubyte': [4_422_102, 'bef4ecab320f06d8554ea6380940ec79'],
      't10k-labels-idx1-ubyte': [5_148, 'bb300cfdad3c16e7a12a480ee83cd310'],
    },
  ),
  choices: { layout: layoutChoice },
};
