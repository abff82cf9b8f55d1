/** Runs a method once on a batch, without an optimizer. */
import type * as E from 'fp-ts/Either';
import { attemptAll, explaining, fail, type Key, type ProxpropError, type Shape, type Tree } from '../core';
import { energyOf, type Energy, type Example, showBlock, variablesOf, x } from '../energy';
import { checkParameters, inTraining, type Layer } from '../layer';
import { type Loss } from '../loss';
import {
  andThen,
  blockSteps,
  checkStep,
  type Direction,
  type Interpreter,
  nothing,
  repeated,
  type RepeatedStep,
  runDirection,
  type Step,
} from '../step';
import { checkProblem } from './checkProblem';
import { type Method } from './schedule';

/** A method prepared for a network and a loss: its energy, and the steps built for it. */
export interface Problem {
  readonly energy: Energy;
  /** The step that runs once from the forward state. */
  readonly start: Step;
  /** The step that runs after `start`: once for each batch, or repeatedly in `descend`. */
  readonly sweep: Step;
  /** `start`, then `sweep`: what runs on a batch. */
  readonly step: Step;
  /** `step` on batch after batch. */
  readonly run: RepeatedStep;
}

/**
 * Prepares a method for a network and a loss. Returns a `Left` with tag `options` for bad
 * hyperparameters, and with tag `schedule` for an empty chain, or if no step moves some activation:
 * the parameters below that activation would not learn.
 */
export const problem = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
): E.Either<ProxpropError, Problem> => attemptAll('problem', () => problemOf(net, loss, method));

/** Like `problem`, but throws a `Fault`: for callers inside an `attempt`. */
export const problemOf = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
): Problem => {
  checkProblem(net, loss, method);
  // A method consists of functions, which may be the user's own.
  const { energy, start, sweep } = explaining(
    `method ${method.name}`,
    () => {
      const made = energyOf(net, loss, method.energy);
      return {
        energy: made,
        start: checkStep(`the start of ${method.name}`, method.start?.(made.links) ?? nothing),
        sweep: checkStep(`the schedule of ${method.name}`, method.schedule(made.links)),
      };
    },
    'schedule',
  );
  const step = andThen(start, sweep);
  const moved = new Set(blockSteps(step).flatMap(({ block }) => variablesOf(block).map(showBlock)));
  for (const { number, name, last } of energy.links)
    if (!last && !moved.has(showBlock(x(number))))
      fail(
        'schedule',
        method.name,
        `a step on every activation of its grouping into links`,
        `none on ${showBlock(x(number))}, behind link ${number} (${name})`,
      );
  return { energy, start, sweep, step, run: repeated(energy, step) };
};

/** The problem of a batch: random layers and random methods draw by its key. */
export const problemIn = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
  key: Key.Key,
): Problem => {
  checkProblem(net, loss, method);
  return problemOf(inTraining(net, key), loss, method.drawn?.(key) ?? method);
};

/**
 * The direction θ_before − θ_after of one run of a method on a batch, with the loss J before the
 * run (a scalar, for the losses of this library a batch mean) and the reports of its implicit
 * steps. The direction has the tree and the shapes of the parameters; for backprop it is τ·∇J.
 *
 * With a key, layers run as in training: dropout draws by the key, and batch normalisation uses the
 * statistics of the batch. Without a key, layers run as in evaluation. You dispose of the tensors
 * of the result; all others are freed. `interpreter` chooses the fast interpreter (default) or the
 * plain one, which is the specification.
 *
 * If the steps of the method are gradients and implicit steps on parameters, as those of backprop
 * and ProxProp, the fast interpreter runs on the first three batches of a shape and on every 64th.
 * On the others its kernels are repeated and its systems solved anew, with the same bytes, and your
 * layers and losses are not called. A `Left` with tag `layer` says if they have changed what they
 * do.
 *
 * `net` and `loss` are the network and its loss J. The energy and the steps are made once for all
 * batches without a key: keep `direction(net, loss, method)` where you take many.
 *
 * Returns a `Left` with tag `options` for hyperparameters out of range, `solver` for a singular
 * system, `shape` for parameters or examples that do not fit the network, and `schedule` if the
 * method does not fit the energy. If a layer or a loss of your own throws, the `Left` carries the
 * exception as its `cause`.
 *
 * @example
 * pipe(
 *   direction(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }),
 *   E.map((found) => found.loss),
 * )
 */
export const direction = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
  interpreter: Interpreter = 'fast',
) => {
  // Made for the first batch, where a fault is a Left, and the same for all others.
  let fixed: Problem | undefined;
  return (parameters: P, example: Example, key?: Key.Key): E.Either<ProxpropError, Direction<P>> =>
    attemptAll('direction', () => {
      const { energy, step, run } =
        key === undefined ? (fixed ??= problemOf(net, loss, method)) : problemIn(net, loss, method, key);
      checkParameters('parameters', net, parameters);
      return interpreter === 'fast'
        ? run(parameters, example)
        : runDirection(energy, step, parameters, example, interpreter);
    });
};
