/** Which step a method takes on each block, and by which route: the choice made visible. */
import type * as E from 'fp-ts/Either';
import { attemptAll, dispose, Key, type ProxpropError, type Shape, Tree } from '../core';
import { type Example, groupParameters, showBlock, theta, variablesOf } from '../energy';
import { checkParameters, inTraining, type Layer } from '../layer';
import { type Loss } from '../loss';
import { pendingResiduals, readNow, type ReadReport } from '../solver';
import { blockSteps, type BlockSolve, runDirection } from '../step';
import { problemOf } from './direction';
import { type Method } from './schedule';

/** What a method does with the parameters of one link. */
export interface LinkRoute {
  readonly link: number;
  readonly name: string;
  /** `none`: the schedule leaves them alone; `no parameters`: there are none; `shared`: they move with those of `owner`. */
  readonly step: 'explicit' | 'implicit' | 'none' | 'no parameters' | 'shared';
  /** The earlier link whose parameters it takes. */
  readonly owner?: number;
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
      const none = (l: number): boolean => empty[l - 1] === true;
      const empty = groupParameters(energy, direction).map((tree) => Tree.leaves(tree).length === 0);
      dispose(direction, value, pendingResiduals(reports));
      const steps = blockSteps(step);
      return energy.links.map((link): LinkRoute => {
        const own = showBlock(theta(link.number));
        // A step may be on the parameters of several links together.
        const mine = steps.filter(({ block }) => variablesOf(block).some((v) => showBlock(v) === own));
        const blocks = mine.map(({ block }) => showBlock(block));
        const row = { link: link.number, name: link.name };
        const { owner, number } = link;
        if (owner !== number && !none(owner)) return { ...row, step: 'shared', owner };
        if (none(number)) return { ...row, step: 'no parameters' };
        const solve = solves.filter(({ block }) => blocks.includes(block)).at(-1);
        if (solve !== undefined) return { ...row, step: 'implicit', solve };
        return { ...row, step: mine.some(({ tag }) => tag === 'explicit') ? 'explicit' : 'none' };
      });
    });
