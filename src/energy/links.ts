/**
 * Links decide which activations are variables. Nodes of the network with no variable between them
 * are composed into one link. Links are numbered from 1 in topological order. Link l maps the
 * variables that it reads, x[p] for p in `reads`, all with p < l, to f_l(θ_l, x[reads l]). Its
 * parameters are the tuple of those of its layers. In a chain, link l reads x[l−1] alone.
 *
 * Parts of the input. The input never moves, and neither does a part that a join takes from it
 * (`Join.arranges`). Such a node is no link and has no variable behind it. Each link that reads it
 * reads x[0] and takes the part itself. A network of several inputs therefore has the links, the
 * variables and the costs of one whose layers read x[0].
 *
 * Shared parameters. Nodes with one place in the tree share a θ. It is one variable, and belongs to
 * the first link that uses it, its `owner`. θ_owner is the tuple of all places that its `sharers`
 * use; θ_l of the others is empty. So each variable of E has one number, trees and checkpoints hold
 * it once, and a schedule that names every θ_l moves it once. Each link's `forward` takes the θ of
 * its owner, and finds the parameters of its own layers in it. Three things follow:
 *
 *  - The gradient by θ_owner is the sum over its sharers. Its implicit step stacks their designs:
 *    Σ_l A_lᵀA_l.
 *  - On the way down, the owner is the last of all sharers, when the outputs of all have moved:
 *    this is when θ moves (`backwardSweep`).
 *  - By then the inputs of the later sharers have moved too, so this step has to use the inputs of
 *    the forward pass (`frozen`).
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import {
  type Batch,
  beginsWith,
  fail,
  inside,
  type Path,
  sameShape,
  type Shape,
  showPath,
  treeAt,
  Tree,
} from '../core';
import {
  type AnyLayer,
  type Elementwise,
  identity,
  isJoin,
  type Node,
  outputOfNode,
  type Part,
} from '../layer';
import { combinedOf, type Design } from '../solver';
import { type LinkBuffers, linkBuffers } from './linkBuffers';

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

const saysAffine = (layer: AnyLayer): boolean => layer.design !== undefined || layer.affine === true;

/** The parameters of the layers of a link. */
export const tuple = (parameters: Tree.Tree, path: string): readonly Tree.Tree[] =>
  Tree.isTuple(parameters)
    ? parameters
    : fail('shape', path, 'one tree of parameters for each layer', 'a tree of another structure');

/** Whether one place lies within the other. */
const overlap = (a: Path, b: Path): boolean => beginsWith(a, b) || beginsWith(b, a);

/**
 * For each link, given the places of its layers: the first link with which it shares parameters,
 * directly or through others.
 */
const ownersOf = (places: readonly (readonly Path[])[]): readonly number[] =>
  places.reduce<readonly number[]>((owners, own, i) => {
    const shared = new Set(
      owners.filter((_, j) => places[j]?.some((a) => own.some((b) => overlap(a, b))) === true),
    );
    const owner = Math.min(i + 1, ...shared);
    return [...owners.map((o) => (shared.has(o) ? owner : o)), owner];
  }, []);

/** The distinct places that lie in no other of these places. */
const outermost = (paths: readonly Path[]): readonly Path[] =>
  paths.filter(
    (path, i) =>
      !paths.some((other, j) =>
        // Of two equal places, the first.
        other.length === path.length ? j < i && beginsWith(path, other) : beginsWith(path, other),
      ),
  );

/** The parameters at a place of the network, in the tuple of those at `places`. */
const within = (places: readonly Path[], parameters: readonly Tree.Tree[], at: Path): Tree.Tree => {
  const i = places.findIndex((place) => beginsWith(at, place));
  const tree = parameters[i] ?? fail('shape', showPath(at), 'parameters', 'none');
  return treeAt(tree, at.slice(places[i]?.length));
};

/** A node, and its number in the network. */
interface Numbered extends Node {
  readonly id: number;
}

/** The nodes that read each node. */
const readersOf = (nodes: readonly Node[]): readonly (readonly number[])[] =>
  nodes.map((_, i) => nodes.flatMap(({ reads }, j) => (reads.includes(i + 1) ? [j] : [])));

/**
 * Which nodes are parts of the input, and so never move. The output of the network is never one.
 */
const partsOf = (nodes: readonly Node[]): readonly boolean[] => {
  const readers = readersOf(nodes);
  return nodes.reduce<readonly boolean[]>(
    (still, { part, reads }, i) => [
      ...still,
      isJoin(part) &&
        part.arranges === true &&
        (readers[i]?.length ?? 0) > 0 &&
        reads.every((read) => read === 0 || still[read - 1] === true),
    ],
    [],
  );
};

/**
 * Where links end: at the last node, at nodes with several readers, before nodes that begin a link,
 * and at parts of the input.
 */
const endsOf = (
  nodes: readonly Node[],
  still: readonly boolean[],
  grouping: Grouping,
): readonly boolean[] => {
  const parts = nodes.map(({ part }) => part);
  const begins = nodes.map(({ part }, i) => i === 0 || grouping(part, i, parts));
  return readersOf(nodes).map(
    ([reader, ...others], i) =>
      still[i] === true || reader === undefined || others.length > 0 || begins[reader] === true,
  );
};

