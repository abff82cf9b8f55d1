/** What a method makes of a batch: the public way to run a schedule once. */
import type * as E from 'fp-ts/Either';
import { attempt, type ProxpropError, type Shape, type Tree } from '../core';
import { energyOf, type Energy, type Example } from '../energy';
import { type AnyLayer, type Chain, type ParametersOfAll } from '../layer';
import { type Loss } from '../loss';
import { type Direction, type Interpreter, runDirection, type Step } from '../step';
import { type Method } from './schedule';

/** A method made ready for a network and a loss: its energy, and the step built for it. */
export interface Problem {
  readonly energy: Energy;
  readonly step: Step;
}

/** Left: `options` for a coupling that is not positive, `schedule` for an empty chain. */
export const problem = <Ls extends readonly AnyLayer[]>(
  net: Chain<Ls, Shape, Shape>,
  loss: Loss,
  method: Method,
): E.Either<ProxpropError, Problem> => attempt(() => problemOf(net, loss, method));

/** The same, inside an `attempt`. */
export const problemOf = <Ls extends readonly AnyLayer[]>(
  net: Chain<Ls, Shape, Shape>,
  loss: Loss,
  method: Method,
): Problem => {
  const energy = energyOf(net, loss, method.energy);
  return { energy, step: method.schedule(energy.links) };
};

/**
 * The direction θ_before − θ_after of one run of a method on a batch, the loss J before it, and the reports of
 * its implicit steps. Tensors of the result are the caller's; nothing else is left.
 * Left: bad step sizes (`options`), a singular system (`solver`), shapes that do not fit (`shape`), …
 *
 * @example pipe(direction(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }), E.map(…))
 */
export const direction =
  <Ls extends readonly AnyLayer[]>(
    net: Chain<Ls, Shape, Shape>,
    loss: Loss,
    method: Method,
    interpreter: Interpreter = 'fast',
  ) =>
  (
    parameters: ParametersOfAll<Ls> & Tree.Tree,
    example: Example,
  ): E.Either<ProxpropError, Direction<ParametersOfAll<Ls> & Tree.Tree>> =>
    attempt(() => {
      const { energy, step } = problemOf(net, loss, method);
      return runDirection(energy, step, parameters, example, interpreter);
    });
