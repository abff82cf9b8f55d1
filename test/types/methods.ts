/** What the types of methods, training and directions promise, and what they must refuse. */
import { type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import {
  backprop,
  type Block,
  chain,
  direction,
  explicit,
  Key,
  linear,
  type LinearParameters,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  start,
  theta,
  train,
  type TrainOptions,
} from '../../src';

const net = chain(linear(4, 3), relu(3), linear(3, 2));
const parameters = net.init(Key.key(1));
declare const example: { readonly input: Tensor; readonly target: Tensor };
declare const options: Omit<TrainOptions<typeof parameters>, 'parameters' | 'method' | 'optimizer'>;

declare const use: (value: unknown) => void;

// A direction has the type of the parameters.
const result = direction(net, softmaxCrossEntropy, proxprop())(parameters, example);
if (E.isRight(result)) {
  const first: LinearParameters = result.right.direction[0];
  use(first);
  // @ts-expect-error the middle layer has no parameters
  use(result.right.direction[1].weights);
}

// @ts-expect-error the parameters of another network
direction(net, softmaxCrossEntropy, backprop())(chain(linear(4, 2)).init(Key.key(1)), example);
train(net, softmaxCrossEntropy, { ...options, parameters, method: backprop(), optimizer: sgd(0.1) });
// @ts-expect-error no optimizer
train(net, softmaxCrossEntropy, { ...options, parameters, method: backprop() });
// @ts-expect-error no such backend
start('tpu');
// @ts-expect-error no such kind of block
const block: Block = { kind: 'bias', link: 1 };
// @ts-expect-error a step size is a number
explicit(theta(1), '0.1');

export { block };
