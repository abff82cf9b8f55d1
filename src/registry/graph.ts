/**
 * Graphs as data: a list of wires, each the output of layers behind another wire, of layers that
 * share or tie the parameters of an earlier wire, or of a join of several wires.
 *
 *     { "name": "up",    "from": "input", "layers": [{ "layer": "linear", "units": 64 }] }
 *     { "name": "again", "from": "up",    "share": "up" }
 *     { "name": "down",  "from": "up",    "tie": "up", "layers": [{ "layer": "linearTransposed", "units": 784 }] }
 *     { "name": "sum",   "from": ["up", "again"], "join": "add" }
 */
import { fail, type Shape } from '../core';
import {
  add,
  type AnyJoin,
  type AnyLayer,
  attend,
  bind,
  concat,
  graph,
  type Graph,
  type GraphParameters,
  meet,
  multiply,
  output as outputOf,
  share,
  tie,
  type Wires,
} from '../layer';
import { checked, type Closed, closed, type Codec, either, flag, listOf, oneOf, text } from './codec';
import { type LayerConfig, type LayerPlace } from './entry';
import { one, sequence } from './sizes';

const JOINS = ['add', 'concat', 'multiply', 'attend'] as const;

/** The codec of a wire. */
export const wire = (layers: Codec<readonly LayerConfig[]>) =>
  checked(
    closed(
      'a wire',
      { name: text, from: either('a wire, or a list of wires', text, listOf(text)) },
      { layers, share: text, tie: text, join: oneOf(...JOINS), heads: one, causal: flag },
    ),
    ({ layers: own, share: shared, tie: tied, join }) => {
      const ways = [
        own !== undefined && tied === undefined,
        shared,
        tied !== undefined && own !== undefined,
        join,
      ];
      return ways.filter((way) => way !== undefined && way !== false).length === 1
        ? undefined
        : 'a wire with layers, share, tie and layers, or join';
    },
  );

type WireConfig = Closed<
  { readonly name: Codec<string>; readonly from: Codec<string | readonly string[]> },
  {
    readonly layers: Codec<readonly LayerConfig[]>;
    readonly share: Codec<string>;
    readonly tie: Codec<string>;
    readonly join: Codec<(typeof JOINS)[number]>;
    readonly heads: Codec<number>;
    readonly causal: Codec<boolean>;
  }
>;

/** The join of that name for inputs of these shapes. */
const joinOf = (
  path: string,
  name: (typeof JOINS)[number],
  shapes: readonly Shape[],
  options: { readonly heads?: number; readonly causal?: boolean },
): AnyJoin => {
  const [first = []] = shapes;
  switch (name) {
    case 'add':
      return add(first, shapes.length);
    case 'concat':
      return concat(...shapes);
    case 'multiply':
      return multiply(first);
    case 'attend':
      return attend(...sequence(path, first), options);
  }
};

/** The network of the wires; a `Fault` `options` or `shape` names the wire that does not fit. */
export const buildGraph = (wires: readonly WireConfig[], output: string, place: LayerPlace): AnyLayer => {
  const shapes = new Map<string, Shape>([['input', place.input]]);
  let net: Graph<Wires, GraphParameters> = graph(place.input);
  wires.forEach(({ name, from, layers, share: shared, tie: tied, join, heads, causal }, i) => {
    const path = `${place.path}.wires.${i}`;
    const read = typeof from === 'string' ? [from] : from;
    const inputs = read.map(
      (wireName) =>
        shapes.get(wireName) ??
        fail(
          'options',
          `${path}.from`,
          `a wire before it: ${[...shapes.keys()].join(', ')}`,
          `"${wireName}"`,
        ),
    );
    if (shapes.has(name)) fail('options', `${path}.name`, 'a name of its own', `"${name}" again`);
    if (join !== undefined) {
      const meeting = joinOf(path, join, inputs, {
        ...(heads === undefined ? {} : { heads }),
        ...(causal === undefined ? {} : { causal }),
      });
      net = meet(name, meeting, ...read)(net);
      shapes.set(name, meeting.output);
      return;
    }
    const [only = '', ...others] = read;
    if (others.length > 0) fail('options', `${path}.from`, 'one wire', `${read.length}`);
    const part =
      layers === undefined ? undefined : place.nested(`wires.${i}.layers`, layers, inputs[0] ?? []);
    if (part === undefined) {
      const of = shared ?? '';
      net = share(name, of, only)(net);
      shapes.set(name, shapes.get(of) ?? []);
    } else {
      net = tied === undefined ? bind(name, part, only)(net) : tie(name, part, tied, only)(net);
      shapes.set(name, part.output);
    }
  });
  return outputOf(output)(net);
};
