/**
 * The terms of the energy that contain a block, as functions of the block's value: the objective of
 * an implicit step. Each is a cost of an output g(u): a square, the loss, or linear.
 */
import { add, concat, mul, reshape, slice, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { gradientOf, linearise, packRow, unpackRow } from '../autodiff';
import { fail, scope, toNumber, Tree } from '../core';
import {
  activationAt,
  type Block,
  blockValue,
  couplingOf,
  inputsOf,
  type Energy,
  type Link,
  linkAt,
  lossAt,
  measureOf,
  multiplierOf,
  ofActivations,
  offsetOf,
  onlyTensor,
  parametersOf,
  part,
  residualOf,
  type State,
  valueOf,
  weightOf,
  type SingleBlock,
  variablesOf,
} from '../energy';
import { type Design, type Scalars, type AnySolver } from '../solver';

/** The derivatives of a term's cost at an output. */
interface CostAt {
  readonly gradient: Tensor;
  /** H·t for the Hessian H of the cost. */
  readonly curvature: (t: Tensor) => Tensor;
  readonly release: () => void;
}

export interface Term {
  /** g at a value of the block. */
  readonly output: (value: Tree.Tree) => Tensor;
  /** Whether the cost is a square or linear. If g is affine too, the step is one linear system. */
  readonly quadratic: boolean;
  readonly cost: (g: Tensor) => CostAt;
  /**
   * The cost at `now` minus the cost at `before`. It is computed from their difference, since near
   * a minimum they agree in all digits.
   */
  readonly change: (now: Tensor, before: Tensor) => number;
  /** A tensor whose size is the scale of the rounding of g. */
  readonly scale: Tensor;
}

const square = (weight: number, output: Term['output'], scale: Tensor): Term => ({
  output,
  scale,
  quadratic: true,
  cost: (g) => ({
    gradient: mul(g, weight),
    curvature: (t) => mul(t, weight),
    release: () => undefined,
  }),
  change: (now, before) => scope(() => (weight / 2) * toNumber(sum(mul(sub(now, before), add(now, before))))),
});

const linear = (weight: number, factor: Tensor, output: Term['output'], scale: Tensor): Term => ({
  output,
  scale,
  quadratic: true,
  cost: () => ({
    gradient: mul(factor, weight),
    curvature: (t) => mul(t, 0),
    release: () => undefined,
  }),
  change: (now, before) => scope(() => weight * toNumber(sum(mul(sub(now, before), factor)))),
});

const lossTerm = (energy: Energy, target: Tensor, output: Term['output'], scale: Tensor): Term => ({
  output,
  scale,
  quadratic: false,
  cost: (g) => {
    const slope = (at: Tensor): Tensor => gradientOf((y: Tensor) => lossAt(energy, y, target), at).gradient;
    const second = linearise(slope, g);
    return { gradient: second.value, curvature: (t) => second.jvp(t), release: second.release };
  },
  change: (now, before) =>
    scope(() => toNumber(lossAt(energy, now, target)) - toNumber(lossAt(energy, before, target))),
});

const among = (variables: readonly SingleBlock[], kind: SingleBlock['kind'], link: number): number =>
  variables.findIndex((v) => v.kind === kind && v.link === link);

/**
 * The terms of the links that contain a variable of the block: as parameters, as input, or as the
 * value with which the output is compared. Frozen: the inputs of links are those of the last
 * forward pass.
 */
export const termsOf = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  frozen = false,
): readonly Term[] => {
  const variables = variablesOf(block);
  const valueAt = (value: Tree.Tree, i: number): Tree.Tree =>
    block.kind === 'together' ? part(value, i) : value;
  const termsOfLink = (link: Link): readonly Term[] => {
    const { number } = link;
    const [inParameters, inInputs, inOutput] = [
      among(variables, 'parameters', link.owner),
      link.reads.map((read) => among(variables, 'activation', read)),
      among(variables, 'activation', number),
    ];
    const moves = inParameters >= 0 || inInputs.some((i) => i >= 0);
    if (!moves && inOutput < 0) return [];
    const parameters = valueOf(parametersOf(state, link));
    const inputs = inputsOf(state, link, frozen);
    const still = moves ? undefined : link.forward(parameters, inputs);
    const forward = (value: Tree.Tree): Tensor =>
      still ??
      link.forward(
        inParameters < 0 ? parameters : valueAt(value, inParameters),
        inputs.map((input, place) => {
          const i = inInputs[place] ?? -1;
          return i < 0 ? input : onlyTensor(valueAt(value, i));
        }),
      );
    if (link.last) {
      const weight = weightOf(energy, state, target, link);
      return weight === undefined
        ? [lossTerm(energy, target, forward, forward(blockValue(state, block)))]
        : [square(weight, (value) => sub(forward(value), target), target)];
    }
    const variable = activationAt(state, number);
    const offset = offsetOf(energy, state, number, 'inside');
    const residual = (value: Tree.Tree): Tensor => {
      const r =
        inOutput < 0
          ? residualOf(forward(value), variable)
          : sub(forward(value), onlyTensor(valueAt(value, inOutput)));
      return offset === undefined ? r : sub(r, offset);
    };
    const penalty = square(couplingOf(energy, state, number), residual, still ?? variable.anchor);
    const multiplier = multiplierOf(energy, state, number);
    if (multiplier?.term !== 'variable' || inOutput < 0) return [penalty];
    const own = (value: Tree.Tree): Tensor => onlyTensor(valueAt(value, inOutput));
    return [penalty, linear(measureOf(energy, state), multiplier.value, own, variable.anchor)];
  };
  return energy.links.flatMap(termsOfLink);
};

