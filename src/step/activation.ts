/**
 * Implicit steps on one activation x[l]. The part of the energy that contains it is
 *
 *     c_l/2·‖f_l − x‖² + 1/(2τ)·‖x − v‖² + Σ_r c_r/2·‖f_r(x) − x[r]‖²      r: the links that read x[l]
 *
 * Multipliers shift the residuals. Behind the last link, a loss that is a square takes the place of
 * the penalty. The first two terms, and those of readers that only add or pass on x (`slope`),
 * combine to κ/2·‖x − b‖². If one other reader remains and is elementwise, the step is one scalar
 * problem for each number. If all other readers are affine in x and have a design, it is one ridge
 * system.
 */
import { add, mul, neg, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { fail, scope, type Tree } from '../core';
import {
  activationAt,
  couplingOf,
  type Energy,
  inputsOf,
  type Link,
  linkAt,
  offsetOf,
  outputOf,
  parametersOf,
  residualOf,
  type State,
  valueOf,
  weightOf,
} from '../energy';
import { judged, type Solution, type AnySolver, solveRidge, stacked } from '../solver';
import { minimiseEach } from './elementwise';

/** A link that reads the activation. */
interface Reader {
  readonly link: Link;
  /** c_r, or the weight of a squared loss. */
  readonly weight: number;
  /** The value that f_r should take. */
  readonly goal: Tensor;
  /** c, if f_r moves by c times the displacement of the activation. */
  readonly slope: number | undefined;
}

/** The terms of the energy around an activation. */
interface Surroundings {
  /** The readers that are not part of κ and b; `routeOf` has decided their kind. */
  readonly readers: readonly Reader[];
  /** κ. */
  readonly stiffness: number;
  /** v, and b − v. */
  readonly value: Tensor;
  readonly away: Tensor;
}

const readerAt = (energy: Energy, state: State, target: Tensor, of: number, number: number): Reader => {
  const link = linkAt(energy, number);
  const weight =
    weightOf(energy, state, target, link) ?? fail('schedule', link.name, 'a square', energy.loss.name);
  const raised = offsetOf(energy, state, number, 'inside');
  const goal = link.last ? target : valueOf(activationAt(state, number));
  return {
    link,
    weight,
    goal: raised === undefined ? goal : add(goal, raised),
    slope: link.slope(link.reads.indexOf(of)),
  };
};

/** Jᵀ·(f_r − goal), with J the Jacobian by the activation. */
const pulledBack = (state: State, of: number, { link, goal }: Reader): Tensor => {
  const parameters = valueOf(parametersOf(state, link));
  const inputs = inputsOf(state, link);
  const miss = sub(link.forward(parameters, inputs), goal);
  const place = link.reads.indexOf(of);
  return gradientOf(
    (u: Tensor) =>
      sum(
        mul(
          link.forward(
            parameters,
            inputs.map((input, i) => (i === place ? u : input)),
          ),
          miss,
        ),
      ),
    valueOf(activationAt(state, of)),
  ).gradient;
};

/** The terms of the energy around an activation. */
const surroundings = (
  energy: Energy,
  state: State,
  target: Tensor,
  number: number,
  tau: number,
): Surroundings => {
  const own = linkAt(energy, number);
  const all = own.readers.map((reader) => readerAt(energy, state, target, number, reader));
  const coupling = couplingOf(energy, state, own.number);
  const variable = activationAt(state, own.number);
  const offset = offsetOf(energy, state, own.number, 'own');
  const residual = residualOf(outputOf(state, own), variable);
  const folded = all.flatMap((r) => (r.slope === undefined ? [] : [{ ...r, slope: r.slope }]));
  const stiffness = folded.reduce((k, { weight, slope }) => k + weight * slope ** 2, coupling + 1 / tau);
  const pull = mul(offset === undefined ? residual : sub(residual, offset), coupling / stiffness);
  return {
    readers: all.filter(({ slope }) => slope === undefined),
    stiffness,
    value: valueOf(variable),
    away: folded.reduce(
      (to, r) => sub(to, mul(pulledBack(state, own.number, r), r.weight / stiffness)),
      pull,
    ),
  };
};

/**
 * The tolerance for ‖φ'‖ relative to its start: 100 times the target of the iteration, since some
 * numbers start near their minimum.
 */
const CONVERGED = 1e-4;

/**
 * The decrement of x[l] on the route `elementwise`: its readers only add or pass on x, except at
 * most one elementwise link. In closed form if the layer has one, otherwise by `minimiseEach`.
 */
export const minimiseElementwise = (
  energy: Energy,
  state: State,
  target: Tensor,
  number: number,
  tau: number,
  mayRead: boolean,
): Solution<Tree.Tree> =>
  scope(() => {
    const { readers, value, away, stiffness } = surroundings(energy, state, target, number, tau);
    const [reader] = readers;
    const each = reader?.link.elementwise;
    const near = add(value, away);
    const minimised = (): { value: Tensor; iterations: number; residual: number | Tensor } => {
      if (reader === undefined) return { value: near, iterations: 0, residual: 0 };
      const { link, goal, weight } = reader;
      const c = stiffness / weight;
      const parameters = valueOf(parametersOf(state, link));
      return each?.minimiser === undefined
        ? minimiseEach((u) => link.forward(parameters, [u]), goal, near, c, value, mayRead)
        : { value: each.minimiser(goal, near, c), iterations: 0, residual: 0 };
    };
    const found = minimised();
    return {
      value: sub(value, found.value),
      report: {
        route: 'elementwise' as const,
        precision: 'float32' as const,
        iterations: found.iterations,
        ...judged(found.residual, CONVERGED),
      },
    };
  });

/**
 * The decrement of x[l] on the route `readers`: its readers, except those in κ and b, have design
 * operators for their input.
 *
 *     (Σ_r c_r·W_rᵀW_r + κI)·e = Σ_r c_r·W_rᵀ(x[r] − f_r(b)),   x = b + e
 */
export const minimiseAffine = (
  energy: Energy,
  state: State,
  target: Tensor,
  number: number,
  tau: number,
  solver: AnySolver,
  mayRead: boolean,
): Solution<Tree.Tree> =>
  scope(() => {
    const { readers, value, away, stiffness } = surroundings(energy, state, target, number, tau);
    const systems = readers.flatMap(({ link, goal, weight }) => {
      if (link.inputDesign === undefined) return [];
      const parameters = valueOf(parametersOf(state, link));
      const design = link.inputDesign(parameters, value.shape[0]);
      const miss = sub(link.forward(parameters, [value]), goal);
      return [{ design, weight, rest: sub(neg(design.outputs(miss)), design.apply(away)) }];
    });
    const [first, ...others] = systems;
    if (first === undefined) return fail('schedule', `x[${number}]`, 'a reader with a design', 'none');
    const { design, rest, weight } = others.length === 0 ? first : stacked(first, ...others);
    const { value: e, report } = solveRidge(design, rest, stiffness / weight, solver, mayRead);
    return { value: neg(add(away, e)), report };
  });
