/** What the small transformer needs: the characters of a text, and the last token of a sequence. */
import { reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { layer, type Tree } from '../../../src';
import { defineDataset, defineLayer } from '../../../src/experiment';
import { textCharacters } from '../../support/characters';

/** Characters that the network looks back on. */
const CONTEXT = 32;

export const characters = defineDataset({
  name: 'characters',
  files: false,
  shape: () => [CONTEXT],
  read: (_, { train = 4000 }) => textCharacters(CONTEXT, train),
});

export const lastToken = defineLayer({
  name: 'lastToken',
  keys: () => ({ required: {}, optional: {} }),
  build: (_, { input: [length = 1, width = 1] }) =>
    layer<Tree.NoParameters, readonly [number, number], readonly [number]>({
      name: 'lastToken',
      input: [length, width],
      output: [width],
      init: () => ({}),
      forward: (_parameters, x: Tensor) => reshape(slice(x, [0, length - 1, 0], [-1, 1, width]), [-1, width]),
    }),
  cases: [{ input: [3, 2] }],
});
