/** A link of a network: a part of it with a variable behind it; and where links begin. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Batch, fail, type Path, type Shape, Tree } from '../core';
import { type Elementwise, isJoin, type Part, saysAffine } from '../layer';
import { type Design } from '../solver';
import { type LinkBuffers } from './linkBuffers';

/**
 * A link of the energy: one layer, or several composed ones, with the variables that it reads and
 * the variable that it writes.
 */
export interface Link {
  /** l, counted from 1. */
  readonly number: number;
  /**
   * The variables that it reads, in ascending order: numbers of links, and 0 for the input batch.
   */
  readonly reads: readonly number[];
  /** The links that read x[l], in ascending order. */
  readonly readers: readonly number[];
  /**
   * The link that owns its parameters: the first one that uses them, which is itself unless they
   * are shared.
   */
  readonly owner: number;
  /**
   * The links that use θ_l, in ascending order: itself alone unless it is shared; none if another
   * link is the owner.
   */
  readonly sharers: readonly number[];
  /** The places of θ_l in the parameters of the network; none if another link is the owner. */
  readonly places: readonly Path[];
  /** The names of its layers and joins, joined by `→`; in a `graph`, the names of their wires. */
  readonly name: string;
  /** The shape of x[l] for one example. */
  readonly output: Shape;
  /** Whether the loss follows. Then there is no penalty and no variable behind this link. */
  readonly last: boolean;
  /**
   * Whether the link is known to be affine in θ_l: its one layer declares it or has a design. Sums
   * may follow the layer.
   */
  readonly affine: boolean;
  /** f_l, given the θ of its owner and the variables of `reads` in their order. */
  readonly forward: (parameters: Tree.Tree, inputs: readonly Batch[]) => Batch;
  /**
   * The design operator for the θ of its owner, at the variables of `reads`; only for affine links
   * whose layer has one. All sharers have the same layout.
   */
  readonly design: ((inputs: readonly Batch[]) => Design<Tree.Tree>) | undefined;
  /** The design operator for its input of N examples; only for links of one layer that has one. */
  readonly inputDesign: ((parameters: Tree.Tree, count: number) => Design<Tensor>) | undefined;
  /**
   * c, if f_l moves by c times the displacement of the variable at that place in `reads`; see
   * `Join.slope`.
   */
  readonly slope: (place: number) => number | undefined;
  /** For a link that is one elementwise layer: how to minimise over its input. */
  readonly elementwise: Elementwise | undefined;
  /** The buffers that its nodes keep of a batch of training. */
  readonly buffers: readonly LinkBuffers[];
  /** Whether all of θ_l are buffers, which no step moves. */
  readonly fixed: boolean;
  /** Whether an output depends on other examples of the batch, as in batch normalisation. */
  readonly mixes: boolean;
}

/**
 * A predicate that decides where links begin. It gets a node's layer or join, the index of the
 * node, and all layers and joins of the network.
 */
export type Grouping = (part: Part, index: number, parts: readonly Part[]) => boolean;

/**
 * The grouping of ProxProp: every layer and every join is its own link, so outputs of affine layers
 * and of nonlinearities are variables.
 *
 * @example energyOf(net, loss, { grouping: everyLayer }).links.length // 3
 */
export const everyLayer: Grouping = () => true;

/**
 * The grouping of auxiliary coordinates (MAC) and predictive coding: a link begins at each layer
 * that is affine in its parameters, and includes what follows the layer.
 *
 * @example energyOf(net, loss, { grouping: affineWithNonlinearity }).links.length // 2
 */
export const affineWithNonlinearity: Grouping = (part) => !isJoin(part) && saysAffine(part);

/** The parameters of the layers of a link. */
export const tuple = (parameters: Tree.Tree, path: string): readonly Tree.Tree[] =>
  Tree.isTuple(parameters)
    ? parameters
    : fail('shape', path, 'one tree of parameters for each layer', 'a tree of another structure');

/** The name of a link in errors. */
export const placeOfLink = (number: number, name: string): string => `link ${number} (${name})`;
