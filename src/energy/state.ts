/**
 * The variables of the energy: parameters θ_1 … θ_L and activations x[0] … x[L−1] (x[0] is the input batch).
 *
 * Each variable is its value at the last forward pass, the anchor, plus a displacement, the shift. In float32
 * a target such as x − τ∇J would lose the small difference that carries all information; kept apart, the
 * difference keeps its full precision. A variable without a shift is still at its anchor: that is how one
 * backward pass can serve a whole schedule.
 */
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { fail, Tree } from '../core';

export interface Variable<T extends Tree.Tree> {
  readonly anchor: T;
  readonly shift?: T;
}

export interface State {
  /** θ_1 … θ_L: entry l − 1 is the tuple of parameters of link l. */
  readonly parameters: readonly Variable<Tree.Tree>[];
  /** x[0] … x[L−1]. */
  readonly activations: readonly Variable<Tensor>[];
}

/** One variable of the energy: θ_l for l in 1 … L, or x[l] for l in 1 … L − 1. */
export type Block =
  | { readonly kind: 'parameters'; readonly link: number }
  | { readonly kind: 'activation'; readonly link: number };

/** The block θ_l. */
export const theta = (link: number): Block => ({ kind: 'parameters', link });

/** The block x[l]: the output variable of link l. */
export const x = (link: number): Block => ({ kind: 'activation', link });

export const showBlock = ({ kind, link }: Block): string =>
  kind === 'parameters' ? `θ_${link}` : `x[${link}]`;

/** anchor + shift. */
export const valueOf = <T extends Tree.Tree>({ anchor, shift }: Variable<T>): T =>
  shift === undefined ? anchor : Tree.zip((a, b) => add(a, b))(anchor, shift);

/** The same variable, displaced further. */
export const displaced = <T extends Tree.Tree>({ anchor, shift }: Variable<T>, by: T): Variable<T> => ({
  anchor,
  shift: shift === undefined ? by : Tree.zip((a, b) => add(a, b))(shift, by),
});

const missing = (block: Block): never =>
  fail('schedule', showBlock(block), 'a block of the energy', 'none of that number');

/** θ_l in a state. */
export const parametersAt = (state: State, link: number): Variable<Tree.Tree> =>
  state.parameters[link - 1] ?? missing(theta(link));

/** x[l] in a state; x[0] is the input. */
export const activationAt = (state: State, link: number): Variable<Tensor> =>
  state.activations[link] ?? missing(x(link));

/** A block of a state; x[0] is not one. */
export const blockAt = (state: State, block: Block): Variable<Tree.Tree> =>
  block.kind === 'parameters'
    ? parametersAt(state, block.link)
    : block.link === 0
      ? missing(block)
      : activationAt(state, block.link);

/** The state with one block displaced by a tree of its type. */
export const withShift = (state: State, block: Block, by: Tree.Tree): State => {
  const moved = displaced(blockAt(state, block), by);
  return withBlock(state, block, moved);
};

/** The state with one block replaced. */
export const withBlock = (state: State, block: Block, moved: Variable<Tree.Tree>): State =>
  block.kind === 'parameters'
    ? { ...state, parameters: state.parameters.map((v, i) => (i === block.link - 1 ? moved : v)) }
    : {
        ...state,
        activations: state.activations.map((v, i) => (i === block.link ? tensorVariable(moved) : v)),
      };

const tensorVariable = ({ anchor, shift }: Variable<Tree.Tree>): Variable<Tensor> => ({
  anchor: onlyTensor(anchor),
  ...(shift === undefined ? {} : { shift: onlyTensor(shift) }),
});

/** The one tensor of a tree that is one. */
export const onlyTensor = (tree: Tree.Tree): Tensor =>
  Tree.leaves(tree)[0] ?? fail('shape', 'activation', 'a tensor', 'none');

/** All blocks of a state, from θ_1 on. */
export const blocksOf = (state: State): readonly Block[] => [
  ...state.parameters.map((_, i) => theta(i + 1)),
  ...state.activations.slice(1).map((_, i) => x(i + 1)),
];
