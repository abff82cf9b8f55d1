/**
 * Networks of any wiring: a graph is built wire by wire, each the output of a layer or of a join of the wires before it.
 */
import {
  fail,
  type Fits,
  Key,
  sameShape,
  type Shape,
  showPath,
  showShape,
  type ShowShape,
  type Tree,
} from '../core';
import { type ShapeMismatch } from './chain';
import { inTraining } from './dropout';
import { type AnyLayer, type Join, type Layer, type Node, type ParametersOf, type Part } from './layer';
import { isJoin, met, netOf, wired } from './net';

/** The shape that each wire carries. */
export type Wires = Readonly<Record<string, Shape>>;

/** The parameters of the layers by the names of their wires. */
export type GraphParameters = Readonly<Record<string, Tree.Tree>>;

/** One wire: what it is the output of, and the wires that this reads. */
interface Wire {
  readonly name: string;
  readonly part: Part;
  readonly from: readonly string[];
}

declare const carried: unique symbol;

/** A network that is being built: its wires so far. The type knows their shapes and the parameters of their layers. */
export interface Graph<W extends Wires, P extends GraphParameters> {
  readonly input: Shape;
  readonly wires: readonly Wire[];
  readonly [carried]?: { readonly wires: W; readonly parameters: P };
}

/** The parameters before any layer is bound. */
// A type alias, not an interface: only aliases are records to the compiler.
export type NoLayers = { readonly [carried]?: never };

/** What a wire has to be instead: the message that the compiler shows. */
export interface NoSuchWire<Message extends string> {
  readonly noSuchWire: Message;
}

/** Nothing, or the message that says why a wire of that name cannot be read as a batch of that shape. */
export type Takes<W extends Wires, From extends string, S extends Shape> = From extends keyof W
  ? Fits<W[From], S> extends true
    ? unknown
    : ShapeMismatch<`${ShowShape<S>} is wanted here, but the wire '${From}' carries ${ShowShape<W[From]>}`>
  : NoSuchWire<`there is no wire '${From}' so far`>;

/** The same for several wires. */
export type TakesAll<
  W extends Wires,
  From extends readonly string[],
  Is extends readonly Shape[],
> = From extends readonly [infer F extends string, ...infer Fs extends readonly string[]]
  ? Is extends readonly [infer S extends Shape, ...infer Ss extends readonly Shape[]]
    ? Takes<W, F, S> & TakesAll<W, Fs, Ss>
    : unknown
  : unknown;

/** Nothing, or the message that says that there is a wire of that name already. */
export type NewName<W extends Wires, N extends string> = string extends keyof W
  ? unknown
  : N extends keyof W
    ? NoSuchWire<`there is a wire '${N}' already`>
    : unknown;

const shapeOfWire = (
  { input, wires }: Pick<Graph<Wires, GraphParameters>, 'input' | 'wires'>,
  name: string,
) => (name === 'input' ? input : wires.find((w) => w.name === name)?.part.output);

const extended = (
  graph: Pick<Graph<Wires, GraphParameters>, 'input' | 'wires'>,
  wire: Wire,
  wanted: readonly Shape[],
): Pick<Graph<Wires, GraphParameters>, 'input' | 'wires'> => {
  const path = `graph.${wire.name} (${wire.part.name})`;
  if (shapeOfWire(graph, wire.name) !== undefined)
    fail('shape', path, 'a name of its own', `a second wire '${wire.name}'`);
  if (wire.from.length !== wanted.length)
    fail('shape', path, `${wanted.length} wires`, `${wire.from.length}`);
  wire.from.forEach((from, i) => {
    const shape = shapeOfWire(graph, from) ?? fail('shape', path, 'a wire that is there', `'${from}'`);
    const want = wanted[i] ?? [];
    if (!sameShape(shape, want))
      fail('shape', path, `the input ${showShape(want)}`, `${showShape(shape)} of the wire '${from}'`);
  });
  return { input: graph.input, wires: [...graph.wires, wire] };
};

/**
 * A graph with one wire, `input`, which carries the network's input.
 *
 * @example
 * const net = pipe(
 *   graph([784]),
 *   bind('a', linear(784, 64), 'input'),
 *   bind('h', relu(64), 'a'),
 *   bind('b', linear(64, 64), 'h'),
 *   meet('s', add([64]), 'h', 'b'),
 *   bind('out', linear(64, 10), 's'),
 *   output('out'),
 * );
 */
export const graph = <const I extends Shape>(input: I): Graph<{ readonly input: I }, NoLayers> => ({
  input,
  wires: [],
});

/**
 * A wire that is the output of a layer, which reads the wire `from`. The layer's parameters get the wire's name. A wire that
 * does not exist, or carries another shape, is a compile error that says so, or a `Fault` `shape`.
 */