/** The layout of a block in rows for CG: one row for each unit or example, or one row in all. */
export interface BlockLayout {
  readonly pack: (tree: Tree.Tree) => Tensor;
  readonly unpack: (rows: Tensor) => Tree.Tree;
  readonly scalars: Scalars;
}

/** Activations as a matrix [N, features]. */
const examplesLayout = (like: Tree.Tree): Omit<BlockLayout, 'scalars'> => ({
  pack: (tree) => {
    const rows = Tree.leaves(tree).map((leaf) => reshape(leaf, [leaf.shape[0], -1]));
    return rows.length === 1 ? (rows[0] ?? fail('shape', 'examples', 'a tensor', 'none')) : concat(rows, 1);
  },
  unpack: (rows) => {
    let from = 0;
    return Tree.map((leaf) => {
      const [n] = leaf.shape;
      const width = leaf.size / n;
      const own = reshape(slice(rows, [0, from], [n, width]), leaf.shape);
      from += width;
      return own;
    })(like);
  },
});

export const blockLayoutOf = (energy: Energy, state: State, block: Block, solver: AnySolver): BlockLayout => {
  const asked = solver.kind === 'cg' ? solver.scalars : undefined;
  const like = blockValue(state, block);
  // Layers treat examples independently (law 15), and so does the energy: each example is a small
  // system. If a layer does not, such as batch normalisation, all examples are one system.
  if (ofActivations(block)) {
    const coupled = energy.links.some(
      ({ mixes, reads }) => mixes && variablesOf(block).some((v) => reads.includes(v.link)),
    );
    return { ...examplesLayout(like), scalars: coupled ? 'perLayer' : (asked ?? 'perUnit') };
  }
  const design =
    block.kind === 'parameters'
      ? linkAt(energy, block.link).design?.(inputsOf(state, linkAt(energy, block.link)))
      : undefined;
  return design === undefined ? { ...flat(like), scalars: 'perLayer' } : designLayout(design, asked);
};

const flat = (like: Tree.Tree): Omit<BlockLayout, 'scalars'> => ({
  pack: packRow,
  unpack: (m) => unpackRow(like, m),
});

const designLayout = (design: Design<Tree.Tree>, asked: Scalars | undefined): BlockLayout => ({
  pack: (v) => design.pack(v),
  unpack: (m) => design.unpack(m),
  scalars: asked ?? design.scalars,
});
