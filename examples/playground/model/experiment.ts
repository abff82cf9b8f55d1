/** What a state means: the examples, the network, the loss, and where each method starts. */
import type * as E from 'fp-ts/Either';
import {
  type AnyChain,
  attempt,
  crossEntropy,
  type ExampleArrays,
  fail,
  Key,
  type Loss,
  orThrow,
  type ProxpropError,
  softmaxCrossEntropy,
  squaredError,
} from '../../../src';
import { examplesOf } from './data';
import { networkOf } from './network';
import { ownLayer } from './own';
import { type LossName, type State } from './state';

export interface Experiment {
  readonly state: State;
  readonly net: AnyChain;
  readonly loss: Loss;
  readonly train: ExampleArrays;
  readonly test: ExampleArrays;
  /** Of the first parameters: the same for every method. */
  readonly initial: Key.Key;
  /** Of the order of batches. */
  readonly order: Key.Key;
}

const lossOf = (name: LossName): Loss => {
  switch (name) {
    case 'crossEntropy':
      return softmaxCrossEntropy;
    case 'smoothed':
      return crossEntropy({ labelSmoothing: 0.1 });
    case 'squaredError':
      return squaredError;
  }
};

export const lossText: { readonly [name in LossName]: string } = {
  crossEntropy: 'softmaxCrossEntropy',
  smoothed: 'crossEntropy({ labelSmoothing: 0.1 })',
  squaredError: 'squaredError',
};

/** Examples that the parameters are measured on beside those of the training: half as many. */
export const testCount = ({ data }: State): number => Math.floor(data.count / 2);

/** Left: `shape` and `layer`, for a network that cannot be built. */
export const experimentOf = (state: State): E.Either<ProxpropError, Experiment> =>
  attempt(() => {
    const seed = Key.key(state.seed);
    const usesOwn = state.network.some(({ kind }) => kind === 'own');
    const own = usesOwn ? orThrow(ownLayer(state.own)) : () => fail('layer', 'own', 'a layer', 'none');
    return {
      state,
      net: networkOf(state, own),
      loss: lossOf(state.loss),
      train: examplesOf(state.data, state.loss, Key.fold(seed, 0), state.data.count),
      test: examplesOf(state.data, state.loss, Key.fold(seed, 1), testCount(state)),
      initial: Key.fold(seed, 2),
      order: Key.fold(seed, 3),
    };
  });
