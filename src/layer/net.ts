/**
 * Networks as graphs: layers that show their parts. A node is a layer with one input, or a join of
 * several inputs. The list of nodes is flat, however the layers were nested.
 */
import {
  atOnce,
  type Batch,
  checkBatch,
  explaining,
  fail,
  inside,
  isTensor,
  type Key,
  type Path,
  sameShape,
  scope,
  type Shape,
  showPath,
  showShape,
  treeAt,
  Tree,
  withTreeAt,
} from '../core';
import { type AnyJoin, type AnyLayer, type Layer, type Node, type NodeBuffers, type Part } from './layer';

export const isJoin = (part: Part): part is AnyJoin => 'inputs' in part;

/** The shape of what should be a tensor. */
const shapeOfTensor = (value: unknown): Shape | undefined => (isTensor(value) ? value.shape : undefined);

/** The buffers of a layer that is a node itself, or a `Fault` where it gives others. */
const buffersOfLayer = ({ name, buffers }: AnyLayer): Pick<Node, 'buffers'> => {
  if (buffers === undefined) return {};
  const { names } = buffers;
  const place = `${name}.buffers`;
  const next = (parameters: Tree.Tree, x: Batch): readonly Tree.Tree[] => {
    const found: unknown = atOnce(
      place,
      explaining(place, () => scope(() => buffers.next(parameters, x))),
      'layer',
    );
    if (typeof found !== 'object' || found === null)
      return fail('layer', place, `a record of ${names.join(', ')}`, typeof found);
    const of = new Map<string, unknown>(Object.entries(found));
    const own = names.map((one) => {
      const tensor = of.get(one);
      const wanted = shapeOfTensor(treeAt(parameters, [one]));
      if (!isTensor(tensor)) return fail('layer', `${place}.${one}`, 'a tensor', typeof tensor);
      if (wanted === undefined || !sameShape(tensor.shape, wanted))
        fail(
          'shape',
          `${place}.${one}`,
          `a tensor ${wanted === undefined ? 'of the parameters' : showShape(wanted)}`,
          `a tensor ${showShape(tensor.shape)}`,
        );
      return [one, tensor] as const;
    });
    // Results are the caller's: what is given back unchanged is copied, and what stands twice.
    const taken = new Set(Tree.leaves(parameters));
    return [
      Object.fromEntries(
        own.map(([one, kept]) => {
          const fresh = taken.has(kept) ? kept.clone() : kept;
          taken.add(fresh);
          return [one, fresh];
        }),
      ),
    ];
  };
  return { buffers: { places: [[names]], next } };
};

/** The nodes of a layer: those that it is made of, or itself as the only one. */
export const nodesOf = (l: AnyLayer): readonly Node[] =>
  l.nodes ?? [{ part: l, reads: [0], at: [], ...buffersOfLayer(l) }];

/** The buffers of a layer, for a node of a network that has its parameters at a place. */
export const nodeBuffers = (l: AnyLayer, at: Path): Pick<Node, 'buffers'> => {
  const { buffers } = buffersOfLayer(l);
  return buffers === undefined ? {} : { buffers: buffersAt(buffers, at) };
};

/** The same buffers in a network that has the parameters at a place. */
const buffersAt = ({ places, next }: NodeBuffers, at: Path): NodeBuffers => ({
  places: places.map((place) => [...at, ...place]),
  next: (parameters, x) => next(treeAt(parameters, at), x),
});

/** Parameters with other trees at some places. */
export const withBuffers = (
  parameters: Tree.Tree,
  places: readonly Path[],
  trees: readonly Tree.Tree[],
): Tree.Tree =>
  places.reduce((tree, place, i) => {
    const own = trees[i] ?? fail('shape', showPath(place), 'buffers', 'none');
    return withTreeAt(tree, place, own);
  }, parameters);

/** Where buffers lie in the parameters of a layer. */
export const bufferPlaces = (l: AnyLayer): readonly Path[] =>
  nodesOf(l).flatMap(({ buffers }) => buffers?.places ?? []);

/**
 * The buffers of all nodes as those of one node. A node that takes its buffers twice, because it is
 * shared, updates them twice.
 */
const buffersOfAll = (l: AnyLayer): Pick<Node, 'buffers'> => {
  const nodes = nodesOf(l);
  const places = bufferPlaces(l);
  if (places.length === 0) return {};
  const next = (parameters: Tree.Tree, x: Batch): readonly Tree.Tree[] =>
    scope(() => {
      const out = outputsOf(nodes, parameters, x);
      const moved = nodes.reduce((tree, { buffers, reads }) => {
        const input = out[reads[0] ?? 0];
        return buffers === undefined || input === undefined
          ? tree
          : withBuffers(tree, buffers.places, buffers.next(tree, input));
      }, parameters);
      return places.map((place) => treeAt(moved, place));
    });
  return { buffers: { places, next } };
};

