/**
 * Composition of layers: a category. `chain` is associative, because it keeps one flat list of
 * layers, and `chain()` of no layers is its unit. A chain of one shape into another is itself a
 * layer.
 */
import {
  type Batch,
  checkBatch,
  fail,
  inside,
  Key,
  sameShape,
  scope,
  type Fits,
  type Shape,
  showShape,
  type ShowShape,
  type Tree,
} from '../core';
import { type AnyLayer, type Layer, type ParametersOf } from './layer';
import { input, wired } from './net';

/** A layer made of layers; its parameters are the tuple of theirs. */
export interface Chain<Ls extends readonly AnyLayer[], I extends Shape, O extends Shape> extends Layer<
  ParametersOfAll<Ls>,
  I,
  O
> {
  /** The layers, in the order in which they run. */
  readonly layers: Ls;
}

/** The tuple of the layers' parameters. */
export type ParametersOfAll<Ls extends readonly AnyLayer[]> = {
  readonly [K in keyof Ls]: ParametersOf<Ls[K]>;
};

/** A chain of any layers. */
export type AnyChain = Chain<readonly AnyLayer[], Shape, Shape>;

/**
 * The layers of a list in which chains stand for their layers. What was done already is carried
 * along: recursion of this form is a loop to the compiler, which takes lists of hundreds.
 */
export type Flat<
  Ls extends readonly AnyLayer[],
  Done extends readonly AnyLayer[] = readonly [],
> = Ls extends readonly [infer First extends AnyLayer, ...infer Rest extends readonly AnyLayer[]]
  ? Flat<Rest, readonly [...Done, ...LayersOf<First>]>
  : Ls extends readonly []
    ? Done
    : readonly AnyLayer[];

type LayersOf<L extends AnyLayer> = L extends { readonly layers: infer Inner extends readonly AnyLayer[] }
  ? Inner
  : readonly [L];

/**
 * The type that a layer would have to be, in place of one that does not fit: the compiler shows its
 * message.
 */
export interface ShapeMismatch<Message extends string> {
  /** The message. */
  readonly shapeMismatch: Message;
}

/**
 * Each layer as it is, or a `ShapeMismatch` in the place of one that does not take its
 * predecessor's output: of the list that begins one place later, the element in a layer's place is
 * its predecessor.
 */
export type Fitting<Ls extends readonly AnyLayer[]> = {
  readonly [K in keyof Ls]: Ls[K] & After<readonly [unknown, ...Ls], K, Ls[K]>;
};

type After<Predecessors, K, L extends AnyLayer> = K extends keyof Predecessors
  ? Predecessors[K] extends AnyLayer
    ? Fits<Predecessors[K]['output'], L['input']> extends true
      ? unknown
      : ShapeMismatch<`this layer expects ${ShowShape<L['input']>}, but the one before it gives ${ShowShape<Predecessors[K]['output']>}`>
    : unknown
  : unknown;

type FirstInput<Ls extends readonly AnyLayer[]> = Ls extends readonly [infer A extends AnyLayer, ...unknown[]]
  ? A['input']
  : Shape;
type LastOutput<Ls extends readonly AnyLayer[]> = Ls extends readonly [...unknown[], infer Z extends AnyLayer]
  ? Z['output']
  : Shape;

/** The chain that these layers make. */
export type ChainOf<Ls extends readonly AnyLayer[]> = Chain<Flat<Ls>, FirstInput<Ls>, LastOutput<Ls>>;

/** Whether a layer is a chain of layers. */
export const isChain = (l: AnyLayer): l is AnyChain => 'layers' in l;

/** The output of the i-th layer of a list; what it makes on the way is freed. */
const outputOfLayer = (l: AnyLayer, i: number, parameters: readonly Tree.Tree[], x: Batch): Batch => {
  const place = `layer ${i} (${l.name})`;
  const p = parameters[i] ?? fail('shape', `layers.${i} (${l.name})`, 'parameters', 'none');
  return inside(place, () => scope(() => l.forward(p, x)));
};

/**
 * The activations x[0], …, x[L] of a list of layers: the input, then the output of every layer. An
 * error inside a layer becomes a `Fault` that names the layer by its number in the list.
 */
export const activationsOf = (
  layers: readonly AnyLayer[],
  parameters: readonly Tree.Tree[],
  x: Batch,
): readonly Batch[] => {
  const out: Batch[] = [x];
  layers.forEach((l, i) => {
    out.push(outputOfLayer(l, i, parameters, out[i] ?? x));
  });
  return out;
};

