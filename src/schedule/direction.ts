/** What a method makes of a batch: the public way to run a schedule once. */
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
  runDirection,
  type Step,
} from '../step';
import { type Method } from './schedule';

/** A method made ready for a network and a loss: its energy, and the steps built for it. */
export interface Problem {
  readonly energy: Energy;
  /** What is run once from the forward state. */
  readonly start: Step;
  /** What is run after it, once or again and again. */
  readonly sweep: Step;
  /** Both: what is run on a batch. */
  readonly step: Step;
}

/**
 * Left: `options` for bad hyperparameters, `schedule` for an empty chain, or for an activation that no step moves: the
 * parameters below it would learn nothing.
 */
export const problem = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
): E.Either<ProxpropError, Problem> => attemptAll('problem', () => problemOf(net, loss, method));

/** The same, inside an `attempt`. */
export const problemOf = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
): Problem => {
  // What a method is made of are functions, which may be the user's own.
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
  return { energy, start, sweep, step };
};

/** The problem of a batch: what is random in the layers and in the method is drawn by its key. */
export const problemIn = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
  key: Key.Key,
): Problem => problemOf(inTraining(net, key), loss, method.drawn?.(key) ?? method);

/**
 * The direction θ_before − θ_after of one run of a method on a batch, the loss J before it, and the reports of
 * its implicit steps. With a key layers are as in training: dropout draws by it, batch normalisation takes the batch; without one
 * they are as in evaluation. Tensors of the result are the caller's; nothing else is left.
 * Left: bad step sizes (`options`), a singular system (`solver`), parameters or shapes that do not fit (`shape`), what a layer or
 * a loss of your own throws (its `cause`), …
 *
 * @example pipe(direction(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }), E.map((found) => found.loss))
 */
export const direction =
  <P extends Tree.Tree>(
    net: Layer<P, Shape, Shape>,
    loss: Loss,
    method: Method,
    interpreter: Interpreter = 'fast',
  ) =>
  (parameters: P, example: Example, key?: Key.Key): E.Either<ProxpropError, Direction<P>> =>
    attemptAll('direction', () => {
      checkParameters('parameters', net, parameters);
      const { energy, step } =
        key === undefined ? problemOf(net, loss, method) : problemIn(net, loss, method, key);
      return runDirection(energy, step, parameters, example, interpreter);
    });
