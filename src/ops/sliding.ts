/** How the filter of a convolution goes over its images. */

/** Padding of each axis of the images, as tfjs takes it. */
export type SidePadding = [[number, number], [number, number], [number, number], [number, number]];

/** How a filter slides: the same for all three maps. Their filters are not dilated. */
export interface Sliding {
  readonly strides: readonly [number, number];
  readonly pad: 'same' | 'valid' | SidePadding;
}
