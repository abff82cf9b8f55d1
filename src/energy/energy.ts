/**
 * The penalty energy of a chain, a loss, a grouping into links and couplings ρ_l:
 *
 *     E(θ, x) = loss(f_L(θ_L, x[L−1]), y) + Σ_{l<L} ρ_l/2 · ‖f_l(θ_l, x[l−1]) − x[l]‖²
 *
 * Norms are sums over the whole batch and all features; the loss keeps its own convention (a batch mean).
 * At a forward pass every penalty is zero, so there E = J.
 */
import { add, mul, scalar, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { fail, type Batch, type Tree } from '../core';
import { type AnyChain } from '../layer';
import { type Loss } from '../loss';
import { everyLayer, type Grouping, type Link, linksOf, tuple } from './links';
import { activationAt, parametersAt, type State, valueOf, type Variable } from './state';

/** An input batch [N, ...I] and its targets, as the loss takes them. */
export interface Example {
  readonly input: Tensor;
  readonly target: Tensor;
}

export interface Energy {
  readonly loss: Loss;
  readonly links: readonly Link[];
  /** ρ_1 … ρ_{L−1}: entry l − 1 belongs to link l. */
  readonly couplings: readonly number[];
}

export interface EnergyOptions {
  /** Default: every layer its own link. */
  readonly grouping?: Grouping;
  /** ρ_l of each link below the last; positive and finite. Default: 1 everywhere. */
  readonly coupling?: (link: Link) => number;
}

/** The energy of a chain. A `Fault`: `schedule` for an empty chain, `options` for a coupling that is not positive. */
export const energyOf = (chain: AnyChain, loss: Loss, options: EnergyOptions = {}): Energy => {
  const links = linksOf(chain.layers, options.grouping ?? everyLayer);
  const coupling = options.coupling ?? (() => 1);
  const couplings = links.slice(0, -1).map((link) => {
    const rho = coupling(link);
    return rho > 0 && Number.isFinite(rho)
      ? rho
      : fail('options', `coupling of link ${link.number}`, 'a positive finite number', `${rho}`);
  });
  return { loss, links, couplings };
};

export const couplingOf = ({ couplings }: Energy, link: number): number =>
  couplings[link - 1] ?? fail('schedule', `link ${link}`, 'a link with a penalty', 'none of that number');

export const linkAt = ({ links }: Energy, link: number): Link =>
  links[link - 1] ?? fail('schedule', `link ${link}`, 'a link of the energy', 'none of that number');

/** Parameters of a chain, grouped by links. */
export const groupParameters = ({ links }: Energy, parameters: Tree.Tree): readonly Tree.Tree[] => {
  const all = tuple(parameters, 'parameters');
  return links.map(({ from, to }) => all.slice(from, to));
};

/** The inverse of `groupParameters`: one tree for each layer. */
export const ungroupParameters = (groups: readonly Tree.Tree[]): readonly Tree.Tree[] =>
  groups.flatMap((group, i) => tuple(group, `link ${i + 1}`));

/** The state after a forward pass: every activation is the output of its link. */
export const forwardState = (energy: Energy, groups: readonly Tree.Tree[], input: Batch): State => {
  const activations: Variable<Tensor>[] = [{ anchor: input }];
  let before = input;
  for (const link of energy.links.slice(0, -1)) {
    before = link.forward(groupOf(groups, link.number), before);
    activations.push({ anchor: before });
  }
  return { parameters: groups.map((anchor) => ({ anchor })), activations };
};

const groupOf = (groups: readonly Tree.Tree[], link: number): Tree.Tree =>
  groups[link - 1] ?? fail('shape', `link ${link}`, 'parameters', 'none');

/**
 * f − x of a link, given f and the variable x. Where x is anchored at this very f the difference f − anchor
 * is exactly zero in floating point too, and the residual is −shift to full precision.
 */
export const residualOf = (f: Tensor, { anchor, shift }: Variable<Tensor>): Tensor => {
  const difference = sub(f, anchor);
  return shift === undefined ? difference : sub(difference, shift);
};

/** The term of each link at a state: ρ_l/2·‖f_l − x[l]‖² for l < L, and the loss for L. Scalars. */
export const energyTerms = (energy: Energy, state: State, target: Tensor): readonly Tensor[] =>
  energy.links.map((link) => {
    const f = link.forward(
      valueOf(parametersAt(state, link.number)),
      valueOf(activationAt(state, link.number - 1)),
    );
    if (link.last) return energy.loss.value(f, target);
    const residual = residualOf(f, activationAt(state, link.number));
    return mul(sum(square(residual)), couplingOf(energy, link.number) / 2);
  });

/** E at a state: the sum of all terms, a scalar. */
export const energyValue = (energy: Energy, state: State, target: Tensor): Tensor =>
  energyTerms(energy, state, target).reduce((a, b) => add(a, b), scalar(0));
