/** The nodes of the network that the wires of a graph are. */
import { fail, Key, type Shape, showPath } from '../core';
import { inTraining } from './dropout';
import { join } from './joins';
import { type AnyLayer, type Node } from './layer';
import { isJoin, met, netOf, wired } from './net';
import { type Wired } from './wires';

interface Numbered {
  readonly nodes: readonly Node[];
  /** The node that each wire is the output of. */
  readonly at: ReadonlyMap<string, number>;
}

/** The parts of the input that are wires: a node for each, under its name. */
const nodesOfInputs = ({ input, inputs }: Wired): Numbered =>
  inputs === undefined
    ? { nodes: [], at: new Map([['input', 0]]) }
    : inputs.names.reduce<Numbered>(
        ({ nodes, at }, name) => {
          const part = join<readonly [Shape], Shape>({
            name: 'input',
            inputs: [input],
            output: inputs.shapes[name] ?? [],
            forward: ([x]) => inputs.take(name, x),
            arranges: true,
          });
          return {
            nodes: [...nodes, { part, reads: [0], at: [], name }],
            at: new Map([...at, [name, nodes.length + 1]]),
          };
        },
        { nodes: [], at: new Map() },
      );

/** The nodes of wires, each wire's under its name. */
export const nodesOfWires = (graph: Wired): Numbered =>
  graph.wires.reduce<Numbered>(({ nodes, at }, { name, part, from, of = name }) => {
    const reads = from.map((f) => at.get(f) ?? fail('shape', `graph.${name}`, `a wire '${f}'`, 'none'));
    const next = isJoin(part) ? met({ nodes }, part, reads) : wired({ nodes }, reads[0] ?? 0, part, [of]);
    return {
      nodes: next.nodes.map((node, i) => (i < nodes.length ? node : { ...node, name: nameOf(name, node) })),
      at: new Map([...at, [name, next.output]]),
    };
  }, nodesOfInputs(graph));

/** The wire's name, with the place of the node inside the layer where that is made of several. */
const nameOf = (wire: string, { name, at }: Node): string =>
  [wire, ...(name !== undefined ? [name] : at.length > 1 ? [showPath(at.slice(1))] : [])].join('.');

/** A wire that neither another nor the output reads is a mistake. */
export const checkRead = ({ inputs, wires }: Wired, ends: readonly string[]): void => {
  const read = new Set([...ends, ...wires.flatMap(({ from }) => from)]);
  for (const name of [...(inputs?.names ?? []), ...wires.map((w) => w.name)])
    if (!read.has(name))
      fail('shape', `graph.${name}`, 'a wire that the output depends on', 'one that nothing reads');
};

/** The network of these nodes, the last of which gives the output. */
export const netOfNodes = (
  graph: Wired,
  nodes: readonly Node[],
  end: (graph: Wired) => AnyLayer,
  output: Shape,
) => {
  const { input, wires } = graph;
  const layers = wires.flatMap(({ name, part, of }, i) => (isJoin(part) ? [] : [{ name, part, of, i }]));
  return netOf({
    name: 'graph',
    input,
    output,
    nodes,
    init: (key) =>
      Object.fromEntries(
        layers.flatMap(({ name, part, of, i }) =>
          of === undefined ? [[name, part.init(Key.fold(key, i))]] : [],
        ),
      ),
    ...(layers.some(({ part }) => part.training !== undefined)
      ? {
          training: (key) =>
            end({
              ...graph,
              wires: wires.map((w, i) =>
                isJoin(w.part) ? w : { ...w, part: inTraining(w.part, Key.fold(key, i)) },
              ),
            }),
        }
      : {}),
  });
};
