/** What several layers ask of their configuration and of what comes before them. */
import { fail, type Shape, showShape } from '../core';
import { type Padding, type Window } from '../layer';
import { type Codec, either, listOf, oneOf, that, wholeFrom } from './codec';

export const one = wholeFrom(1);

const isPair = (n: readonly number[]): n is readonly [number, number] => n.length === 2;
const pair = that(listOf(one, 2), 'two whole numbers of at least 1', isPair);

/** The size of a window, or its stride: one number, or one for each axis. */
export const windowSize: Codec<Window> = either(one.name, one, pair);

export const padding: Codec<Padding> = oneOf('same', 'valid');

/** A shape of at least one axis. */
export const shape: Codec<Shape> = listOf(one);

type Images = readonly [number, number, number];

/** The shape of images, or a `Fault` `options`. */
export const images = (path: string, input: Shape): Images => {
  const [height = 0, width = 0, channels = 0] = input;
  return input.length === 3
    ? [height, width, channels]
    : fail('options', path, 'images [height, width, channels] before it', showShape(input));
};

/** The number of features, or a `Fault` `options`. */
export const featuresIn = (path: string, input: Shape): number => {
  const [size = 0] = input;
  return input.length === 1
    ? size
    : fail('options', path, 'one axis of features before it', showShape(input));
};

/** The shape of sequences, or a `Fault` `options`. */
export const sequence = (path: string, input: Shape): readonly [number, number] => {
  const [length = 0, width = 0] = input;
  return input.length === 2
    ? [length, width]
    : fail('options', path, 'sequences [length, features] before it', showShape(input));
};
