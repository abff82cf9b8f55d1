/** What a method would do on each link, and at which price, from a forward pass alone: no step is run. */
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
import { problemOf } from './direction';
import { type LinkStep, linkSteps } from './linkSteps';
import { type Method } from './schedule';

/** What a method would do with the parameters of one link. */
export interface PlannedRoute extends LinkStep {
  /** How an implicit step would be solved. */
  readonly route?: Route | 'gaussNewton' | 'own';
  /**
   * Multiply-adds of that solve, in those of a backprop step of the whole network; not known of a solver of your own. Of Gauss-Newton the most: what its budget, or its
   * iterations of CG, would take.
   */
  readonly price?: number;
  /** One line, where the price may be above `DEAR`. */
  readonly warning?: string;
}

/** Backprop steps that one Gauss-Newton step may cost before it is warned of. */
export const DEAR = 5;

/** Forward, and both gradients. */
const PASSES = 3;

/** A product with the curvature takes a Jacobian-vector product by two pull-backs, and a vector-Jacobian product. */
const PASSES_OF_PRODUCT = 4;

/**
 * Multiply-adds of a link's forward pass: each parameter once for each position of the output. That is what dense layers and convolutions
 * take; products of activations are left out.
 */
const workOf = (state: State, link: Link): number => {
  const parameters = Tree.leaves(valueOf(parametersOf(state, link)));
  const output = outputOf(state, link);
  return (parameters.reduce((n, leaf) => n + leaf.size, 0) * output.size) / (output.shape.at(-1) ?? 1);
};

/** The links of a block of parameters as one system: the rows of all. */
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
 * For every link the step of its parameters, its route and its price, from the shapes of a batch and the table of rates: a forward pass,
 * and no step. Gauss-Newton that may cost more than 5 backprop steps is warned of. Layers are as in training, drawn by the key. What a
 * step then did, `routes` tells. `Report.plannedRoutes` makes a table of it.
 * Left: `options` for bad hyperparameters, `shape` for parameters or a batch of another network, `schedule` as for `direction`.
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
                  warning: `link ${row.link} (${row.name}): Gauss-Newton may cost ${price.toPrecision(2)} backprop steps: give the layer a design, or take cg(3)`,
                }
              : {}),
          };
        });
      }),
    );