/**
 * Composes layers that are known only at run time, as `chain` does for lists that the compiler
 * knows.
 *
 * @param parts the layers, the first one first. Chains among them are flattened; an empty list is
 *   the identity
 * @throws a `Fault` (`shape`) that names the first layer whose input is not the output of the one
 *   before
 *
 * @example chainOfLayers([linear(4, 3), relu(3)])
 */
export const chainOfLayers = (parts: readonly AnyLayer[]): AnyChain => {
  const layers = parts.flatMap((l) => (isChain(l) ? l.layers : [l]));
  layers.forEach((l, i) => {
    const before = layers[i - 1];
    if (before !== undefined && !sameShape(before.output, l.input))
      fail(
        'shape',
        `chain.${i} (${l.name})`,
        `the input ${showShape(l.input)} of this layer`,
        `the output ${showShape(before.output)} of ${before.name}`,
      );
  });
  const [first, last] = [layers[0], layers.at(-1)];
  const random = layers.some((l) => l.training !== undefined);
  return {
    name: layers.length === 0 ? 'identity' : layers.map((l) => l.name).join(' → '),
    layers,
    input: first?.input ?? [],
    output: last?.output ?? [],
    nodes: layers.reduce((all, l, i) => wired(all, all.output, l, [i]), input).nodes,
    init: (key) => layers.map((l, i) => l.init(Key.fold(key, i))),
    forward: (parameters, x) =>
      scope(() => {
        const given: Batch = first === undefined ? x : checkBatch('chain.input', first.input, x);
        return layers.reduce((before, l, i) => {
          const y = outputOfLayer(l, i, parameters, before);
          // A layer may give its input back.
          if (before !== given && before !== y) before.dispose();
          return y;
        }, given);
      }),
    ...(random
      ? {
          training: (key: Key.Key) =>
            chainOfLayers(layers.map((l, i) => l.training?.(Key.fold(key, i)) ?? l)),
        }
      : {}),
  };
};

/**
 * Composes layers: `chain(f, g)` is x ↦ g(f(x)), and its parameters are the tuple of theirs.
 *
 * Composition is associative. Chains inside of a chain are flattened, so `chain(chain(f, g), h)`,
 * `chain(f, chain(g, h))` and `chain(f, g, h)` are the same chain, and `chain()` is the identity.
 *
 * @param layers the layers, the first one first
 * @throws a `Fault` (`shape`) that names the first layer which does not take the output of the one
 *   before. Where the compiler knows both shapes, it is a compile error that shows them
 *
 * @example
 * const net = chain(linear(784, 256), relu(256), linear(256, 10));
 * const parameters = net.init(Key.key(1)); // readonly [LinearParameters, {}, LinearParameters]
 * const y = net.forward(parameters, x); // Batch<[10]>
 */
export const chain = <const Ls extends readonly AnyLayer[]>(...layers: Fitting<Ls>): ChainOf<Ls> =>
  // The types of the layers are computed above from the same list; the type tests hold that they agree.
  chainOfLayers(layers) as ChainOf<Ls>;

/**
 * Composes layers in a `pipe`: `pipe(f, followedBy(g))` is `chain(f, g)`.
 *
 * It is not called `then`: JavaScript takes a module with an export of that name for a promise, and
 * importing it never ends.
 *
 * @param next the layer that follows, or a function of a shape that makes it, such as `relu`: it
 *   gets the output shape of the layer before
 * @throws a `Fault` (`shape`) as `chain` does, or else it is a compile error
 *
 * @example pipe(linear(784, 256), followedBy(relu), followedBy(linear(256, 10)))
 */
export function followedBy<L extends AnyLayer, N extends AnyLayer>(
  next: (input: L['output']) => N,
): (before: L) => ChainOf<readonly [L, N]>;
export function followedBy<N extends AnyLayer>(
  next: N,
): <const L extends AnyLayer>(before: L & Preceding<L, N>) => ChainOf<readonly [L, N]>;
export function followedBy(next: AnyLayer | ((input: Shape) => AnyLayer)): (before: AnyLayer) => AnyChain {
  return (before) => chainOfLayers([before, typeof next === 'function' ? next(before.output) : next]);
}

/** What has to come before a layer: one whose output it takes, or else the message that says so. */
type Preceding<L extends AnyLayer, N extends AnyLayer> =
  Fits<L['output'], N['input']> extends true
    ? unknown
    : ShapeMismatch<`the next layer expects ${ShowShape<N['input']>}, but this one gives ${ShowShape<L['output']>}`>;