/** A part of the input, taken from it. */
const partOfInput = (nodes: readonly Node[], id: number, x: Batch): Batch => {
  const node = nodes[id - 1];
  return node === undefined
    ? x
    : outputOfNode(
        node,
        () => ({}),
        node.reads.map((read) => partOfInput(nodes, read, x)),
      );
};

/**
 * The nodes that are composed into one link with the node that its variable stands behind, in
 * topological order, that node included.
 */
const composed = (nodes: readonly Node[], ends: readonly boolean[], id: number): readonly Numbered[] => {
  const node = nodes[id - 1] ?? fail('schedule', `node ${id}`, 'a node of the network', 'none');
  const inside = [...new Set(node.reads)].filter((read) => read > 0 && ends[read - 1] !== true);
  return [...inside.flatMap((read) => composed(nodes, ends, read)), { ...node, id }].sort(
    (a, b) => a.id - b.id,
  );
};

const single = (parameters: Tree.Tree, path: string): Tree.Tree =>
  tuple(parameters, path)[0] ?? fail('shape', path, 'parameters', 'none');

/** The design of the one layer of a link, for parameters as the tuple of the link. */
const lifted = (design: Design<Tree.Tree>, path: string): Design<Tree.Tree> => ({
  ...design,
  apply: (v) => design.apply(single(v, path)),
  adjoint: (h) => [design.adjoint(h)],
  pack: (v) => design.pack(single(v, path)),
  combine: (by, v) => combinedOf(design, by, single(v, path)),
  unpack: (m) => [design.unpack(m)],
});

/**
 * The design at a part of the input. Layers that read the same part share A, which is made of the
 * input.
 */
const ofPart = (design: Design<Tree.Tree>, input: Tensor, id: number): Design<Tree.Tree> =>
  design.source === undefined
    ? design
    : { ...design, source: { input, matrix: `${design.source.matrix} of node ${id}` } };

/** The name of a link in errors. */
export const placeOfLink = (number: number, name: string): string => `link ${number} (${name})`;

/**
 * The identity link behind an output that is a variable. It has no layer of the network and no
 * parameters.
 */
const outputLink = ({ number, output }: Link): Link => {
  const { elementwise, forward } = identity(output);
  return {
    number: number + 1,
    reads: [number],
    readers: [],
    owner: number + 1,
    sharers: [number + 1],
    places: [],
    name: 'output',
    output,
    last: true,
    affine: false,
    forward: (_, inputs) => forward({}, only(inputs, 'output')),
    design: undefined,
    inputDesign: undefined,
    slope: () => 1,
    elementwise,
    buffers: [],
    fixed: false,
    mixes: false,
  };
};

const only = (inputs: readonly Batch[], path: string): Batch =>
  inputs[0] ?? fail('shape', path, 'an input', 'none');

/** Values of the nodes of a link by number, computed from those of the variables that it reads. */
const valuesOf = (
  inside: readonly Numbered[],
  outside: ReadonlyMap<number, Batch>,
  parametersAt: (at: Path) => Tree.Tree,
  path: string,
): ReadonlyMap<number, Batch> => {
  const values = new Map(outside);
  for (const node of inside) {
    const xs = node.reads.map(
      (read) => values.get(read) ?? fail('shape', path, `the output of node ${read}`, 'none'),
    );
    values.set(node.id, outputOfNode(node, parametersAt, xs));
  }
  return values;
};

/** The places in `reads` at which a node takes the output of another node. */
const slotsOf = (node: Node, id: number | undefined): readonly number[] =>
  node.reads.flatMap((read, slot) => (read === id ? [slot] : []));

/** Whether all nodes that follow a node inside its link are sums that contain it as a term. */
const onlyAddedTo = (inside: readonly Numbered[], { id, part }: Numbered): boolean => {
  const reader = inside.find(({ reads }) => reads.includes(id));
  if (reader === undefined) return true;
  const [slot = 0, ...more] = slotsOf(reader, id);
  return (
    isJoin(reader.part) &&
    more.length === 0 &&
    reader.part.slope?.(slot) === 1 &&
    sameShape(reader.part.output, part.output) &&
    onlyAddedTo(inside, reader)
  );
};

