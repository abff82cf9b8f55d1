/** Datasets of classified images in memory. */

/** `count` images, row-major, with one class each. */
export interface Split {
  /** Numbers of the shape [count, ...shape]. Each value, of bytes times `scale`, is in [0, 1]. */
  readonly images: Float32Array | Uint8Array;
  /** What bytes of `images` are multiplied by. Default 1. */
  readonly scale?: number;
  readonly labels: Int32Array;
  readonly count: number;
}

/** Labelled images, or other numbers of one shape, in a training and a test split, on the host. */
export interface Dataset {
  readonly name: string;
  /** Which files were read, in words for a report: "the six official files". */
  readonly origin: string;
  /** Shape of one image as the network takes it. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly train: Split;
  readonly test: Split;
}
