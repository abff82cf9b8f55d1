/**
 * Networks of any wiring: a graph is built wire by wire, each the output of a layer or of a join of the wires before it.
 */
import { concat as concatTensors, reshape } from '@tensorflow/tfjs-core';
import {
  type Features,
  fail,
  type Fits,
  Key,
  packingOf,
  sameShape,
  type Shape,
  type Shapes,
  showPath,
  showShape,
  type ShowShape,
  sizeOf,
  type Tree,
} from '../core';
import { type ShapeMismatch } from './chain';
import { inTraining } from './dropout';
import { type FeaturesOf, type Total } from './features';
import { join } from './joins';
import {
  type AnyJoin,
  type AnyLayer,
  type Join,
  type Layer,
  type Node,
  type ParametersOf,
  type Part,
} from './layer';
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

/** A network that is being built, without what its type knows. */
interface Wired {
  /** The shape of the network's input. */
  readonly input: Shape;
  /** How named inputs lie in it; without names it is the wire `input`. */
  readonly inputs?: Features<Shapes>;
  readonly wires: readonly Wire[];
}

/**
 * A network that is being built: its wires so far. The type knows their shapes, the parameters and ends of their layers, and the
 * shape of the network's input.
 */
export interface Graph<
  W extends Wires,
  P extends GraphParameters,
  E extends Ends = Ends,
  I extends Shape = Shape,
> extends Wired {
  readonly [carried]?: {
    readonly wires: W;
    readonly parameters: P;
    readonly ends: E;
    readonly input: I;
  };
}

/** What a network takes: a shape, shapes by names, or the packing of these. */
export type Inputs = Shape | Shapes | Features<Shapes>;

/** The wires that a graph begins with. */
export type FirstWires<I> = I extends Shape
  ? { readonly input: I }
  : I extends Features<infer S>
    ? S
    : I extends Shapes
      ? I
      : never;

/** The shape of the network's input. */
export type InputOf<I> = I extends Shape
  ? I
  : I extends Features<Shapes, infer F>
    ? F
    : I extends Shapes
      ? readonly [Total<I>]
      : never;

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

/** What a wire carries; nothing where there is none of that name. */
const shapeOfWire = ({ input, inputs, wires }: Wired, name: string): Shape | undefined =>
  inputs === undefined
    ? name === 'input'
      ? input
      : wires.find((w) => w.name === name)?.part.output
    : inputs.names.includes(name)
      ? inputs.shapes[name]
      : wires.find((w) => w.name === name)?.part.output;

const extended = (graph: Wired, wire: Wire, wanted: readonly Shape[]): Wired => {
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
  return { ...graph, wires: [...graph.wires, wire] };
};

const isShape = (inputs: Inputs): inputs is Shape => Array.isArray(inputs);

const isPacking = (inputs: Shapes | Features<Shapes>): inputs is Features<Shapes> =>
  typeof inputs['pack'] === 'function';

const begun = (inputs: Inputs): Wired => {
  if (isShape(inputs)) return { input: inputs, wires: [] };
  const packing = isPacking(inputs) ? inputs : packingOf('graph', inputs);
  return { input: packing.shape, inputs: packing, wires: [] };
};

/**
 * A graph of its inputs alone. Of a shape there is one wire, `input`, which carries the network's input. Of shapes by names, or of
 * `features` of them, there is one wire for each name, and the network's input is one batch in which their features lie one
 * behind the other, in the order of the names:
 *
 *     x[n] = (input_1[n], …, input_k[n])   [N, ∏S_1 + … + ∏S_k]
 *
 * `features(…).pack` makes that batch. The input never moves, so that its parts are no variables of the energy: links that read
 * them cost what they would cost on an input of their own. An input that nothing reads is a `Fault` `shape`.
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
 *
 * @example
 * const inputs = features({ image: [784], age: [1] });
 * const net = pipe(
 *   graph(inputs),
 *   bind('seen', linear(784, 64), 'image'),
 *   meet('both', concat([64], [1]), 'seen', 'age'),
 *   bind('out', linear(65, 10), 'both'),
 *   output('out'),
 * ); // of the input [785]
 */
