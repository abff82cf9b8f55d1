/** Datasets of classified images in memory. */

/** `count` images, row-major and scaled, with one class each. */
export interface Split {
  /** [count, ...shape], each value in [0, 1]. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

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
