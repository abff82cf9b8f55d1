/** Which step a method takes on each block, and by which route: the choice made visible. */
import type * as E from 'fp-ts/Either';
import { attemptAll, dispose, Key, type ProxpropError, type Shape, Tree } from '../core';
import { type Example, groupParameters, showBlock } from '../energy';
import { checkParameters, inTraining, type Layer } from '../layer';
import { type Loss } from '../loss';
import { pendingResiduals, readNow, type ReadReport } from '../solver';
import { type BlockSolve, runDirection } from '../step';
import { problemOf } from './direction';
import { type LinkStep, linkSteps } from './linkSteps';
import { type Method } from './schedule';

/** What a method did with the parameters of one link. */
export interface LinkRoute extends LinkStep {
  /** The last implicit solve of the link's parameters, alone or together with others. */
  readonly solve?: ReadReport<BlockSolve>;
}

/**
 * Runs a method once on a batch, and says for every link how its parameters were moved: explicitly, or implicitly by
 * which route, in which precision, with how many iterations, to which residual. Layers are as in training, drawn by the key.
 * `Report.routes` makes a table of it.
 * Left: as for `direction`.
 *
 * @example pipe(routes(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }), E.map(Report.routes))
 */
export const routes =
  <P extends Tree.Tree>(net: Layer<P, Shape, Shape>, loss: Loss, method: Method) =>
  (parameters: P, example: Example, key = Key.key(0)): E.Either<ProxpropError, readonly LinkRoute[]> =>
    attemptAll('routes', () => {
      checkParameters('parameters', net, parameters);
      const { energy, step } = problemOf(inTraining(net, key), loss, method);
      const { direction, loss: value, solves: reports } = runDirection(energy, step, parameters, example);
      const solves = reports.map((report) => readNow(report));
      const empty = groupParameters(energy, direction).map((tree) => Tree.leaves(tree).length === 0);
      dispose(direction, value, pendingResiduals(reports));
      return linkSteps(energy, step, (l) => empty[l - 1] === true).map(({ on, ...row }): LinkRoute => {
        if (on === undefined) return row;
        const block = showBlock(on.block);
        const solve = solves.filter((report) => report.block === block).at(-1);
        // A schedule may never come to a step that it names.
        return solve === undefined ? { ...row, step: 'none' } : { ...row, solve };
      });
    });
