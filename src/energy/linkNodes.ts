/**
 * The nodes of a network as links group them: where links end, which nodes are composed into one,
 * and which links share parameters.
 */
import { type Batch, beginsWith, fail, type Path, sameShape, showPath, treeAt, type Tree } from '../core';
import { isJoin, type Node, outputOfNode } from '../layer';
import { type Grouping } from './link';

/** Whether one place lies within the other. */
const overlap = (a: Path, b: Path): boolean => beginsWith(a, b) || beginsWith(b, a);

/**
 * For each link, given the places of its layers: the first link with which it shares parameters,
 * directly or through others.
 */
export const ownersOf = (places: readonly (readonly Path[])[]): readonly number[] =>
  places.reduce<readonly number[]>((owners, own, i) => {
    const shared = new Set(
      owners.filter((_, j) => places[j]?.some((a) => own.some((b) => overlap(a, b))) === true),
    );
    const owner = Math.min(i + 1, ...shared);
    return [...owners.map((o) => (shared.has(o) ? owner : o)), owner];
  }, []);

/** The distinct places that lie in no other of these places. */
export const outermost = (paths: readonly Path[]): readonly Path[] =>
  paths.filter(
    (path, i) =>
      !paths.some((other, j) =>
        // Of two equal places, the first.
        other.length === path.length ? j < i && beginsWith(path, other) : beginsWith(path, other),
      ),
  );

/** The parameters at a place of the network, in the tuple of those at `places`. */
export const parametersIn = (
  places: readonly Path[],
  parameters: readonly Tree.Tree[],
  at: Path,
): Tree.Tree => {
  const i = places.findIndex((place) => beginsWith(at, place));
  const tree = parameters[i] ?? fail('shape', showPath(at), 'parameters', 'none');
  return treeAt(tree, at.slice(places[i]?.length));
};

/** A node, and its number in the network. */
export interface Numbered extends Node {
  readonly id: number;
}

/** The nodes that read each node. */
const readersOf = (nodes: readonly Node[]): readonly (readonly number[])[] =>
  nodes.map((_, i) => nodes.flatMap(({ reads }, j) => (reads.includes(i + 1) ? [j] : [])));

/**
 * Which nodes are parts of the input, and so never move. The output of the network is never one.
 */
export const partsOf = (nodes: readonly Node[]): readonly boolean[] => {
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
export const endsOf = (
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
export const partOfInput = (nodes: readonly Node[], id: number, x: Batch): Batch => {
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
export const composed = (
  nodes: readonly Node[],
  ends: readonly boolean[],
  id: number,
): readonly Numbered[] => {
  const node = nodes[id - 1] ?? fail('schedule', `node ${id}`, 'a node of the network', 'none');
  const inside = [...new Set(node.reads)].filter((read) => read > 0 && ends[read - 1] !== true);
  return [...inside.flatMap((read) => composed(nodes, ends, read)), { ...node, id }].sort(
    (a, b) => a.id - b.id,
  );
};

/** Values of the nodes of a link by number, computed from those of the variables that it reads. */
export const valuesOf = (
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
export const slotsOf = (node: Node, id: number | undefined): readonly number[] =>
  node.reads.flatMap((read, slot) => (read === id ? [slot] : []));

/** Whether all nodes that follow a node inside its link are sums that contain it as a term. */
export const onlyAddedTo = (inside: readonly Numbered[], { id, part }: Numbered): boolean => {
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
