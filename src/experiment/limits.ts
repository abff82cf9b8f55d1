/**
 * Step sizes: what one step does to its own block, and many steps to the objective, for step sizes
 * s that are multiples of the limit 2/λ of explicit steps.
 *
 *     block       q(θ) = ½·‖f(θ, x) − z‖² of the first link, with the target z that backprop's sweep brings down.
 *                 Explicit: θ − s·∇q, which lowers q for s < 2/λ, λ the largest eigenvalue of JᵀJ, J = ∂f/∂θ.
 *                 Implicit: argmin q + 1/(2s)·‖· − θ‖², which lowers q for every s.
 *     objective   J after some steps on one batch. Explicit: backprop with τ = s; near a minimum it diverges above 2/λ, λ
 *                 the largest eigenvalue of J's Hessian, here at the start. Implicit: exact ProxProp with τ = s.
 */
import type * as E from 'fp-ts/Either';
import { sub, type Tensor } from '@tensorflow/tfjs-core';
import { attempt, dispose, fail, Key, orThrow, type ProxpropError, scope, toNumber, Tree } from '../core';
import { dot, jvp, valueAndGradient, vjp } from '../autodiff';
import { type AnyChain } from '../layer';
import { type Loss } from '../loss';
import {
  energyTerms,
  type Energy,
  type Example,
  forwardState,
  groupParameters,
  type State,
  theta,
} from '../energy';
import { advance, explicit, implicit } from '../step';
import { backprop, direction, type Method, problem, proxprop } from '../schedule';
import { exact } from '../solver';
import { largestEigenvalue } from './spectrum';

/** A case of the configuration, ready to run. */
export interface Case {
  readonly name: string;
  readonly net: AnyChain;
  readonly loss: Loss;
  readonly example: Example;
  readonly tauTheta: number;
  readonly seeds: readonly number[];
}

export type What = 'block' | 'objective';

/** What came of one step size. */
export interface LimitsRow {
  readonly case: string;
  readonly seed: number;
  readonly what: What;
  readonly method: 'explicit' | 'implicit';
  readonly size: number;
  /** After / before; `null` where it is not finite. */
  readonly ratio: number | null;
}

interface Limit {
  readonly case: string;
  readonly seed: number;
  readonly what: What;
  /** 2/λ; `null` where no eigenvalue is positive. */
  readonly size: number | null;
}

export interface LimitsResult {
  readonly rows: readonly LimitsRow[];
  readonly limits: readonly Limit[];
}

type Parameters = readonly Tree.Tree[];

const finite = (ratio: number): number | null => (Number.isFinite(ratio) ? ratio : null);
const limitOf = (eigenvalue: number): number | null => (eigenvalue > 0 ? 2 / eigenvalue : null);
/** Step sizes from multiples of a limit; of 1, where there is none. */
const times = (multiples: readonly number[], limit: number | null): readonly number[] =>
  multiples.map((multiple) => multiple * (limit ?? 1));

/** The penalty of the first link. */
const firstTerm = (energy: Energy, state: State, target: Tensor): number =>
  scope(() =>
    toNumber(energyTerms(energy, state, target)[0] ?? fail('schedule', 'link 1', 'a link', 'none')),
  );

/** The first link's own problem: its parameters below a moved activation. */
const blockRows = (
  { name, net, loss, example }: Case,
  seed: number,
  parameters: Parameters,
  multiples: readonly number[],
): LimitsResult =>
  scope(() => {
    const { input, target } = example;
    const { energy, sweep } = orThrow(problem(net, loss, backprop()));
    const [link] = energy.links;
    if (link === undefined || link.last)
      return fail('schedule', name, 'a network of two links or more', 'fewer');
    const start = forwardState(energy, groupParameters(energy, parameters), input);
    // The sweep moves parameters too: only what it does to the activation is kept.
    const swept = advance(energy, sweep, start, target).state;
    const moved: State = { ...swept, parameters: start.parameters };
    const before = firstTerm(energy, moved, target);
    const own = groupParameters(energy, parameters)[0] ?? [];
    const f = (p: Tree.Tree): Tensor => link.forward(p, [input]);
    const eigenvalue = largestEigenvalue(
      (v) => orThrow(vjp(f)(own, orThrow(jvp(f)(own, v)).tangent)).cotangent,
      own,
      Key.key(seed),
    );
    const limit = limitOf(eigenvalue);
    const rows = times(multiples, limit).flatMap((size) =>
      (['explicit', 'implicit'] as const).map((method): LimitsRow => {
        const ratio = scope(() => {
          const step = method === 'explicit' ? explicit(theta(1), size) : implicit(theta(1), size, exact());
          return firstTerm(energy, advance(energy, step, moved, target).state, target) / before;
        });
        return { case: name, seed, what: 'block', method, size, ratio: finite(ratio) };
      }),
    );
    return { rows, limits: [{ case: name, seed, what: 'block', size: limit }] };
  });

/** J after some steps / J before. */
const afterSteps = ({ net, loss, example }: Case, method: Method, parameters: Parameters, steps: number) =>
  scope(() => {
    const valueOf = (p: Parameters): number =>
      scope(() => toNumber(loss.value(net.forward(p, example.input), example.target)));
    let at: Parameters = Tree.copy(parameters);
    for (let i = 0; i < steps && Number.isFinite(valueOf(at)); i++) {
      const before = at;
      at = scope(() => {
        const found = orThrow(direction(net, loss, method)(before, example));
        return Tree.zip((p, d) => sub(p, d))(before, found.direction);
      });
      dispose(before);
    }
    return valueOf(at) / valueOf(parameters);
  });

const objectiveRows = (
  own: Case,
  seed: number,
  parameters: Parameters,
  multiples: readonly number[],
  steps: number,
): LimitsResult => {
  const { name, net, loss, example, tauTheta } = own;
  const objective = (p: Parameters): Tensor => loss.value(net.forward(p, example.input), example.target);
  const eigenvalue = largestEigenvalue<Parameters>(
    (v) =>
      // H·v = ∇⟨∇J, v⟩
      orThrow(
        valueAndGradient((p: Parameters) => dot(orThrow(valueAndGradient(objective)(p)).gradient, v))(
          parameters,
        ),
      ).gradient,
    parameters,
    Key.key(seed),
  );
  const limit = limitOf(eigenvalue);
  const rows = times(multiples, limit).flatMap((tau) =>
    (['explicit', 'implicit'] as const).map((method): LimitsRow => {
      const by = method === 'explicit' ? backprop({ tau }) : proxprop({ tau, tauTheta });
      const ratio = afterSteps(own, by, parameters, steps);
      return { case: name, seed, what: 'objective', method, size: tau, ratio: finite(ratio) };
    }),
  );
  return { rows, limits: [{ case: name, seed, what: 'objective', size: limit }] };
};

/** `count` numbers from one to another, evenly spaced on a logarithmic axis. */
export const spaced = (from: number, to: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)));

/** All step sizes for one case and seed. Left: what keeps a step from being taken. */
export const runLimits = (
  own: Case,
  seed: number,
  multiples: readonly number[],
  steps: number,
): E.Either<ProxpropError, LimitsResult> =>
  attempt(() =>
    scope(() => {
      const parameters: Parameters = [...own.net.init(Key.fold(Key.key(seed), 0))];
      const block = blockRows(own, seed, parameters, multiples);
      const objective = objectiveRows(own, seed, parameters, multiples, steps);
      return {
        rows: [...block.rows, ...objective.rows],
        limits: [...block.limits, ...objective.limits],
      };
    }),
  );