/**
 * The nodes of a network that is being built, and the number of the node whose output continues.
 */
export interface Wiring {
  readonly nodes: readonly Node[];
  readonly output: number;
}

/** No node yet: the input itself. */
export const input: Wiring = { nodes: [], output: 0 };

/**
 * Adds the nodes of a layer that reads the output `from` to the nodes so far, with their parameters
 * below `at`.
 */
export const wired = ({ nodes }: Pick<Wiring, 'nodes'>, from: number, l: AnyLayer, at: Path): Wiring => {
  const own = nodesOf(l).map((node): Node => ({
    ...node,
    reads: node.reads.map((read) => (read === 0 ? from : read + nodes.length)),
    at: [...at, ...node.at],
    ...(node.buffers === undefined ? {} : { buffers: buffersAt(node.buffers, at) }),
  }));
  // A network without nodes is the identity.
  return { nodes: [...nodes, ...own], output: own.length === 0 ? from : nodes.length + own.length };
};

/** A join behind the nodes that there are, of these outputs. */
export const met = ({ nodes }: Pick<Wiring, 'nodes'>, join: AnyJoin, reads: readonly number[]): Wiring => ({
  nodes: [...nodes, { part: join, reads, at: [] }],
  output: nodes.length + 1,
});

/** A node as failures name it. */
export const placeOfNode = ({ part, at, name }: Node): string =>
  isJoin(part) ? `join ${name ?? part.name}` : `layer ${name ?? showPath(at)} (${part.name})`;

/** The output of a node, given the parameters of the network and the outputs that it reads. */
export const outputOfNode = (
  node: Node,
  parametersAt: (path: Path) => Tree.Tree,
  xs: readonly Batch[],
): Batch => {
  const { part, at } = node;
  const place = placeOfNode(node);
  if (isJoin(part)) return inside(place, () => part.forward(xs));
  const [x = fail('shape', part.name, 'an input', 'none')] = xs;
  return inside(place, () => part.forward(parametersAt(at), x));
};

/** The output of a node, given those of the nodes before it. What it makes on the way is freed. */
const outputAt = (node: Node, parameters: Tree.Tree, out: readonly Batch[]): Batch =>
  scope(() =>
    outputOfNode(
      node,
      (path) => treeAt(parameters, path),
      node.reads.map((read) => out[read] ?? fail('shape', node.part.name, 'an earlier node', `${read}`)),
    ),
  );

/**
 * Computes the input, then the output of every node. The tensors that a node makes on the way are
 * freed before the next node runs.
 */
export const outputsOf = (nodes: readonly Node[], parameters: Tree.Tree, x: Batch): readonly Batch[] => {
  const out: Batch[] = [x];
  for (const node of nodes) out.push(outputAt(node, parameters, out));
  return out;
};

/** The last of these outputs. Each is freed behind the last node that reads it. */
const outputOfAll = (nodes: readonly Node[], parameters: Tree.Tree, x: Batch): Batch => {
  const out: Batch[] = [x];
  const lastReader = new Map(nodes.flatMap(({ reads }, i) => reads.map((read) => [read, i] as const)));
  nodes.forEach((node, i) => {
    out.push(outputAt(node, parameters, out));
    const given = node.reads.filter((read) => lastReader.get(read) === i).map((read) => out[read]);
    const needed = new Set(out.filter((_, n) => n === 0 || n > i || (lastReader.get(n) ?? -1) > i));
    for (const t of given) if (t !== undefined && !needed.has(t)) t.dispose();
  });
  return out.at(-1) ?? x;
};

/** A network of nodes as a layer: its forward function is what the nodes compute. */
export const netOf = (parts: {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  readonly nodes: readonly Node[];
  readonly affine?: boolean;
  readonly init: (key: Key.Key) => Tree.Tree;
  readonly training?: (key: Key.Key) => AnyLayer;
}): AnyLayer => ({
  ...parts,
  forward: (parameters, x) =>
    scope(() => outputOfAll(parts.nodes, parameters, checkBatch(`${parts.name}.input`, parts.input, x))),
});

/**
 * Hides the inside of a layer: it becomes one node of the network, all its parameters become one
 * block, and its inner activations are no variables of the energy.
 *
 * If the layer is not affine in its parameters, the implicit step on that block is a Gauss-Newton
 * step.
 *
 * @param l a layer made of layers, such as a residual block
 *
 * @example chain(linear(64, 64), opaque(residual(linear(64, 64))))
 */
export const opaque = <P extends Tree.Tree, I extends Shape, O extends Shape>(
  l: Layer<P, I, O>,
): Layer<P, I, O> => {
  const { nodes: _, training, buffers: __, ...one } = l;
  const kept = buffersOfAll(l);
  return {
    ...one,
    ...(training === undefined ? {} : { training: (key) => opaque(training(key)) }),
    ...(kept.buffers === undefined ? {} : { nodes: [{ part: one, reads: [0], at: [], ...kept }] }),
  };
};