export const graph = <const I extends Inputs>(
  inputs: I,
): Graph<FirstWires<I>, NoLayers, NoLayers, InputOf<I>> => begun(inputs);

/**
 * A wire that is the output of a layer, which reads the wire `from`. The layer's parameters get the wire's name. A wire that
 * does not exist, or carries another shape, is a compile error that says so, or a `Fault` `shape`.
 */
export const bind =
  <const N extends string, L extends AnyLayer, const From extends string>(name: N, layer: L, from: From) =>
  <W extends Wires, P extends GraphParameters, E extends Ends, I extends Shape>(
    g: Graph<W, P, E, I> & Takes<W, From, L['input']> & NewName<W, N>,
  ): Graph<
    W & { readonly [K in N]: L['output'] },
    P & { readonly [K in N]: ParametersOf<L> },
    E & { readonly [K in N]: Pick<L, 'input' | 'output'> },
    I
  > =>
    extended(g, { name, part: layer, from: [from] }, [layer.input]);

/** The wire that an earlier name stands for as a bound layer: it holds the parameters. */
const boundAt = (
  { wires }: Pick<Wired, 'wires'>,
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
  <W extends Wires, P extends GraphParameters, E extends Ends, I extends Shape>(
    g: Graph<W, P, E, I> & Shares<W, E, Of, From> & NewName<W, N>,
  ): Graph<W & { readonly [K in N]: E[Of]['output'] }, P, E & { readonly [K in N]: E[Of] }, I> => {
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
  <W extends Wires, P extends GraphParameters, E extends Ends, I extends Shape>(
    g: Graph<W, P, E, I> & Ties<P, Of, ParametersOf<L>> & Takes<W, From, L['input']> & NewName<W, N>,
  ): Graph<
    W & { readonly [K in N]: L['output'] },
    P,
    E & { readonly [K in N]: Pick<L, 'input' | 'output'> },
    I
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
  <W extends Wires, P extends GraphParameters, E extends Ends, I extends Shape>(
    g: Graph<W, P, E, I> & TakesAll<W, From, Is> & NewName<W, N>,
  ): Graph<W & { readonly [K in N]: O }, P, E, I> =>
    extended(g, { name, part: join, from }, join.inputs);

/** The shape that a wire carries. */
type ShapeAt<W extends Wires, N extends string> = W[N] extends infer S extends Shape ? S : never;

/** Parameters as one record. */
type Merged<P> = { readonly [K in keyof P & string]: P[K] };

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
const nodesOfWires = (graph: Wired): Numbered =>
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
const checkRead = ({ inputs, wires }: Wired, ends: readonly string[]): void => {
  const read = new Set([...ends, ...wires.flatMap(({ from }) => from)]);
  for (const name of [...(inputs?.names ?? []), ...wires.map((w) => w.name)])
    if (!read.has(name))
      fail('shape', `graph.${name}`, 'a wire that the output depends on', 'one that nothing reads');
};

/** The network of these nodes, the last of which gives the output. */
const netOfNodes = (graph: Wired, nodes: readonly Node[], end: (graph: Wired) => AnyLayer, output: Shape) => {
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

const graphLayer = (graph: Wired, output: string): AnyLayer => {
  const { nodes, at } = nodesOfWires(graph);
  const end = at.get(output) ?? fail('shape', 'graph.output', 'a wire that is there', `'${output}'`);
  checkRead(graph, [output]);
  if (end !== nodes.length)
    fail('shape', 'graph.output', `the last wire, which nothing reads`, `'${output}', which others read`);
  return netOfNodes(graph, nodes, (drawn) => graphLayer(drawn, output), shapeOfWire(graph, output) ?? []);
};

/**
 * The network whose output is that wire: a layer like any other, with the layers' parameters by the names of their wires. A wire
 * that does not exist is a compile error that says so; one that nothing reads, and an output that others read, are a `Fault`
 * `shape`.
 */
export const output =
  <const N extends string>(name: N) =>
  <W extends Wires, P extends GraphParameters, E extends Ends, I extends Shape>(
    g: Graph<W, P, E, I> & (N extends keyof W ? unknown : NoSuchWire<`there is no wire '${N}'`>),
  ): Layer<Merged<P>, I, ShapeAt<W, N>> =>
    // Parameters and shapes are those that the type has counted; the type tests hold that they agree.
    graphLayer(g, name) as Layer<Merged<P>, I, ShapeAt<W, N>>;

/** A network of several outputs, and how they lie in its output. */
interface WithOutputs {
  readonly net: AnyLayer;
  readonly outputs: Features<Shapes>;
}

/** The outputs of all wires, flattened, one behind the other. */
const packed = (outputs: Features<Shapes>): AnyJoin =>
  join<readonly Shape[], Shape>({
    name: 'outputs',
    inputs: outputs.names.map((name) => outputs.shapes[name] ?? []),
    output: outputs.shape,
    forward: (xs) =>
      concatTensors(
        xs.map((x) => reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))])),
        1,
      ),
    slope: () => 1,
  });

