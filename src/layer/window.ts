/** Windows that slide over an axis: the filters of convolutions, the windows of pools. */
import { fail } from '../core';
import { type Minus, type QuotientUp, type Times } from './arithmetic';

/** Height and width, or one number for both. */
export type Window = number | readonly [height: number, width: number];

/**
 * `same`: ⌈in/stride⌉ outputs, with zeros around the input. `valid`: only windows that lie inside.
 */
export type Padding = 'same' | 'valid';

/** The height of a window. */
export type HeightOf<W extends Window> = W extends readonly [infer H extends number, number]
  ? H
  : W extends number
    ? W
    : number;
/** The width of a window. */
export type WidthOf<W extends Window> = W extends readonly [number, infer V extends number]
  ? V
  : W extends number
    ? W
    : number;

/** The number of places of a window on an axis, as a literal where the compiler can count it. */
export type Slid<
  In extends number,
  Kernel extends number,
  Stride extends number,
  P extends Padding,
  Dilation extends number = 1,
> = P extends 'same'
  ? QuotientUp<In, Stride>
  : QuotientUp<Minus<In, Times<Minus<Kernel, 1>, Dilation>>, Stride>;

/** The shape of images [H, W] seen through a window, with C channels. */
export type SlidShape<
  H extends number,
  W extends number,
  C extends number,
  K extends Window,
  S extends Window,
  P extends Padding,
  D extends Window = 1,
> = readonly [
  Slid<H, HeightOf<K>, HeightOf<S>, P, HeightOf<D>>,
  Slid<W, WidthOf<K>, WidthOf<S>, P, WidthOf<D>>,
  C,
];

/** Height and width of a window; whole numbers of at least 1, or a `Fault` `options`. */
export const pairOf = (path: string, window: Window): [number, number] => {
  const pair: [number, number] = typeof window === 'number' ? [window, window] : [window[0], window[1]];
  return pair.every((n) => Number.isSafeInteger(n) && n >= 1)
    ? pair
    : fail('options', path, 'whole numbers of at least 1', pair.join(' × '));
};

/**
 * The number of places of a window on one axis. It throws a `shape` `Fault` if the window does not
 * fit at all.
 */
const slid = (
  path: string,
  extent: number,
  kernel: number,
  stride: number,
  padding: Padding,
  dilation: number,
): number => {
  const span = (kernel - 1) * dilation + 1;
  if (padding === 'same') return Math.ceil(extent / stride);
  return span <= extent
    ? Math.ceil((extent - span + 1) / stride)
    : fail('shape', path, `a window of at most ${extent}, or padding 'same'`, `one of ${span}`);
};

export interface Sliding2d {
  readonly kernel: [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly padding: Padding;
  readonly output: [height: number, width: number];
}

/**
 * Checks a window on images [H, W]. tfjs cannot stride and dilate at once, which throws an
 * `options` `Fault`.
 */
export const sliding2d = (
  path: string,
  [height, width]: readonly [number, number],
  window: {
    readonly kernel: Window;
    readonly stride: Window;
    readonly padding: Padding;
    readonly dilation?: Window;
  },
): Sliding2d => {
  const kernel = pairOf(`${path}.kernel`, window.kernel);
  const strides = pairOf(`${path}.stride`, window.stride);
  const dilations = pairOf(`${path}.dilation`, window.dilation ?? 1);
  const { padding } = window;
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1)
    fail('options', `${path}.dilation`, 'a dilation of 1 with a stride', dilations.join(' × '));
  return {
    kernel,
    strides,
    dilations,
    padding,
    output: [
      slid(`${path}.kernel`, height, kernel[0], strides[0], padding, dilations[0]),
      slid(`${path}.kernel`, width, kernel[1], strides[1], padding, dilations[1]),
    ],
  };
};
