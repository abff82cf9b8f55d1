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
import { type Batch, beginsWith, fail, inside, type Path, treeAt, type Tree } from '../core';
import { identity, isJoin, type Node, relaid, saysAffine } from '../layer';
import { type Design } from '../solver';
import { type Grouping, type Link, placeOfLink, tuple } from './link';
import { linkBuffers } from './linkBuffers';
import {
  composed,
  endsOf,
  type Numbered,
  onlyAddedTo,
  outermost,
  ownersOf,
  partOfInput,
  partsOf,
  slotsOf,
  valuesOf,
  parametersIn,
} from './linkNodes';

const single = (parameters: Tree.Tree, path: string): Tree.Tree =>
  tuple(parameters, path)[0] ?? fail('shape', path, 'parameters', 'none');

const only = (inputs: readonly Batch[], path: string): Batch =>
  inputs[0] ?? fail('shape', path, 'an input', 'none');

/** The design of the one layer of a link, for parameters as the tuple of the link. */
const lifted = (design: Design<Tree.Tree>, path: string): Design<Tree.Tree> =>
  relaid(
    design,
    (parameters: Tree.Tree) => single(parameters, path),
    (parameters): Tree.Tree => [parameters],
  );

/**
 * The design at a part of the input. Layers that read the same part share A, which is made of the
 * input.
 */
const ofPart = (design: Design<Tree.Tree>, input: Tensor, id: number): Design<Tree.Tree> =>
  design.source === undefined
    ? design
    : { ...design, source: { input, matrix: `${design.source.matrix} of node ${id}` } };

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
          valuesOf(own, given(inputs), (at) => parametersIn(places, tuple(parameters, path), at), path),
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
