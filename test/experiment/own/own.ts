/** A module as a user writes it: a layer, a method, an optimizer and a dataset of one's own. */
import { add } from '@tensorflow/tfjs-core';
import * as TE from 'fp-ts/TaskEither';
import { backprop, elementwise, sgd } from '../../../src';
import {
  anyNumber,
  defineDataset,
  defineLayer,
  defineMethod,
  defineOptimizer,
  positive,
  spirals,
} from '../../../src/experiment';

export const shifted = defineLayer({
  name: 'shifted',
  keys: () => ({ required: { by: anyNumber }, optional: {} }),
  build: ({ by }, { input }) => elementwise('shifted', (x) => add(x, by))(input),
  cases: [{ input: [3], config: { by: 0.5 } }],
});

export const halfStep = defineMethod({
  name: 'halfStep',
  keys: { required: {}, optional: { tau: positive } },
  build: ({ tau = 1 }) => backprop({ tau: tau / 2 }),
  cases: [{ config: (coupling) => ({ tau: 1 / coupling }) }],
});

export const halved = defineOptimizer({
  name: 'halved',
  keys: { required: { rate: positive }, optional: {} },
  build: ({ rate }) => sgd(rate / 2),
  cases: [{ config: { rate: 0.2 }, reference: () => (d) => 0.1 * d }],
});

export const few = defineDataset({
  name: 'few',
  files: false,
  shape: () => [2],
  read: () => TE.right({ ...spirals({ train: 60, test: 30 }), name: 'few' }),
});
