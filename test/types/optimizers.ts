/** What the types of optimizers promise, and what they must refuse. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { adam, Optimizer, sgd, weightDecay } from '../../src';

type P = readonly [{ readonly weights: Tensor; readonly bias: Tensor }];
declare const parameters: P;
declare const state: Optimizer.OptimizerState<P>;
declare const use: (value: unknown) => void;

// An average has the type of the parameters.
const average: P = Optimizer.averageOf(Optimizer.chain(adam(), Optimizer.ema(0.9)), state, parameters);
use(average[0].bias);
// @ts-expect-error the state of other parameters
Optimizer.averageOf(adam(), state, { weights: parameters[0].weights });

Optimizer.multiTransform([
  { of: '0', by: sgd(0.1) },
  { of: ['1', '2.bias'], by: adam() },
  { of: (path, shape) => shape.length > 1 || path === '', by: Optimizer.frozen },
]);
// @ts-expect-error a group has an optimizer
Optimizer.multiTransform([{ of: '0' }]);
// @ts-expect-error a place is a path, not a number
Optimizer.masked(adam(), 0);
// @ts-expect-error a predicate answers yes or no
weightDecay(0.1, (path) => path.length);
// @ts-expect-error the number of batches comes first
Optimizer.accumulate(adam(), 4);
// @ts-expect-error a rate is a number or a function of the updates
sgd('0.1');
// @ts-expect-error no such option
Optimizer.adamw(0.1, { weightDecay: 0.1 });

// What is remembered of a tensor are tensors of any shape.
use(
  Optimizer.perTensor({
    name: 'own',
    init: (parameter) => [parameter, parameter],
    update: (direction, [first = direction]) => ({ direction: first, memory: [] }),
  }),
);
Optimizer.perTensor({
  name: 'own',
  // @ts-expect-error it gives the memory too
  update: (direction) => ({ direction }),
});