export const bind =
  <const N extends string, L extends AnyLayer, const From extends string>(name: N, layer: L, from: From) =>
  <W extends Wires, P extends GraphParameters>(
    g: Graph<W, P> & Takes<W, From, L['input']> & NewName<W, N>,
  ): Graph<W & { readonly [K in N]: L['output'] }, P & { readonly [K in N]: ParametersOf<L> }> =>
    extended(g, { name, part: layer, from: [from] }, [layer.input]);

/** A wire where others meet: the output of a join of the wires `from`, in their order. Errors as of `bind`. */
export const meet =
  <
    const N extends string,
    const Is extends readonly Shape[],
    O extends Shape,
    const From extends { readonly [K in keyof Is]: string },
  >(
    name: N,
    join: Join<Is, O>,
    ...from: From
  ) =>
  <W extends Wires, P extends GraphParameters>(
    g: Graph<W, P> & TakesAll<W, From, Is> & NewName<W, N>,
  ): Graph<W & { readonly [K in N]: O }, P> =>
    extended(g, { name, part: join, from }, join.inputs);

/** The shape that a wire carries. */
type ShapeAt<W extends Wires, N extends string> = W[N] extends infer S extends Shape ? S : never;

/** Parameters as one record. */
type Merged<P> = { readonly [K in keyof P & string]: P[K] };

/** The nodes of wires, each wire's under its name. */
const nodesOfWires = (
  wires: readonly Wire[],
): { readonly nodes: readonly Node[]; readonly at: ReadonlyMap<string, number> } =>
  wires.reduce<{ readonly nodes: readonly Node[]; readonly at: ReadonlyMap<string, number> }>(
    ({ nodes, at }, { name, part, from }) => {
      const reads = from.map((f) => at.get(f) ?? fail('shape', `graph.${name}`, `a wire '${f}'`, 'none'));
      const next = isJoin(part) ? met({ nodes }, part, reads) : wired({ nodes }, reads[0] ?? 0, part, [name]);
      return {
        nodes: next.nodes.map((node, i) => (i < nodes.length ? node : { ...node, name: nameOf(name, node) })),
        at: new Map([...at, [name, next.output]]),
      };
    },
    { nodes: [], at: new Map([['input', 0]]) },
  );

/** The wire's name, with the place of the node inside the layer where that is made of several. */
const nameOf = (wire: string, { name, at }: Node): string =>
  [wire, ...(name !== undefined ? [name] : at.length > 1 ? [showPath(at.slice(1))] : [])].join('.');

const graphLayer = (input: Shape, wires: readonly Wire[], output: string): AnyLayer => {
  const { nodes, at } = nodesOfWires(wires);
  const end = at.get(output) ?? fail('shape', 'graph.output', 'a wire that is there', `'${output}'`);
  const read = new Set(wires.flatMap(({ from }) => from));
  for (const { name } of wires)
    if (name !== output && !read.has(name))
      fail('shape', `graph.${name}`, 'a wire that the output depends on', 'one that nothing reads');
  if (end !== nodes.length)
    fail('shape', 'graph.output', `the last wire, which nothing reads`, `'${output}', which others read`);
  const layers = wires.flatMap(({ name, part }, i) => (isJoin(part) ? [] : [{ name, part, i }]));
  return netOf({
    name: 'graph',
    input,
    output: shapeOfWire({ input, wires }, output) ?? [],
    nodes,
    init: (key) => Object.fromEntries(layers.map(({ name, part, i }) => [name, part.init(Key.fold(key, i))])),
    ...(layers.some(({ part }) => part.training !== undefined)
      ? {
          training: (key) =>
            graphLayer(
              input,
              wires.map((w, i) =>
                isJoin(w.part) ? w : { ...w, part: inTraining(w.part, Key.fold(key, i)) },
              ),
              output,
            ),
        }
      : {}),
  });
};

/**
 * The network whose output is that wire: a layer like any other, with the layers' parameters by the names of their wires. A wire
 * that does not exist is a compile error that says so; one that nothing reads, and an output that others read, are a `Fault`
 * `shape`.
 */
export const output =
  <const N extends string>(name: N) =>
  <W extends Wires, P extends GraphParameters>(
    g: Graph<W, P> & (N extends keyof W ? unknown : NoSuchWire<`there is no wire '${N}'`>),
  ): Layer<Merged<P>, ShapeAt<W, 'input'>, ShapeAt<W, N>> =>
    // Parameters and shapes are those that the type has counted; the type tests hold that they agree.
    graphLayer(g.input, g.wires, name) as Layer<Merged<P>, ShapeAt<W, 'input'>, ShapeAt<W, N>>;
