/**
 * Links: which activations are variables. Consecutive layers with no variable between them are composed into
 * one link. Link l (counted from 1) maps x[l−1] to f_l(θ_l, x[l−1]); its parameters are the tuple of those of
 * its layers.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Batch, fail, inside, type Shape, Tree } from '../core';
import { activationsOf, type AnyLayer, type Elementwise, identity } from '../layer';
import { type Design } from '../solver';

export interface Link {
  /** l, from 1. */
  readonly number: number;
  /** The layers composed: those from `from` up to, not including, `to` in the chain. */
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly output: Shape;
  /** Whether the loss follows, so that there is no penalty and no variable behind this link. */
  readonly last: boolean;
  /** Whether the link is one layer that says that it is affine in θ_l, or exposes its design operator. */
  readonly affine: boolean;
  readonly forward: (parameters: Tree.Tree, x: Batch) => Batch;
  /** The design operator for θ_l at an input; only for affine links. */
  readonly design: ((x: Batch) => Design<Tree.Tree>) | undefined;
  /** The design operator for the input x[l−1] of N examples; only for one layer that has one. */
  readonly inputDesign: ((parameters: Tree.Tree, count: number) => Design<Tensor>) | undefined;
  /** Of a link that is one elementwise layer: how to minimise over its input. */
  readonly elementwise: Elementwise | undefined;
}

/** Where links begin: a layer and its place in the chain. The first layer always begins one. */
export type Grouping = (layer: AnyLayer, index: number, layers: readonly AnyLayer[]) => boolean;

/** Every layer its own link: the energy of ProxProp, with both z and a as variables. */
export const everyLayer: Grouping = () => true;

/**
 * Each layer that is affine in its parameters together with what follows it: the energy of auxiliary
 * coordinates (MAC) and of predictive coding.
 */
export const affineWithNonlinearity: Grouping = (layer) =>
  layer.design !== undefined || layer.affine === true;

/** The parameters of the layers of a link. */
export const tuple = (parameters: Tree.Tree, path: string): readonly Tree.Tree[] =>
  Tree.isTuple(parameters)
    ? parameters
    : fail('shape', path, 'one tree of parameters for each layer', 'a tree of another structure');

const single = (parameters: Tree.Tree, path: string): Tree.Tree =>
  tuple(parameters, path)[0] ?? fail('shape', path, 'parameters', 'none');

/** The design of a one-layer link, with parameters as the tuple that the link has. */
const lifted = (design: Design<Tree.Tree>, path: string): Design<Tree.Tree> => ({
  ...design,
  apply: (v) => design.apply(single(v, path)),
  adjoint: (h) => [design.adjoint(h)],
  pack: (v) => design.pack(single(v, path)),
  unpack: (m) => [design.unpack(m)],
});

/** A link as failures name it. */
export const placeOfLink = (number: number, name: string): string => `link ${number} (${name})`;

/** The identity link behind an output that is a variable: it holds no layer of the chain, and no parameters. */
const outputLink = (layers: readonly AnyLayer[], number: number): Link => {
  const output = layers.at(-1)?.output ?? [];
  const { elementwise, forward } = identity(output);
  return {
    number,
    from: layers.length,
    to: layers.length,
    name: 'output',
    output,
    last: true,
    affine: false,
    forward: (_, x) => forward({}, x),
    design: undefined,
    inputDesign: undefined,
    elementwise,
  };
};

/** The links of a list of layers. A `Fault` `schedule` when there is no layer. */
export const linksOf = (
  layers: readonly AnyLayer[],
  grouping: Grouping,
  outputVariable: boolean,
): readonly Link[] => {
  if (layers.length === 0) fail('schedule', 'energy.chain', 'at least one layer', 'an empty chain');
  const starts = layers.flatMap((l, i) => (i === 0 || grouping(l, i, layers) ? [i] : []));
  const links = starts.map((from, i): Link => {
    const to = starts[i + 1] ?? layers.length;
    const own = layers.slice(from, to);
    const name = own.map((l) => l.name).join(' → ');
    const path = placeOfLink(i + 1, name);
    const only = own.length === 1 ? own[0] : undefined;
    const design = only?.design?.bind(only);
    const inputDesign = only?.inputDesign?.bind(only);
    return {
      number: i + 1,
      from,
      to,
      name,
      output: own.at(-1)?.output ?? [],
      last: !outputVariable && to === layers.length,
      affine: design !== undefined || only?.affine === true,
      forward: (parameters, x) =>
        inside(path, () => activationsOf(own, tuple(parameters, path), x, from).at(-1) ?? x),
      design: design === undefined ? undefined : (x) => lifted(design(x), path),
      inputDesign:
        inputDesign === undefined
          ? undefined
          : (parameters, count) => inputDesign(single(parameters, path), count),
      elementwise: only?.elementwise,
    };
  });
  return outputVariable ? [...links, outputLink(layers, links.length + 1)] : links;
};
