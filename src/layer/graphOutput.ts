/** The end of a graph: the network whose output is one of its wires, or several of them. */
import { concat, reshape } from '@tensorflow/tfjs-core';
import { type Features, fail, packingOf, type Shape, type Shapes, sizeOf, type Tree } from '../core';
import { type FeaturesOf, type Total } from './features';
import { checkRead, netOfNodes, nodesOfWires } from './graphNodes';
import { join } from './joins';
import { type AnyJoin, type AnyLayer, type Layer } from './layer';
import { met } from './net';
import {
  type Ends,
  type Graph,
  type GraphParameters,
  type NoSuchWire,
  shapeOfWire,
  type Wired,
  type Wires,
} from './wires';

/** The shape that a wire carries. */
type ShapeAt<W extends Wires, N extends string> = W[N] extends infer S extends Shape ? S : never;

/** Parameters as one record. */
type Merged<P> = { readonly [K in keyof P & string]: P[K] };

const graphLayer = (graph: Wired, output: string): AnyLayer => {
  const { nodes, at } = nodesOfWires(graph);
  const end = at.get(output) ?? fail('shape', 'graph.output', 'a wire that is there', `'${output}'`);
  checkRead(graph, [output]);
  if (end !== nodes.length)
    fail('shape', 'graph.output', `the last wire, which nothing reads`, `'${output}', which others read`);
  return netOfNodes(graph, nodes, (drawn) => graphLayer(drawn, output), shapeOfWire(graph, output) ?? []);
};

/**
 * Ends a graph: the network whose output is one of its wires. It is a layer like any other, and
 * holds the parameters of its layers under the names of their wires.
 *
 * @param name the wire, which has to be the last one
 * @throws a `Fault` (`shape`) if the wire does not exist, if another wire reads it, or if nothing
 *   reads one of the others. A name that the compiler does not find is a compile error
 *
 * @example pipe(graph([4]), bind('hidden', linear(4, 3), 'input'), output('hidden'))
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
      concat(
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
type AreWires<W extends Wires, N extends readonly string[]> = N extends readonly [
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

/**
 * A network of several outputs: a layer whose output holds them one behind the other, as `outputs`
 * packs them.
 */
export type NetOfOutputs<P extends Tree.Tree, I extends Shape, S extends Shapes> = Layer<
  P,
  I,
  readonly [Total<S>]
> & { readonly outputs: FeaturesOf<S> };

/**
 * Ends a graph with several outputs: the network whose output is all of these wires, flattened, one
 * behind the other in this order.
 *
 *     y[n] = (wire_1[n], …, wire_k[n])   [N, ∏S_1 + … + ∏S_k]
 *
 * The `outputs` of the network take y apart again, and `onOutputs` gives each of them a loss. Other
 * wires may read these wires too. The loss follows the join of all outputs, so the layers before it
 * are links below the last one, and ProxProp has an implicit step on each.
 *
 * @param names the wires
 * @throws a `Fault` as `output` does, and also if a name is there twice
 *
 * @example
 * const net = pipe(
 *   graph([784]),
 *   bind('h', chain(linear(784, 64), relu(64)), 'input'),
 *   bind('digit', linear(64, 10), 'h'),
 *   bind('slant', linear(64, 1), 'h'),
 *   outputs('digit', 'slant'),
 * ); // of the output [11]
 * const y = net.forward(net.init(Key.key(1)), x);
 * const { digit, slant } = net.outputs.unpack(y); // [N, 10], [N, 1]
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
