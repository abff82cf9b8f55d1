/** How the filter of a convolution goes over its images. */

/** Padding of each axis of the images, as tfjs takes it. */
export type SidePadding = [[number, number], [number, number], [number, number], [number, number]];

/** How a filter slides, which all three maps share. Filters are not dilated. */
export interface Sliding {
  /** Steps along height and width. */
  readonly strides: readonly [number, number];
  /** `same`, `valid`, or the padding of each side. */
  readonly pad: 'same' | 'valid' | SidePadding;
}
