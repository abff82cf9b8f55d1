/** Running golden cases: the largest relative errors of gradients and proximal directions. */
import type * as E from 'fp-ts/Either';
import {
  attempt,
  backprop,
  cg,
  direction,
  exact,
  fail,
  orThrow,
  type ProxpropError,
  proxprop,
  readNow,
  scope,
  toHost,
  type Tree,
  Tree as Trees,
} from '../../src';
import { relativeDistance } from '../../laws';
import {
  buildGolden,
  type Entry,
  expectedParameters,
  type GoldenFile,
  pathOfEntry,
  type Proximal,
} from './goldenCase';

export interface GoldenErrors {
  readonly name: string;
  /** ‖ours − expected‖ / ‖expected‖, the largest over all tensors. */
  readonly gradient: number;
  readonly proximal: number;
  /** The largest relative residual that an exact solve reported. */
  readonly residual: number;
}

/** NaN stays NaN: it is above every tolerance. */
const largest = (values: readonly number[]): number =>
  values.reduce((a, b) => (Number.isNaN(a) || a >= b ? a : b), 0);

const errorOf = (path: string, ours: Tree.Tree, expected: readonly Entry[]): number =>
  largest(
    expected.flatMap((entry, i) => {
      const at = pathOfEntry(ours, entry);
      const found = Trees.leavesWithPath(ours).filter(([own]) => own === at || own.startsWith(`${at}.`));
      if (found.length === 0) fail('data', `${path}.${i}`, 'a layer with parameters', at);
      const wanted = Trees.leaves(expectedParameters(`${path}.${i}`, entry));
      return wanted.map((tensor, k) => {
        const other = found[k]?.[1];
        return other === undefined ? Number.NaN : relativeDistance(toHost(other), toHost(tensor));
      });
    }),
  );

const solverOf = (path: string, { solver, iterations }: Proximal) =>
  solver === 'exact' ? exact() : cg(iterations ?? fail('data', `${path}.iterations`, 'a number', 'nothing'));

/** All errors of a case. Left: a case that cannot be read or built. */
export const runGolden = (path: string, file: GoldenFile): E.Either<ProxpropError, GoldenErrors> =>
  attempt(() =>
    scope(() => {
      const { network, example, loss } = orThrow(buildGolden(path, file));
      const { net, parameters } = network;
      const gradient = orThrow(direction(net, loss, backprop())(parameters, example));
      const proximal = file.expected.proximal.map((expected, i) => {
        const at = `${path}: expected.proximal.${i}`;
        const method = proxprop({ tau: 1, tauTheta: expected.tau, solver: solverOf(at, expected) });
        const ours = orThrow(direction(net, loss, method)(parameters, example));
        return {
          error: errorOf(`${at}.direction`, ours.direction, expected.direction),
          residual:
            expected.solver === 'exact' ? largest(ours.solves.map((solve) => readNow(solve).residual)) : 0,
        };
      });
      return {
        name: file.name,
        gradient: errorOf(`${path}: expected.gradient`, gradient.direction, file.expected.gradient),
        proximal: largest(proximal.map((p) => p.error)),
        residual: largest(proximal.map((p) => p.residual)),
      };
    }),
  );

/** `NAME gradient ERR proximal ERR residual R`. */
export const showGolden = ({ name, gradient, proximal, residual }: GoldenErrors): string =>
  `${name} gradient ${gradient.toExponential(2)} proximal ${proximal.toExponential(2)} residual ${residual.toExponential(2)}`;

/** Whether every error is at most the tolerance; NaN is not. */
export const withinTolerance = ({ gradient, proximal }: GoldenErrors, tolerance: number): boolean =>
  gradient <= tolerance && proximal <= tolerance;