const graphOfOutputs = (graph: Wired, names: readonly string[]): WithOutputs => {
  const { nodes, at } = nodesOfWires(graph);
  const ends = names.map(
    (name) => at.get(name) ?? fail('shape', 'graph.outputs', 'a wire that is there', `'${name}'`),
  );
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail('shape', 'graph.outputs', 'each wire once', `'${twice}' twice`);
  checkRead(graph, names);
  const outputs = packingOf(
    'outputs',
    Object.fromEntries(names.map((name) => [name, shapeOfWire(graph, name) ?? []])),
  );
  const end = met({ nodes }, packed(outputs), ends);
  const named = end.nodes.map((node, i) => (i < nodes.length ? node : { ...node, name: 'outputs' }));
  const net = netOfNodes(graph, named, (drawn) => graphOfOutputs(drawn, names).net, outputs.shape);
  return { net, outputs };
};

/** The shapes of the wires of these names. */
type Named<W extends Wires, N extends readonly string[]> = {
  readonly [K in N[number]]: ShapeAt<W, K>;
};

/** Nothing, or the message that says which name is no wire, or is there twice. */
export type AreWires<W extends Wires, N extends readonly string[]> = N extends readonly [
  infer F extends string,
  ...infer Fs extends readonly string[],
]
  ? string extends F
    ? unknown
    : F extends keyof W
      ? F extends Fs[number]
        ? NoSuchWire<`the output '${F}' is named twice`>
        : AreWires<W, Fs>
      : NoSuchWire<`there is no wire '${F}'`>
  : unknown;

/** A network of several outputs: a layer whose output has them one behind the other, as `outputs` packs them. */
export type NetOfOutputs<P extends Tree.Tree, I extends Shape, S extends Shapes> = Layer<
  P,
  I,
  readonly [Total<S>]
> & { readonly outputs: FeaturesOf<S> };

/**
 * The network whose output is all of these wires, flattened, one behind the other in this order:
 *
 *     y[n] = (wire_1[n], …, wire_k[n])   [N, ∏S_1 + … + ∏S_k]
 *
 * Its `outputs` takes them apart again, and `onOutputs` has a loss for each. They may be read by other wires too. The loss follows
 * the join of all, so that the layers below it are links below the last: ProxProp has an implicit step on each. Errors as of
 * `output`, and a name that is there twice.
 *
 * @example
 * const net = pipe(
 *   graph([784]),
 *   bind('h', chain(linear(784, 64), relu(64)), 'input'),
 *   bind('digit', linear(64, 10), 'h'),
 *   bind('slant', linear(64, 1), 'h'),
 *   outputs('digit', 'slant'),
 * ); // of the output [11]
 * const { digit, slant } = net.outputs.unpack(net.forward(parameters, x)); // [N, 10], [N, 1]
 */
export const outputs =
  <const N extends readonly [string, ...string[]]>(...names: N) =>
  <W extends Wires, P extends GraphParameters, E extends Ends, I extends Shape>(
    g: Graph<W, P, E, I> & AreWires<W, N>,
  ): NetOfOutputs<Merged<P>, I, Named<W, N>> => {
    const { net, outputs: packing } = graphOfOutputs(g, names);
    // As of `output`.
    return { ...net, outputs: packing } as unknown as NetOfOutputs<Merged<P>, I, Named<W, N>>;
  };