/** The links of the nodes of a network. Throws a `Fault` with tag `schedule` for an empty chain. */
export const linksOf = (
  nodes: readonly Node[],
  grouping: Grouping,
  outputVariable: boolean,
): readonly Link[] => {
  if (nodes.length === 0) fail('schedule', 'energy.chain', 'at least one layer', 'an empty chain');
  const still = partsOf(nodes);
  const ends = endsOf(nodes, still, grouping);
  const roots = nodes.flatMap((_, i) => (ends[i] === true && still[i] !== true ? [i + 1] : []));
  const groups = roots.map((id) => composed(nodes, ends, id));
  const outsideOf = (own: readonly Numbered[]): readonly number[] => {
    const ids = new Set(own.map(({ id }) => id));
    return [...new Set(own.flatMap(({ reads }) => reads))].filter((r) => !ids.has(r)).sort((a, b) => a - b);
  };
  /** The number of a variable; 0 for the input and its parts. */
  const numberOf = (id: number): number => roots.indexOf(id) + 1;
  const reads = groups.map((own) => [...new Set(outsideOf(own).map(numberOf))].sort((a, b) => a - b));
  const layersOf = groups.map((own) =>
    own.flatMap((node) => (isJoin(node.part) ? [] : [{ node, layer: node.part }])),
  );
  const owners = ownersOf(layersOf.map((layers) => layers.map(({ node }) => node.at)));
  const sharersOf = (owner: number | undefined): readonly number[] =>
    owners.flatMap((o, i) => (o === owner ? [i + 1] : []));
  const placesOf = (owner: number | undefined): readonly Path[] =>
    outermost(sharersOf(owner).flatMap((l) => layersOf[l - 1]?.map(({ node }) => node.at) ?? []));
  const links = groups.map((own, i): Link => {
    const number = i + 1;
    const name = own.map((node) => node.name ?? node.part.name).join(' → ');
    const path = placeOfLink(number, name);
    const taken = reads[i] ?? [];
    const outside = outsideOf(own).map((id) => ({
      id,
      place: taken.indexOf(numberOf(id)),
      isPart: still[id - 1] === true,
    }));
    const given = (inputs: readonly Batch[]): ReadonlyMap<number, Batch> =>
      new Map(
        outside.map(({ id, place, isPart }) => {
          const input = inputs[place] ?? fail('shape', path, 'an input', 'none');
          return [id, isPart ? partOfInput(nodes, id, input) : input];
        }),
      );
    const layers = layersOf[i] ?? [];
    const owner = owners[i] ?? number;
    const sharers = sharersOf(owner);
    const places = placesOf(owner);
    const kept = own.flatMap(({ buffers }) => buffers?.places ?? []);
    const one = own.length === 1 ? own[0] : undefined;
    const join = one !== undefined && isJoin(one.part) ? { ...one, part: one.part } : undefined;
    const layer = one !== undefined && join === undefined ? layers[0]?.layer : undefined;
    // One layer, followed only by sums: their other terms do not change its design.
    const [head] = layers;
    const added = layers.length === 1 && head !== undefined && onlyAddedTo(own, head.node) ? head : undefined;
    // Layers of one kind on the same parameters: their rows can be stacked.
    const alike = sharers.every((l) => {
      const [other, ...more] = layersOf[l - 1] ?? [];
      return more.length === 0 && other?.layer.name === added?.layer.name && places.length === 1;
    });
    const design = sharers.length === 1 || alike ? added?.layer.design?.bind(added.layer) : undefined;
    const designAt = (of: (x: Batch) => Design<Tree.Tree>, id: number | undefined): Link['design'] => {
      const read = outside.find((other) => other.id === id);
      if (read === undefined) return undefined;
      return (inputs) => {
        const input = inputs[read.place] ?? fail('shape', path, 'an input', 'none');
        return lifted(
          read.isPart ? ofPart(of(partOfInput(nodes, read.id, input)), input, read.id) : of(input),
          path,
        );
      };
    };
    const inputDesign = layer?.inputDesign?.bind(layer);
    return {
      number,
      reads: taken,
      readers: reads.flatMap((r, j) => (r.includes(number) ? [j + 1] : [])),
      owner,
      sharers: owner === number ? sharers : [],
      places: owner === number ? places : [],
      name,
      output: own.at(-1)?.part.output ?? [],
      last: !outputVariable && i === groups.length - 1,
      affine: added !== undefined && saysAffine(added.layer),
      forward: (parameters, inputs) => {
        const out = inside(path, () =>
          valuesOf(own, given(inputs), (at) => within(places, tuple(parameters, path), at), path),
        ).get(roots[i] ?? 0);
        return out ?? fail('shape', path, 'an output', 'none');
      },
      design: design === undefined || head === undefined ? undefined : designAt(design, head.node.reads[0]),
      inputDesign:
        inputDesign === undefined
          ? undefined
          : (parameters, count) => inputDesign(single(parameters, path), count),
      slope: (place) => {
        const read = outside.find((other) => other.place === place && !other.isPart);
        const [slot, ...more] = join === undefined ? [] : slotsOf(join, read?.id);
        return slot === undefined || more.length > 0 ? undefined : join?.part.slope?.(slot);
      },
      elementwise: layer?.elementwise,
      mixes: own.some(({ part }) => part.mixesExamples === true),
      fixed: places.length > 0 && places.every((place) => kept.some((buffer) => beginsWith(place, buffer))),
      buffers: linkBuffers(path, own, (parameters, inputs, read) => {
        const known = given(inputs);
        return known.get(read) ?? valuesOf(own, known, (at) => treeAt(parameters, at), path).get(read);
      }),
    };
  });
  const top = links.at(-1);
  return outputVariable && top !== undefined
    ? [...links.slice(0, -1), { ...top, readers: [top.number + 1] }, outputLink(top)]
    : links;
};
