/**
 * The penalty energy of a network, a loss, a grouping into links and couplings ρ_l:
 *
 *     E(θ, x) = loss(f_L(θ_L, x[reads L]), y) + Σ_{l<L} ρ_l/2 · ‖f_l(θ_l, x[reads l]) − x[l]‖²
 *
 * `reads l` are the variables that link l reads; in a chain that is l − 1 alone.
 *
 * Norms are sums over all features, and sums or means over the batch. The loss keeps its own
 * convention; for the losses of this library, that is a batch mean. At a forward pass every penalty
 * is zero, so there E = J.
 *
 * The norm is the inner product of activations: gradients by activations, and proximal terms on
 * them, are taken in it. With means, every example is independent of the batch size, and E equals
 * the published energies of auxiliary coordinates and predictive coding, divided by N.
 */
import { add, mul, scalar, square, sub, sum, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { fail, type Key, type Path, positive, scope, treeAt, type Batch, Tree, withTreeAt } from '../core';
import { type Example } from '../example';
import { type AnyLayer, nodesOf, withBuffers } from '../layer';
import { drawnTarget, type Loss, lossValue, weighted } from '../loss';
import { everyLayer, type Grouping, type Link, tuple } from './link';
import { linksOf } from './links';
import {
  couplingOf,
  type Energy,
  measureOf,
  multiplierOf,
  type MultiplierTerm,
  type Norm,
  residualOf,
} from './penalty';
import { activationAt, parametersAt, type SingleBlock, type State, valueOf, type Variable } from './state';

/** The energy of a method; see `energyOf`. */
export interface EnergyOptions {
  /** Which layers form one link. Default: `everyLayer`. */
  readonly grouping?: Grouping;
  /** ρ_l of each link below the last, positive and finite. Default: 1 for all links. */
  readonly coupling?: (link: Link) => number;
  /**
   * Whether the network's output is a variable too. An identity link is then added behind it, whose
   * output the loss takes. Default: false.
   */
  readonly output?: boolean;
  /** Whether norms are sums or means over the batch. Default: `sum`. */
  readonly norm?: Norm;
  /** Which links below the last have a multiplier, and in which term. Default: none. */
  readonly multiplier?: (link: Link, links: readonly Link[]) => MultiplierTerm | undefined;
}

/** The energy on a batch: its loss applies the weights of the batch. */
export const energyOn = (energy: Energy, { weights }: Pick<Example, 'weights'>): Energy =>
  weights === undefined ? energy : { ...energy, loss: weighted(energy.loss, weights) };

/**
 * The penalty energy of a network (Carreira-Perpiñán and Wang 2014; Frerix et al. 2018):
 *
 *     E(θ, x) = loss(f_L(θ_L, x[reads L]), y) + Σ_{l<L} ρ_l/2 · ‖f_l(θ_l, x[reads l]) − x[l]‖²
 *
 * The options choose the links, the couplings ρ_l, the norm and the multipliers. By default every
 * layer is its own link, every ρ_l is 1, and norms are sums over the batch. Throws a `Fault` with
 * tag `schedule` for an empty chain, and `options` for a coupling that is not positive and finite.
 *
 * `net` is any layer; a chain has a link for each of its layers.
 *
 * @example energyOf(net, softmaxCrossEntropy, { coupling: () => 10 }).links.length // 3
 */
export const energyOf = (net: AnyLayer, loss: Loss, options: EnergyOptions = {}): Energy => {
  const links = linksOf(nodesOf(net), options.grouping ?? everyLayer, options.output ?? false);
  const coupling = options.coupling ?? (() => 1);
  const below = links.slice(0, -1);
  const couplings = below.map((link) => positive(`coupling of link ${link.number}`, coupling(link)));
  const multipliers = below.map((link) => options.multiplier?.(link, links));
  return { loss, links, couplings, norm: options.norm ?? 'sum', multipliers };
};

/** The link of a number, or a `Fault` with tag `schedule`. */
export const linkAt = ({ links }: Energy, link: number): Link =>
  links[link - 1] ?? fail('schedule', `link ${link}`, 'a link of the energy', 'none of that number');

/**
 * The parameters of a network, grouped by links: entry l − 1 is θ_l, the tuple of the trees at
 * `Link.places`. No tensor is copied.
 *
 * Throws a `Fault` with tag `shape` if `parameters` lack a place of a link.
 *
 * @example groupParameters(energyOf(net, loss), parameters).length // 3
 */
export const groupParameters = ({ links }: Energy, parameters: Tree.Tree): readonly Tree.Tree[] =>
  links.map(({ places }) => places.map((path) => treeAt(parameters, path)));

/**
 * The inverse of `groupParameters`: trees grouped by links, as one tree with the structure of
 * `like`.
 */
export const ungroupParameters = (
  { links }: Energy,
  groups: readonly Tree.Tree[],
  like: Tree.Tree,
): Tree.Tree =>
  links.reduce(
    (tree, { number, places }) =>
      places.reduce((t, path, i) => {
        const own = tuple(groupOf(groups, number), `link ${number}`)[i];
        return withTreeAt(t, path, own ?? fail('shape', `link ${number}`, 'parameters', 'none'));
      }, tree),
    like,
  );

/**
 * A forward pass: x[0], and x[l] as `passed` gives it from the variables that link l reads. The
 * last link has no activation. The interpreters differ only in `passed`.
 */
export const forwardActivations = (
  { links }: Energy,
  input: Variable<Tensor>,
  passed: (link: Link, inputs: readonly Variable<Tensor>[]) => Variable<Tensor>,
): readonly Variable<Tensor>[] => {
  const activations = [input];
  for (const link of links.slice(0, -1)) activations.push(passed(link, readFrom(activations, link)));
  return activations;
};

/**
 * The state after a forward pass on a batch `input` [N, …], where every activation x[l] is the output
 * of its link, so that E = J. `groups` are the parameters as `groupParameters` gives them. You dispose of
 * the activations; parameters and input are shared with the arguments.
 *
 * `energy` gives the links. If a layer does not fit its input, this throws a `Fault` with tag
 * `shape`.
 *
 * @example
 * const energy = energyOf(net, loss);
 * forwardState(energy, groupParameters(energy, parameters), input).activations.length // 3
 */
export const forwardState = (energy: Energy, groups: readonly Tree.Tree[], input: Batch): State => ({
  parameters: groups.map((anchor) => ({ anchor })),
  activations: forwardActivations(energy, { anchor: input }, (link, inputs) => ({
    anchor: link.forward(
      groupOf(groups, link.owner),
      inputs.map(({ anchor }) => anchor),
    ),
  })),
  multipliers: [],
  strength: 1,
});

/**
 * Buffers that the nodes of a network keep of a batch: trees, and their places in the parameters.
 */
export interface KeptOfBatch {
  /** The places of the buffers in the parameters of the network. */
  readonly places: readonly Path[];
  /** The buffers after the batch, one tree for each place. */
  readonly trees: readonly Tree.Tree[];
}

/**
 * The buffers after a batch of training, computed from its forward pass. The energy has to be that
 * of the network as in training. If a network uses buffers at several places, each place updates
 * them in turn. The caller owns the tensors.
 */
export const buffersAfter = ({ links }: Energy, parameters: Tree.Tree, state: State): KeptOfBatch =>
  scope(() => {
    const places = links.flatMap(({ buffers }) => buffers.flatMap(({ places: own }) => own));
    const moved = links.reduce(
      (tree, link) =>
        link.buffers.reduce((before, { places: own, next }) => {
          const inputs = inputsOf(state, link, true);
          return withBuffers(before, own, next(before, inputs));
        }, tree),
      parameters,
    );
    return { places, trees: places.map((place) => treeAt(moved, place)) };
  });

/** The direction with zeros in place of all buffers. */
export const unmoved = (direction: Tree.Tree, { places, trees }: KeptOfBatch): Tree.Tree =>
  withBuffers(
    direction,
    places,
    trees.map((tree) => Tree.map((leaf) => zerosLike(leaf))(tree)),
  );

const groupOf = (groups: readonly Tree.Tree[], link: number): Tree.Tree =>
  groups[link - 1] ?? fail('shape', `link ${link}`, 'parameters', 'none');

/** The variables, among these activations, that a link reads. */
export const readFrom = (
  activations: readonly Variable<Tensor>[],
  { number, reads }: Link,
): readonly Variable<Tensor>[] =>
  reads.map((p) => activations[p] ?? fail('schedule', `link ${number}`, `an activation x[${p}]`, 'none'));

/** The values of the activations that a link reads; frozen, those of the last forward pass. */
export const inputsOf = (state: State, link: Link, frozen = false): readonly Tensor[] =>
  readFrom(state.activations, link).map((v) => (frozen ? v.anchor : valueOf(v)));

/** The variable that holds the parameters of a link: θ of its owner. */
export const parametersOf = (state: State, { owner }: Link): Variable<Tree.Tree> =>
  parametersAt(state, owner);

/** The links whose terms of E contain a variable. */
export const linksWith = (energy: Energy, { kind, link }: SingleBlock): readonly number[] => {
  const { number, readers, sharers } = linkAt(energy, link);
  return kind === 'parameters' ? sharers : [number, ...readers];
};

/** f_l of a link at a state. */
export const outputOf = (state: State, link: Link): Tensor =>
  link.forward(valueOf(parametersOf(state, link)), inputsOf(state, link));

/**
 * The loss of the energy, given the output of its last link: a scalar. The result is checked, since
 * the loss may be your own.
 */
export const lossAt = ({ loss }: Energy, output: Tensor, target: Tensor): Tensor =>
  lossValue(loss, output, target);

/** Targets that the energy's loss draws at the output of its last link. */
export const drawnAt = ({ loss }: Energy, output: Tensor, key: Key.Key): Tensor =>
  drawnTarget(loss, output, key);

/**
 * The term of a link, given its output f: a scalar. For l < L it is the penalty with its
 * multiplier, for L the loss.
 */
export const energyTerm = (energy: Energy, state: State, target: Tensor, link: Link, f: Tensor): Tensor => {
  if (link.last) return lossAt(energy, f, target);
  const variable = activationAt(state, link.number);
  const penalty = mul(sum(square(residualOf(f, variable))), couplingOf(energy, state, link.number) / 2);
  const multiplier = multiplierOf(energy, state, link.number);
  if (multiplier === undefined) return penalty;
  const { value, term } = multiplier;
  const against = term === 'variable' ? valueOf(variable) : sub(valueOf(variable), f);
  return add(penalty, mul(sum(mul(value, against)), measureOf(energy, state)));
};

/**
 * The term of each link at a state, as scalars: ρ_l/2·‖f_l − x[l]‖² in the energy's norm, with its
 * multiplier, for l < L; the loss for L. You dispose of them.
 *
 * `target` is the target y of the batch. If it does not fit the loss, this throws a `Fault` with
 * tag `shape` or `loss`, as the loss does.
 *
 * @example
 * const energy = energyOf(net, loss);
 * const state = forwardState(energy, groupParameters(energy, parameters), input);
 * energyTerms(energy, state, target).length // 3
 */
export const energyTerms = (energy: Energy, state: State, target: Tensor): readonly Tensor[] =>
  energy.links.map((link) => energyTerm(energy, state, target, link, outputOf(state, link)));

/**
 * E at a state, as a scalar: the sum of all terms. At a forward pass it is J. You dispose of it.
 *
 * `energy` and `state` belong together, and `target` is the target y of the batch. If it does not
 * fit the loss, this throws a `Fault`, as the loss does.
 *
 * @example
 * const energy = energyOf(net, loss);
 * const state = forwardState(energy, groupParameters(energy, parameters), input);
 * energyValue(energy, state, target)
 */
export const energyValue = (energy: Energy, state: State, target: Tensor): Tensor =>
  energyTerms(energy, state, target).reduce((a, b) => add(a, b), scalar(0));
