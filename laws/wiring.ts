/** Networks that branch, as data: random wirings of dense layers, activations, joins and blocks. */
import * as fc from 'fast-check';
import {
  add,
  type AnyLayer,
  bind,
  chainOfLayers,
  concat,
  type Features,
  flatten,
  type Graph,
  graph,
  type GraphParameters,
  linear,
  linearTransposed,
  meet,
  multiply,
  output,
  outputs,
  parallel,
  reshape,
  residual,
  type Shape,
  type Shapes,
  share,
  tie,
  type Wires,
} from '../src';

/**
 * The kinds of wires, by the layer or join whose output they are. All wires but the input have one
 * width.
 */
export const wireKinds = [
  'dense',
  'activation',
  'add',
  'multiply',
  'concat',
  'residual',
  'parallel',
  'shared',
  'tied',
] as const;

/** A wire of a random graph: its layer or join, and the wires that it reads. */
export interface WireCase {
  readonly kind: (typeof wireKinds)[number];
  /** The wires that it reads, by their remainder; a layer reads the first alone. */
  readonly from: readonly [number, number];
}

/**
 * Draws lists of wires, each of which reads earlier ones, as data.
 *
 * @param most how many wires at most; at least there are two
 *
 * @example sample(wirings(3), 2).every((wires) => wires.length <= 3) // true
 */
export const wirings = (most: number): fc.Arbitrary<readonly WireCase[]> =>
  fc.array(fc.record({ kind: fc.constantFrom(...wireKinds), from: fc.tuple(fc.nat(1000), fc.nat(1000)) }), {
    minLength: 2,
    maxLength: most,
  });

/** A graph of wires whose shapes are known at run time alone. */
type AnyGraph = Graph<Wires, GraphParameters>;

interface Built {
  readonly graph: AnyGraph;
  /** The wires of the common width. */
  readonly names: readonly string[];
  readonly unread: ReadonlySet<string>;
  /** Wires of dense layers on the common width: what others share the parameters of. */
  readonly dense: readonly string[];
}

const layer = (l: AnyLayer): AnyLayer => l;

/** What is there so far, and the wires in their order behind it. */
const grown = (
  begun: Built,
  wires: readonly WireCase[],
  width: number,
  activation: (size: number) => AnyLayer,
): Built => {
  const dense = (): AnyLayer => linear(width, width);
  return wires.reduce<Built>(({ graph: g, names, unread, dense: bound }, { kind, from }, i) => {
    const name = `w${i + 1}`;
    const [a = 'w0', b = 'w0'] = from.map((n) => names[n % names.length] ?? 'w0');
    const left = new Set([...unread].filter((w) => w !== a && w !== b));
    const earlier = bound[from[1] % Math.max(1, bound.length)];
    const to = (next: AnyGraph, reads: readonly string[]): Built => ({
      graph: next,
      dense: kind === 'dense' || (kind === 'shared' && earlier === undefined) ? [...bound, name] : bound,
      names: [...names, name],
      unread: new Set([...unread].filter((w) => !reads.includes(w)).concat(name)),
    });
    switch (kind) {
      case 'dense':
        return to(bind(name, dense(), a)(g), [a]);
      case 'shared':
        return to(earlier === undefined ? bind(name, dense(), a)(g) : share(name, earlier, a)(g), [a]);
      case 'tied':
        return to(
          earlier === undefined
            ? bind(name, activation(width), a)(g)
            : tie(name, layer(linearTransposed(width, width)), earlier, a)(g),
          [a],
        );
      case 'activation':
        return to(bind(name, activation(width), a)(g), [a]);
      case 'residual':
        return to(bind(name, residual(chainOfLayers([dense(), activation(width), dense()])), a)(g), [a]);
      case 'parallel':
        return to(bind(name, parallel('sum', dense(), chainOfLayers([activation(width), dense()])), a)(g), [
          a,
        ]);
      case 'add':
        return to(meet(name, add<readonly number[]>([width]), a, b)(g), [a, b]);
      case 'multiply':
        return to(meet(name, multiply<readonly number[]>([width]), a, b)(g), [a, b]);
      case 'concat': {
        const both = meet(`${name}both`, concat<readonly (readonly number[])[]>([width], [width]), a, b)(g);
        return {
          ...to(bind(name, linear(2 * width, width), `${name}both`)(both), [a, b]),
          unread: new Set([...left, name]),
        };
      }
      default:
        return kind satisfies never;
    }
  }, begun);
};

