/** What examples of docstrings mean by words that they do not explain: a small network, data, and what training takes. */
import { tensor2d, scalar } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import * as TE from 'fp-ts/TaskEither';
import { pipe } from 'fp-ts/function';
import {
  adam,
  backprop,
  batchOf,
  chain,
  type ExampleArrays,
  type Examples,
  Key,
  linear,
  Optimizer,
  relu,
  softmaxCrossEntropy,
} from '../../../src';

export { readFile } from 'node:fs/promises';
export { E, Optimizer, pipe, TE };

export const [a, b, c] = [scalar(1), scalar(2), scalar(3)];
export const [x, w, u] = [
  tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]),
  tensor2d([
    [1, 0, 1],
    [0, 1, 2],
  ]),
  tensor2d([
    [1, 1, 1],
    [0, 1, 0],
    [1, 0, 0],
  ]),
];
export const dw = tensor2d([
  [1, 1, 1],
  [2, 2, 2],
]);

export const key = Key.key(1);
export const epoch = 1;
export const path = 'iris.csv';

export const net = chain(linear(64, 8), relu(8), linear(8, 3));
export const parameters = net.init(key);
export const loss = softmaxCrossEntropy;

/** Twelve examples of three classes. */
export const data: ExampleArrays = {
  shape: [64],
  inputs: Float32Array.from({ length: 12 * 64 }, (_, i) => ((i * 7) % 11) / 11),
  targets: Int32Array.from({ length: 12 }, (_, i) => i % 3),
  count: 12,
};
export const test: ExampleArrays = data;
export const validation: ExampleArrays = data;
export const stream: Examples = { shape: [64], count: 12, open: () => [data] };
export const batch = batchOf(data, Int32Array.of(0, 1, 2));
export const { input, target } = batch;
export const optimizer = adam(1e-3);
export const state = Optimizer.initOptimizer(optimizer, parameters);
export const options = {
  ...{ parameters, method: backprop(), optimizer, train: data, test, epochs: 10, batchSize: 6, key },
};

export const rate = 0.1;
export const tauTheta = 0.05;
