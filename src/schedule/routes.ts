/** The step of a method on each link, and the route that it took. */
import type * as E from 'fp-ts/Either';
import { attemptAll, dispose, Key, type ProxpropError, type Shape, Tree } from '../core';
import { type Example, groupParameters, showBlock } from '../energy';
import { checkParameters, inTraining, type Layer } from '../layer';
import { type Loss } from '../loss';
import { pendingResiduals, readNow, type ReadReport } from '../solver';
import { type BlockSolve, runDirection } from '../step';
import { checkProblem } from './checkProblem';
import { problemOf } from './direction';
import { type LinkStep, linkSteps } from './linkSteps';
import { type Method } from './schedule';

/** How a method moved the parameters of one link. */
export interface LinkRoute extends LinkStep {
  /**
   * The report of the last implicit solve that moved the parameters, alone or together with others.
   */
  readonly solve?: ReadReport<BlockSolve>;
}

/**
 * Runs a method once on a batch, and reports for every link how its parameters moved: by an
 * explicit step, or by an implicit one with its route, precision, iterations and residual. Layers
 * run as in training and draw by the key. `Report.routes` formats the result as a table. Returns a
 * `Left` as `direction` does.
 *
 * `net` and `loss` are the network and its loss.
 *
 * @example
 * pipe(
 *   routes(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }),
 *   E.map(Report.routes),
 * )
 */
export const routes =
  <P extends Tree.Tree>(net: Layer<P, Shape, Shape>, loss: Loss, method: Method) =>
  (parameters: P, example: Example, key = Key.key(0)): E.Either<ProxpropError, readonly LinkRoute[]> =>
    attemptAll('routes', () => {
      checkProblem(net, loss, method);
      checkParameters('parameters', net, parameters);
      const { energy, step } = problemOf(inTraining(net, key), loss, method);
      const {
        direction,
        loss: value,
        solves: reports,
        kept,
        memory,
      } = runDirection(energy, step, parameters, example);
      const solves = reports.map((report) => readNow(report));
      const empty = groupParameters(energy, direction).map((tree) => Tree.leaves(tree).length === 0);
      dispose(direction, value, memory, kept.trees, pendingResiduals(reports));
      return linkSteps(energy, step, (l) => empty[l - 1] === true).map(({ on, ...row }): LinkRoute => {
        if (on === undefined) return row;
        const block = showBlock(on.block);
        const solve = solves.filter((report) => report.block === block).at(-1);
        // A schedule may contain a step that it never runs.
        return solve === undefined ? { ...row, step: 'none' } : { ...row, solve };
      });
    });
