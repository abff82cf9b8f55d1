/**
 * Networks of any wiring. A graph is built wire by wire, each the output of a layer or of a join of
 * the wires before it.
 */
import { type Features, fail, packingOf, sameShape, type Shape, type Shapes, showShape } from '../core';
import { type AnyLayer, type Join, type ParametersOf } from './layer';
import { isJoin } from './net';
import {
  type Ends,
  type FirstWires,
  type Graph,
  type GraphParameters,
  type InputOf,
  type Inputs,
  type NewName,
  type NoLayers,
  shapeOfWire,
  type Shares,
  type Takes,
  type TakesAll,
  type Ties,
  type Wire,
  type Wired,
  type Wires,
} from './wires';

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
 * Begins a graph: a network that you build wire by wire in a `pipe`.
 *
 * If `inputs` is a shape, there is one wire, `input`, which carries the input of the network. If it
 * is a record of shapes by names, or `features` of one, there is one wire for each name. The input
 * of the network is then one batch with their features one behind the other, in the order of the
 * names:
 *
 *     x[n] = (input_1[n], …, input_k[n])   [N, ∏S_1 + … + ∏S_k]
 *
 * `features(…).pack` makes that batch. The input never moves, so its parts are no variables of the
 * energy: links that read them cost as much as they would on an input of their own.
 *
 * Throws a `Fault` (`shape`) for a record without names, with a whole number as a name, or with an
 * invalid shape. If nothing reads an input, `output` and `outputs` throw one.
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
 * Adds a wire to a graph: the output of a layer that reads an earlier wire. The parameters of the
 * network hold those of the layer under the name of the wire.
 *
 * @param name the name of the new wire
 * @param layer the layer
 * @param from the wire that it reads
 * @throws a `Fault` (`shape`) if the wire `from` does not exist or carries another shape, or if
 *   `name` is taken. Where the compiler knows names and shapes, it is a compile error that says so
 *
 * @example pipe(graph([4]), bind('hidden', linear(4, 3), 'input'), output('hidden'))
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
 * Adds a wire that applies an earlier layer once more, to another wire: one layer at several
 * places, with one θ.
 *
 * The parameters of the network hold θ once, at the name under which you bound the layer first. Its
 * gradient is the sum over the places, and its implicit step stacks their design matrices.
 *
 * @param name the name of the new wire
 * @param of the name under which the layer is bound
 * @param from the wire that it reads this time
 * @throws a `Fault` (`shape`) as `bind` does, and also if no layer is bound at `of`
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
 * Ties weights: adds a wire that is the output of another layer, which takes the parameters of the
 * layer bound at `of`. The decoder of a tied autoencoder is `linearTransposed`, tied to the
 * `linear` of the encoder.
 *
 * @param name the name of the new wire
 * @param layer the layer that takes the parameters
 * @param of the name under which the layer that holds them is bound
 * @param from the wire that `layer` reads
 * @throws a `Fault` (`shape`) as `share` does, and also if the parameters of `layer` have other
 *   shapes. Parameters of another type are a compile error
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

/**
 * Adds a wire where others meet: the output of a join, such as `add` or `concat`.
 *
 * @param name the name of the new wire
 * @param join the join
 * @param from the wires that it reads, in the order of its inputs
 * @throws a `Fault` (`shape`) as `bind` does, or else it is a compile error
 *
 * @example pipe(graph([4]), bind('h', linear(4, 4), 'input'), meet('sum', add([4]), 'h', 'input'), output('sum'))
 */
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
