import { table } from './table';

/** A row of the table of `routes`: the step of one link. `LinkRoute` is one. */
export interface RouteRow {
  /** The number of the link, from 1. */
  readonly link: number;
  /** The name of the link. */
  readonly name: string;
  /** `explicit`, `implicit`, `none`, `no parameters` or `shared`. */
  readonly step: string;
  /** The report of its solve, for an implicit step. */
  readonly solve?: {
    readonly route: string;
    readonly gram?: string;
    readonly precision: string;
    readonly iterations: number;
    readonly residual: number;
    readonly converged: boolean;
    readonly ended?: string;
  };
}

/**
 * Formats a Markdown table of how a method moved the parameters of each link.
 *
 *     | link | layer  | step     | route  | AᵀA by  | precision | iterations | residual | converged |
 *     |    1 | linear | implicit | primal | product | float32   |          1 |   2.1e-7 | yes       |
 *
 * @param rows those that `routes(net, loss, method)(parameters, example)` of `proxprop` gives
 *
 * @example
 * const rows = orThrow(routes(net, loss, proxprop())(parameters, { input, target }));
 * console.log(Report.routes(rows));
 */
export const routes = (rows: readonly RouteRow[]): string =>
  table(
    ['link', 'layer', 'step', 'route', 'AᵀA by', 'precision', 'iterations', 'residual', 'converged'],
    rows.map(({ link, name, step, solve }) => [
      `${link}`,
      name,
      step,
      solve?.route ?? '',
      solve?.gram ?? '',
      solve?.precision ?? '',
      solve === undefined ? '' : `${solve.iterations}`,
      solve?.residual.toExponential(1) ?? '',
      solve === undefined
        ? ''
        : solve.converged
          ? 'yes'
          : solve.ended === undefined
            ? 'no'
            : `no: ${solve.ended}`,
    ]),
  );

/**
 * A row of the table of `plannedRoutes`: the step of one link before it is run. `PlannedRoute` is
 * one.
 */
export interface PlannedRow {
  /** The number of the link, from 1. */
  readonly link: number;
  /** The name of the link. */
  readonly name: string;
  /** `explicit`, `implicit`, `none`, `no parameters` or `shared`. */
  readonly step: string;
  /** The route of its solve, for an implicit step. */
  readonly route?: string;
  /** Multiply-adds of the solve, divided by those of one backprop step of the whole network. */
  readonly price?: number;
  /** One line, if the step is dear. */
  readonly warning?: string;
}

/**
 * Formats a Markdown table of how a method would move the parameters of each link, and below it its
 * warnings. Prices are in backprop steps of the whole network.
 *
 *     | link | layer  | step     | route  | backprop steps |
 *     |    1 | linear | implicit | primal |           0.21 |
 *
 * @param rows those that `plannedRoutes(net, loss, method)(parameters, example)` of `proxprop`
 *   gives
 *
 * @example Report.plannedRoutes([{ link: 1, name: 'linear', step: 'implicit', route: 'primal', price: 0.21 }])
 */
export const plannedRoutes = (rows: readonly PlannedRow[]): string =>
  [
    table(
      ['link', 'layer', 'step', 'route', 'backprop steps'],
      rows.map(({ link, name, step, route = '', price }) => [
        `${link}`,
        name,
        step,
        route,
        price === undefined ? '' : price.toPrecision(2),
      ]),
    ),
    ...rows.flatMap(({ warning }) => (warning === undefined ? [] : [warning])),
  ].join('\n');
