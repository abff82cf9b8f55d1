/** The route and the price of each link, predicted from a forward pass. No step is run. */
import type * as E from 'fp-ts/Either';
import { attemptAll, Key, type ProxpropError, scope, type Shape, Tree } from '../core';
import {
  type Energy,
  type Example,
  forwardState,
  groupParameters,
  inputsOf,
  type Link,
  linkAt,
  outputOf,
  parametersOf,
  type State,
  valueOf,
  variablesOf,
} from '../energy';
import { checkParameters, inTraining, type Layer } from '../layer';
import { type Loss } from '../loss';
import { chooseRoute, DEFAULT_BUDGET, priceOf, type Route, type Size, type Solver } from '../solver';
import { routeOf } from '../step';
import { checkProblem } from './checkProblem';
import { problemOf } from './direction';
import { type LinkStep, linkSteps } from './linkSteps';
import { type Method } from './schedule';

/** How a method would move the parameters of one link. */
export interface PlannedRoute extends LinkStep {
  /** The route of the implicit step. */
  readonly route?: Route | 'gaussNewton' | 'own';
  /**
   * Multiply-adds of that solve, divided by those of one backprop step of the whole network.
   * Missing for a solver of your own. For Gauss-Newton it is an upper bound: the cost of its whole
   * budget, or of all its CG iterations.
   */
  readonly price?: number;
  /** One line, if a Gauss-Newton step may cost more than 5 backprop steps. */
  readonly warning?: string;
}

/** A Gauss-Newton step that may cost more backprop steps than this gets a warning. */
export const DEAR = 5;

/** A backprop step: a forward pass, and the gradients by parameters and by inputs. */
const PASSES = 3;

/**
 * A product with the curvature: a Jacobian-vector product by two pull-backs, and a vector-Jacobian
 * product.
 */
const PASSES_OF_PRODUCT = 4;

/**
 * Multiply-adds of a link's forward pass, counting each parameter once for each position of the
 * output. This holds for dense layers and convolutions; products of activations are left out.
 */
const workOf = (state: State, link: Link): number => {
  const parameters = Tree.leaves(valueOf(parametersOf(state, link)));
  const output = outputOf(state, link);
  return (parameters.reduce((n, leaf) => n + leaf.size, 0) * output.size) / (output.shape.at(-1) ?? 1);
};

/** The size of the system of a block of parameters, with the rows of all links that share them. */
const sizeOf = (energy: Energy, state: State, number: number): Size | undefined => {
  const sizes = linkAt(energy, number).sharers.flatMap((l) => {
    const link = linkAt(energy, l);
    const design = link.design?.(inputsOf(state, link));
    return design === undefined ? [] : [design];
  });
  const [first, ...others] = sizes;
  if (first === undefined || others.length === 0) return first;
  return { columns: first.columns, units: first.units, rows: sizes.reduce((n, { rows }) => n + rows, 0) };
};

const productsOf = (solver: Solver): number =>
  solver.kind === 'cg' ? solver.iterations : (solver.budget ?? DEFAULT_BUDGET);

/**
 * For every link, the step on its parameters, its route and its price, predicted from the shapes of
 * a batch and the table of rates. This runs a forward pass and no step. Layers run as in training
 * and draw by the key. To see what a step did, use `routes`. `Report.plannedRoutes` formats the
 * result as a table.
 *
 * If a Gauss-Newton step may cost more than 5 backprop steps, its row has a `warning`. Returns a
 * `Left` with tag `options` for bad hyperparameters, `shape` for parameters or a batch of another
 * network, and `schedule` as `direction` does.
 *
 * `net`, `loss` and `method` are those of the training that you plan.
 *
 * @example
 * pipe(
 *   plannedRoutes(net, softmaxCrossEntropy, proxprop())(parameters, { input, target }),
 *   E.map(Report.plannedRoutes),
 * );
 */
export const plannedRoutes =
  <P extends Tree.Tree>(net: Layer<P, Shape, Shape>, loss: Loss, method: Method) =>
  (parameters: P, { input }: Example, key = Key.key(0)): E.Either<ProxpropError, readonly PlannedRoute[]> =>
    attemptAll('plannedRoutes', () =>
      scope(() => {
        checkProblem(net, loss, method);
        checkParameters('parameters', net, parameters);
        const { energy, step } = problemOf(inTraining(net, key), loss, method);
        const groups = groupParameters(energy, parameters);
        const state = forwardState(energy, groups, input);
        const works = energy.links.map((link) => workOf(state, link));
        const backprop = PASSES * works.reduce((a, b) => a + b, 0);
        const isEmpty = (l: number): boolean => Tree.leaves(groups[l - 1] ?? []).length === 0;
        return linkSteps(energy, step, isEmpty).map(({ on, ...row }): PlannedRoute => {
          if (on === undefined) return row;
          const size =
            routeOf(energy, on.block).tag === 'ridge' ? sizeOf(energy, state, row.link) : undefined;
          const { solver } = on;
          if (solver.kind === 'own') return { ...row, route: size === undefined ? 'gaussNewton' : 'own' };
          if (size !== undefined)
            return {
              ...row,
              route: chooseRoute(solver, size),
              price: priceOf(solver, size) / backprop,
            };
          const own = new Set(variablesOf(on.block).flatMap(({ link }) => linkAt(energy, link).sharers));
          const each = [...own].reduce((sum, l) => sum + (works[l - 1] ?? 0), 0) * PASSES_OF_PRODUCT;
          const price = (productsOf(solver) * each) / backprop;
          return {
            ...row,
            route: 'gaussNewton',
            price,
            ...(price > DEAR
              ? {
                  warning: `link ${row.link} (${row.name}): Gauss-Newton may cost ${price.toPrecision(2)} backprop steps: give the layer a design, or use cg(3)`,
                }
              : {}),
          };
        });
      }),
    );
