/** Measures the effect of a schedule on the energy, on request only. */
import { neg, sub, type Tensor } from '@tensorflow/tfjs-core';
import { gradientOf, dot } from '../autodiff';
import { norm, scope, toNumber, Tree } from '../core';
import {
  activationAt,
  type Energy,
  energyTerm,
  forwardState,
  linkAt,
  lossAt,
  outputOf,
  parametersAt,
  residualOf,
  type State,
  valueOf,
} from '../energy';

/** One link at the end of a schedule. */
export interface LinkDiagnostics {
  /** l, counted from 1. */
  readonly link: number;
  readonly name: string;
  /** Its term of E. */
  readonly energy: number;
  /**
   * ‖f_l − x[l]‖/‖f_l‖ over the batch: the distance of its activation from feasibility. `null` for
   * the last link, and if f_l is zero.
   */
  readonly infeasibility: number | null;
  /**
   * The cosine of the angle between the change of θ_l and −∇_{θ_l}J; `null` if one of them is zero.
   */
  readonly cosine: number | null;
}

/**
 * The effect of a schedule on E: its value by link, the infeasibility of activations, and the angle
 * of the direction to −∇J.
 */
export interface Diagnostics {
  /** E at the start of the schedule. */
  readonly before: number;
  /** E at its end. */
  readonly energy: number;
  /**
   * The cosine of the angle between the change of all parameters and −∇J; `null` if one of them is
   * zero.
   */
  readonly cosine: number | null;
  /** One entry for each link, in order. */
  readonly links: readonly LinkDiagnostics[];
  /** Seconds that these diagnostics took. */
  readonly seconds: number;
}

const zeros = (tree: Tree.Tree): boolean => Tree.leaves(tree).length === 0;

/** ‖a‖/‖b‖, and `null` if b is zero. */
const share = (a: Tensor, b: Tensor): number | null => {
  const size = norm(b);
  return size === 0 ? null : norm(a) / size;
};

const cosine = (change: Tree.Tree, gradient: Tree.Tree): number | null => {
  if (zeros(change)) return null;
  const size = norm(change) * norm(gradient);
  return size === 0 ? null : -toNumber(dot(change, gradient)) / size;
};

/** ∇J at the parameters of a state. */
const gradientOfLoss = (energy: Energy, state: State, target: Tensor): readonly Tree.Tree[] =>
  gradientOf(
    (groups: readonly Tree.Tree[]) =>
      lossAt(
        energy,
        outputOf(
          forwardState(energy, groups, activationAt(state, 0).anchor),
          linkAt(energy, energy.links.length),
        ),
        target,
      ),
    state.parameters.map((v) => valueOf(v)),
  ).gradient;

/** Compares the state before a schedule with the state after it. */
export const diagnose = (energy: Energy, before: State, after: State, target: Tensor): Diagnostics =>
  scope(() => {
    const started = performance.now();
    const gradient = gradientOfLoss(energy, before, target);
    const changes = energy.links.map(({ number }) => {
      const [from, to] = [parametersAt(before, number), parametersAt(after, number)];
      // The decrement itself if it is the whole change: a difference of nearly equal numbers would
      // be rounding.
      return from.anchor === to.anchor && from.decrement === undefined && to.decrement !== undefined
        ? Tree.map(neg)(to.decrement)
        : Tree.zip((a, b) => sub(a, b))(valueOf(to), valueOf(from));
    });
    const links = energy.links.map((link, i): LinkDiagnostics => {
      const f = outputOf(after, link);
      return {
        link: link.number,
        name: link.name,
        energy: toNumber(energyTerm(energy, after, target, link, f)),
        infeasibility: link.last ? null : share(residualOf(f, activationAt(after, link.number)), f),
        cosine: cosine(changes[i] ?? [], gradient[i] ?? []),
      };
    });
    return {
      before: energy.links.reduce(
        (total, link) => total + toNumber(energyTerm(energy, before, target, link, outputOf(before, link))),
        0,
      ),
      energy: links.reduce((total, l) => total + l.energy, 0),
      cosine: cosine(changes, gradient),
      links,
      seconds: (performance.now() - started) / 1000,
    };
  });
