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

/** What the layer of each wire takes and gives. */
export type Ends = Readonly<Record<string, { readonly input: Shape; readonly output: Shape }>>;

/** One wire: what it is the output of, and the wires that this reads. */
interface Wire {
  readonly name: string;
  readonly part: Part;
  readonly from: readonly string[];
  /** The wire whose parameters its layer takes, where they are not its own. */
  readonly of?: string;
}

declare const carried: unique symbol;

/** A network that is being built: its wires so far. The type knows their shapes, and the parameters and ends of their layers. */
export interface Graph<W extends Wires, P extends GraphParameters, E extends Ends = Ends> {
  readonly input: Shape;
  readonly wires: readonly Wire[];
  readonly [carried]?: { readonly wires: W; readonly parameters: P; readonly ends: E };
}

/** The parameters before any layer is bound. */
// A type alias, not an interface: only aliases are records to the compiler.
export type NoLayers = { readonly [carried]?: never };

/** What a name has to be instead: the message that the compiler shows. */
export interface NoSuchLayer<Message extends string> {
  readonly noSuchLayer: Message;
}

/** Nothing, or the message that says why no layer of that name can be bound again behind that wire. */
export type Shares<
  W extends Wires,
  E extends Ends,
  Of extends string,
  From extends string,
> = Of extends keyof E ? Takes<W, From, E[Of]['input']> : NoSuchLayer<`no layer was bound at '${Of}' so far`>;

/** Nothing, or the message that says why a layer cannot take the parameters of that name. */
export type Ties<P extends GraphParameters, Of extends string, T extends Tree.Tree> = Of extends keyof P
  ? P[Of] extends T
    ? unknown
    : NoSuchLayer<`the layer takes parameters of another type than the layer at '${Of}'`>
  : NoSuchLayer<`no layer was bound at '${Of}' so far`>;

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
export const graph = <const I extends Shape>(input: I): Graph<{ readonly input: I }, NoLayers, NoLayers> => ({
  input,
  wires: [],
});

/**
 * A wire that is the output of a layer, which reads the wire `from`. The layer's parameters get the wire's name. A wire that
 * does not exist, or carries another shape, is a compile error that says so, or a `Fault` `shape`.
 */
export const bind =
  <const N extends string, L extends AnyLayer, const From extends string>(name: N, layer: L, from: From) =>
  <W extends Wires, P extends GraphParameters, E extends Ends>(
    g: Graph<W, P, E> & Takes<W, From, L['input']> & NewName<W, N>,
  ): Graph<
    W & { readonly [K in N]: L['output'] },
    P & { readonly [K in N]: ParametersOf<L> },
    E & { readonly [K in N]: Pick<L, 'input' | 'output'> }
  > =>
    extended(g, { name, part: layer, from: [from] }, [layer.input]);

/** The wire that an earlier name stands for as a bound layer: it holds the parameters. */
const boundAt = (
  { wires }: Pick<Graph<Wires, GraphParameters>, 'wires'>,
  path: string,
  of: string,
): { readonly wire: Wire; readonly layer: AnyLayer; readonly of: string } => {
  const wire = wires.find(({ name }) => name === of);
  return wire === undefined || isJoin(wire.part)
    ? fail('shape', path, 'the name of a layer that is bound already', `'${of}'`)
    : { wire, layer: wire.part, of: wire.of ?? of };
};

/**
 * A wire that is the output of the layer bound at `of`, this time of the wire `from`: one layer at several places, with one θ.
 * The tree holds its parameters once, at the name that it was bound at first; their gradient is the sum over the places, and
 * their implicit step stacks the designs. A name that no layer was bound at, and a wire that does not exist or carries another
 * shape, are a compile error that says so, or a `Fault` `shape`.
 *
 * @example
 * pipe(
 *   graph([64]),
 *   bind('once', linear(64, 64), 'input'),
 *   bind('h', tanh(64), 'once'),
 *   share('twice', 'once', 'h'),
 *   output('twice'),
 * ) // Layer<{ once: LinearParameters; h: {} }, [64], [64]>
 */
