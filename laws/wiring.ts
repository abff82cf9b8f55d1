/** Networks that branch, as data: random wirings of dense layers, activations, joins and blocks. */
import * as fc from 'fast-check';
import {
  add,
  type AnyLayer,
  bind,
  chainOfLayers,
  concat,
  type Graph,
  graph,
  type GraphParameters,
  linear,
  linearTransposed,
  meet,
  multiply,
  output,
  parallel,
  residual,
  share,
  tie,
  type Wires,
} from '../src';

/** What a wire is the output of. All wires but the input have one width. */
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

export interface WireCase {
  readonly kind: (typeof wireKinds)[number];
  /** The wires that it reads, by their remainder; a layer reads the first alone. */
  readonly from: readonly [number, number];
}

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

/**
 * A dense layer from the input to the common width, then the wires in their order; those that nothing reads are summed, and a
 * dense layer gives the outputs.
 */
export const wiredNet = (
  wires: readonly WireCase[],
  [inputs, width, outputs]: readonly [number, number, number],
  activation: (size: number) => AnyLayer,
): AnyLayer => {
  const begun: Built = {
    graph: bind('w0', linear(inputs, width), 'input')(graph<readonly number[]>([inputs])),
    names: ['w0'],
    unread: new Set(['w0']),
    dense: [],
  };
  const dense = (): AnyLayer => linear(width, width);
  const built = wires.reduce<Built>(({ graph: g, names, unread, dense: bound }, { kind, from }, i) => {
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
  const ends = [...built.unread];
  const sum = meet('sum', add<readonly number[], number>([width], ends.length), ...ends)(built.graph);
  return output('out')(bind('out', linear(width, outputs), 'sum')(sum));
};
