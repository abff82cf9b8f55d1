/**
 * The variables of the energy: parameters θ_1 … θ_L and activations x[0] … x[L−1], of which x[0] is
 * the input batch.
 *
 * Each variable is its value at the last forward pass (the anchor) minus its decrement, the sum of
 * everything that steps have subtracted. In float32, a target such as x − τ∇J would lose the small
 * difference that carries all information. Stored apart, the difference keeps its full precision.
 * The decrement has the sign of gradients and directions, before minus after, so converting one to
 * the other computes and copies nothing. A variable without a decrement is still at its anchor;
 * this is how one backward pass can serve a whole schedule.
 */
import { add, sub, type Tensor } from '@tensorflow/tfjs-core';
import { fail, Tree } from '../core';
import { type FactorInverse, type Factors, type GramMean } from '../solver';

/**
 * A variable: its value at the last forward pass, and its decrement. Stored apart, small
 * displacements keep their precision.
 */
export interface Variable<T extends Tree.Tree> {
  /** The value at the last forward pass. */
  readonly anchor: T;
  /** The value is anchor − decrement. Missing while the variable is at its anchor. */
  readonly decrement?: T;
}

/**
 * The variables of the energy: parameters, activations and multipliers, with the factor by which
 * couplings have grown.
 */
export interface State {
  /**
   * θ_1 … θ_L: entry l − 1 is the tuple of parameters of link l. It is empty if an earlier link
   * owns them; see `Link.owner`.
   */
  readonly parameters: readonly Variable<Tree.Tree>[];
  /** x[0] … x[L−1]; x[0] is the input batch. */
  readonly activations: readonly Variable<Tensor>[];
  /** λ_1 … λ_{L−1}: entry l − 1 has the shape of x[l]; `undefined` stands for zero. */
  readonly multipliers: readonly (Tensor | undefined)[];
  /** The factor of all couplings: 1 at the start, larger after `strengthen`. */
  readonly strength: number;
  /** The memory of steps from batch to batch, such as the means of `exact({ average })`. */
  readonly memory?: Memory;
}

// A type alias, not an interface: only aliases are trees to the compiler.
/**
 * The memory of a step under trust, as scalars: the factor of its displacements, and the metric of
 * its step.
 */
export type Trust = { readonly scale: Tensor; readonly metric: Tensor };

/**
 * The memory of steps from batch to batch: a tree of entries by name. The numbers are those of the
 * links that own the parameters. `2` is the running mean of AᵀA, `2:outputs` that of the gradients
 * by the outputs; `2:inverse` and `2:outputs:inverse` are the inverses of both. A step under trust
 * keeps its entry under its own name.
 */
export type Memory = { readonly [name: string]: GramMean | FactorInverse | Trust };

/** One variable of the energy: θ_l with l in 1 … L, or x[l] with l in 1 … L − 1. */
export type SingleBlock =
  | { readonly kind: 'parameters'; readonly link: number }
  | { readonly kind: 'activation'; readonly link: number };

/**
 * The variables that one step moves: one of them, or several of one kind as one block (`together`).
 */
export type Block = SingleBlock | { readonly kind: 'together'; readonly blocks: readonly SingleBlock[] };

/**
 * The block θ_l: the parameters of link l. A step on a link that the energy does not have throws a
 * `Fault` with tag `schedule` when it runs.
 *
 * @example explicit(theta(1), 0.1)
 */
export const theta = (link: number): SingleBlock => ({ kind: 'parameters', link });

/**
 * The block x[l]: the output variable of link l, for l in 1 … L − 1. A step on another l throws a
 * `Fault` with tag `schedule` when it runs.
 *
 * @example explicit(x(1), 0.1)
 */
export const x = (link: number): SingleBlock => ({ kind: 'activation', link });

/**
 * Several variables as one block: an implicit step minimises over all of them at once. They have to
 * be all parameters, or all activations. Throws a `Fault` with tag `schedule` for none, or for
 * variables of both kinds.
 *
 * `blocks` are these variables.
 *
 * @example implicit(together(theta(1), theta(3)), 1, cg(5))
 */
export const together = (...blocks: readonly SingleBlock[]): Block => {
  const [first] = blocks;
  if (first === undefined || blocks.some(({ kind }) => kind !== first.kind))
    fail('schedule', 'together', 'variables of one kind', blocks.map(showBlock).join(', ') || 'none');
  return { kind: 'together', blocks };
};

/** The variables of a block. */
export const variablesOf = (block: Block): readonly SingleBlock[] =>
  block.kind === 'together' ? block.blocks : [block];

/** Whether a block consists of activations. */
export const ofActivations = (block: Block): boolean =>
  variablesOf(block).every(({ kind }) => kind === 'activation');

/** A block as text, such as `θ_1, θ_3`. */
export const showBlock = (block: Block): string =>
  variablesOf(block)
    .map(({ kind, link }) => (kind === 'parameters' ? `θ_${link}` : `x[${link}]`))
    .join(', ');

/** anchor − decrement. */
export const valueOf = <T extends Tree.Tree>({ anchor, decrement }: Variable<T>): T =>
  decrement === undefined ? anchor : Tree.zip((a, b) => sub(a, b))(anchor, decrement);

/** The variable with `by` subtracted. */
export const decremented = <T extends Tree.Tree>({ anchor, decrement }: Variable<T>, by: T): Variable<T> => ({
  anchor,
  decrement: decrement === undefined ? by : Tree.zip((a, b) => add(a, b))(decrement, by),
});

