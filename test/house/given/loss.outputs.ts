import { tensor1d, zeros } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import { bind, graph, linear, outputs } from '../../../src';

export const net = pipe(
  graph([4]),
  bind('digit', linear(4, 10), 'input'),
  bind('slant', linear(4, 1), 'input'),
  outputs('digit', 'slant'),
);
export const labels = tensor1d([3, 1], 'int32');
export const angles = zeros([2, 1]);
