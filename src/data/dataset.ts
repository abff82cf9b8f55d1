/** Datasets of classified images in memory. */

/** The images of a split, row-major, with one class each. */
export interface Split {
  /** [count, ...shape]. Each value, or each byte times `scale`, is in [0, 1]. */
  readonly images: Float32Array | Uint8Array;
  /** The factor of the bytes of `images`. Default 1. */
  readonly scale?: number;
  /** The class of each image, from 0: [count]. */
  readonly labels: Int32Array;
  /** The number of images. */
  readonly count: number;
}

/**
 * A dataset on the host: labelled images, or other numbers of one shape, in a training and a test
 * split.
 */
export interface Dataset {
  /** The name, as reports show it. */
  readonly name: string;
  /** The files that were read, in words for a report, such as "the six official files". */
  readonly origin: string;
  /** The shape of one image, as the network takes it. */
  readonly shape: readonly number[];
  /** The number of classes. */
  readonly classes: number;
  /** The training split. */
  readonly train: Split;
  /** The test split. */
  readonly test: Split;
}