/** The sum of the wires that nothing reads, as the wire `sum`. */
const summed = ({ graph: g, unread }: Built, width: number): AnyGraph =>
  meet('sum', add<readonly number[], number>([width], unread.size), ...unread)(g);

/**
 * Builds a network that branches: a dense layer from the input to the common width, then the wires
 * in their order. Wires that nothing reads are summed, and a dense layer gives the outputs. It
 * throws a `Fault` (`shape`) for a size that is not a whole number of at least 1.
 *
 * @param wires the wires, as data
 * @param sizes the features of the input, the common width, and the features of the output
 * @param activation the activation of a width
 *
 * @example wiredNet([{ kind: 'add', from: [0, 0] }], [4, 3, 2], tanh).output // [2]
 */
export const wiredNet = (
  wires: readonly WireCase[],
  [inputs, width, ends]: readonly [number, number, number],
  activation: (size: number) => AnyLayer,
): AnyLayer => {
  const begun: Built = {
    graph: bind('w0', linear(inputs, width), 'input')(graph<readonly number[]>([inputs])),
    names: ['w0'],
    unread: new Set(['w0']),
    dense: [],
  };
  const sum = summed(grown(begun, wires, width, activation), width);
  return output('out')(bind('out', linear(width, ends), 'sum')(sum));
};

/**
 * The inputs of `namedNet`: `left`, with so many features, and `right`, a small image.
 *
 * @param inputs the features of `left`
 *
 * @example namedInputs(4).right // [2, 2]
 */
export const namedInputs = (inputs: number): { readonly left: Shape; readonly right: Shape } => ({
  left: [inputs],
  right: [2, 2],
});

/**
 * Builds a network that branches with two inputs and two outputs. Dense layers take each input to
 * the common width, one of them a second time. The output `first` is as that of `wiredNet`;
 * `second` [3, 1] comes from a wire that is not the last. It throws as `wiredNet` does.
 *
 * @param wires the wires, as data
 * @param sizes the features of `left`, the common width, and the features of `first`
 * @param activation the activation of a width
 *
 * @example namedNet([{ kind: 'add', from: [0, 1] }], [4, 3, 2], tanh).output // [5]
 */
export const namedNet = (
  wires: readonly WireCase[],
  [inputs, width, ends]: readonly [number, number, number],
  activation: (size: number) => AnyLayer,
): AnyLayer & { readonly outputs: Features<Shapes> } => {
  const left = bind('w0', linear(inputs, width), 'left')(graph<Shapes>(namedInputs(inputs)));
  const right = bind(
    'flat',
    layer(flatten<Shape>([2, 2])),
    'right',
  )(bind('again', linear(inputs, width), 'left')(left));
  const begun: Built = {
    graph: bind('v0', linear(4, width), 'flat')(right),
    names: ['w0', 'v0', 'again'],
    unread: new Set(['w0', 'v0', 'again']),
    dense: [],
  };
  const built = grown(begun, wires, width, activation);
  const first = bind('first', linear(width, ends), 'sum')(summed(built, width));
  const value = bind(
    'value',
    linear(width, 3),
    built.names[wires.length % built.names.length] ?? 'w0',
  )(first);
  return outputs(
    'first',
    'second',
  )(bind('second', layer(reshape<Shape, Shape>([3], [3, 1])), 'value')(value));
};