/** The running mean of a link; `undefined` if there is none. */
export const gramMeanAt = ({ memory = {} }: State, link: number): GramMean | undefined => {
  const kept = memory[`${link}`];
  return kept !== undefined && 'mean' in kept ? kept : undefined;
};

/** The Kronecker factors of a link; `undefined` if no step has made them. */
export const factorsAt = (state: State, link: number): Factors | undefined => {
  const { memory = {} } = state;
  const inverseAt = (name: string): FactorInverse | undefined => {
    const kept = memory[name];
    return kept !== undefined && 'inverse' in kept ? kept : undefined;
  };
  const outer = memory[`${link}:outputs`];
  const [mean, of] = [gramMeanAt(state, link), inverseAt(`${link}:inverse`)];
  const outerOf = inverseAt(`${link}:outputs:inverse`);
  if (mean === undefined || of === undefined) return undefined;
  return {
    inputs: { mean, of },
    ...(outer !== undefined && 'mean' in outer && outerOf !== undefined
      ? { outputs: { mean: outer, of: outerOf } }
      : {}),
  };
};

/** Kronecker factors as entries of the memory. */
export const memoryOf = (link: number, { inputs, outputs }: Factors): Memory => ({
  [`${link}`]: inputs.mean,
  [`${link}:inverse`]: inputs.of,
  ...(outputs === undefined
    ? {}
    : { [`${link}:outputs`]: outputs.mean, [`${link}:outputs:inverse`]: outputs.of }),
});

/** The memory of a step under trust; `undefined` before its first run. */
export const trustAt = ({ memory = {} }: State, name: string): Trust | undefined => {
  const kept = memory[name];
  return kept !== undefined && 'scale' in kept ? kept : undefined;
};

const missing = (block: SingleBlock): never =>
  fail('schedule', showBlock(block), 'a block of the energy', 'none of that number');

/** θ_l in a state. */
export const parametersAt = (state: State, link: number): Variable<Tree.Tree> =>
  state.parameters[link - 1] ?? missing(theta(link));

/** x[l] in a state; x[0] is the input. */
export const activationAt = (state: State, link: number): Variable<Tensor> =>
  state.activations[link] ?? missing(x(link));

/** A variable of a state. x[0] is not a variable. */
export const blockAt = (state: State, block: SingleBlock): Variable<Tree.Tree> =>
  block.kind === 'parameters'
    ? parametersAt(state, block.link)
    : block.link === 0
      ? missing(block)
      : activationAt(state, block.link);

/** The value of a block; for several variables, the tuple of their values. */
export const blockValue = (state: State, block: Block): Tree.Tree =>
  block.kind === 'together'
    ? block.blocks.map((b) => valueOf(blockAt(state, b)))
    : valueOf(blockAt(state, block));

/** The state with every variable anchored at its present value. */
export const reanchored = (state: State): State => ({
  ...state,
  parameters: state.parameters.map((v) => (v.decrement === undefined ? v : { anchor: valueOf(v) })),
  activations: state.activations.map((v) => (v.decrement === undefined ? v : { anchor: valueOf(v) })),
});

/** Calls `see` with each tensor of a state, some more than once. */
export const eachTensor = (
  { parameters, activations, multipliers, memory }: State,
  see: (tensor: Tensor) => unknown,
): void => {
  const seeAll = Tree.forEach(see);
  for (const { anchor, decrement } of parameters) {
    seeAll(anchor);
    if (decrement !== undefined) seeAll(decrement);
  }
  for (const { anchor, decrement } of activations) {
    see(anchor);
    if (decrement !== undefined) see(decrement);
  }
  for (const multiplier of multipliers) if (multiplier !== undefined) see(multiplier);
  if (memory !== undefined) seeAll(memory);
};

/** All tensors of a state, each once. */
export const tensorsOf = (state: State): ReadonlySet<Tensor> => {
  const found = new Set<Tensor>();
  eachTensor(state, (tensor) => found.add(tensor));
  return found;
};

/** The state with a tree subtracted from one block. */
export const withDecrement = (state: State, block: Block, by: Tree.Tree): State =>
  block.kind === 'together'
    ? block.blocks.reduce((moved, b, i) => withDecrement(moved, b, part(by, i)), state)
    : withBlock(state, block, decremented(blockAt(state, block), by));

/** The part of a tuple that belongs to one of several variables. */
export const part = (tree: Tree.Tree, i: number): Tree.Tree =>
  (Tree.isTuple(tree) ? tree[i] : undefined) ?? fail('shape', `block ${i}`, 'a tuple of blocks', 'none');

/** The state with one variable replaced. */
export const withBlock = (state: State, block: SingleBlock, moved: Variable<Tree.Tree>): State =>
  block.kind === 'parameters'
    ? { ...state, parameters: state.parameters.map((v, i) => (i === block.link - 1 ? moved : v)) }
    : {
        ...state,
        activations: state.activations.map((v, i) => (i === block.link ? tensorVariable(moved) : v)),
      };

const tensorVariable = ({ anchor, decrement }: Variable<Tree.Tree>): Variable<Tensor> => ({
  anchor: onlyTensor(anchor),
  ...(decrement === undefined ? {} : { decrement: onlyTensor(decrement) }),
});

/** The tensor of a tree that is one tensor. */
export const onlyTensor = (tree: Tree.Tree): Tensor =>
  Tree.leaves(tree)[0] ?? fail('shape', 'activation', 'a tensor', 'none');

/** All variables of a state, from θ_1 on. */
export const blocksOf = (state: State): readonly SingleBlock[] => [
  ...state.parameters.map((_, i) => theta(i + 1)),
  ...state.activations.slice(1).map((_, i) => x(i + 1)),
];