export const share =
  <const N extends string, const Of extends string, const From extends string>(name: N, of: Of, from: From) =>
  <W extends Wires, P extends GraphParameters, E extends Ends>(
    g: Graph<W, P, E> & Shares<W, E, Of, From> & NewName<W, N>,
  ): Graph<W & { readonly [K in N]: E[Of]['output'] }, P, E & { readonly [K in N]: E[Of] }> => {
    const { layer, of: first } = boundAt(g, `graph.${name}`, of);
    return extended(g, { name, part: layer, from: [from], of: first }, [layer.input]);
  };

/** A `Fault` `shape` where both layers say what their parameters are and do not agree. */
const checkTied = (path: string, mine: AnyLayer, theirs: AnyLayer, of: string): void => {
  const [own, other] = [mine, theirs].map(({ parameterShapes }) => parameterShapes);
  if (own === undefined || other === undefined) return;
  const show = (shapes: Readonly<Record<string, Shape>>): string =>
    Object.keys(shapes)
      .sort()
      .map((name) => `${name} ${showShape(shapes[name] ?? [])}`)
      .join(', ') || 'none';
  if (show(own) !== show(other))
    fail('shape', path, `the parameters of '${of}': ${show(other)}`, `a layer of ${show(own)}`);
};

/**
 * Weight tying: a wire that is the output of another layer, which takes the parameters of the layer bound at `of`. In a tied
 * autoencoder that is `linearTransposed`. Errors as of `share`; a layer whose parameters are of another type is a compile error,
 * and one whose parameters have other shapes a `Fault` `shape`.
 *
 * @example
 * pipe(
 *   graph([784]),
 *   bind('code', linear(784, 32), 'input'),
 *   bind('h', sigmoid(32), 'code'),
 *   tie('decoded', linearTransposed(32, 784), 'code', 'h'),
 *   bind('out', bias([784]), 'decoded'),
 *   output('out'),
 * )
 */
export const tie =
  <const N extends string, L extends AnyLayer, const Of extends string, const From extends string>(
    name: N,
    layer: L,
    of: Of,
    from: From,
  ) =>
  <W extends Wires, P extends GraphParameters, E extends Ends>(
    g: Graph<W, P, E> & Ties<P, Of, ParametersOf<L>> & Takes<W, From, L['input']> & NewName<W, N>,
  ): Graph<
    W & { readonly [K in N]: L['output'] },
    P,
    E & { readonly [K in N]: Pick<L, 'input' | 'output'> }
  > => {
    const path = `graph.${name} (${layer.name})`;
    const first = boundAt(g, path, of);
    checkTied(path, layer, first.layer, first.of);
    return extended(g, { name, part: layer, from: [from], of: first.of }, [layer.input]);
  };

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
  <W extends Wires, P extends GraphParameters, E extends Ends>(
    g: Graph<W, P, E> & TakesAll<W, From, Is> & NewName<W, N>,
  ): Graph<W & { readonly [K in N]: O }, P, E> =>
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
    ({ nodes, at }, { name, part, from, of = name }) => {
      const reads = from.map((f) => at.get(f) ?? fail('shape', `graph.${name}`, `a wire '${f}'`, 'none'));
      const next = isJoin(part) ? met({ nodes }, part, reads) : wired({ nodes }, reads[0] ?? 0, part, [of]);
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
  const layers = wires.flatMap(({ name, part, of }, i) => (isJoin(part) ? [] : [{ name, part, of, i }]));
  return netOf({
    name: 'graph',
    input,
    output: shapeOfWire({ input, wires }, output) ?? [],
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
  <W extends Wires, P extends GraphParameters, E extends Ends>(
    g: Graph<W, P, E> & (N extends keyof W ? unknown : NoSuchWire<`there is no wire '${N}'`>),
  ): Layer<Merged<P>, ShapeAt<W, 'input'>, ShapeAt<W, N>> =>
    // Parameters and shapes are those that the type has counted; the type tests hold that they agree.
    graphLayer(g.input, g.wires, name) as Layer<Merged<P>, ShapeAt<W, 'input'>, ShapeAt<W, N>>;
