/** The wires of a graph that is being built, and what the compiler says of them. */
import { type Features, type Fits, type Shape, type Shapes, type ShowShape, type Tree } from '../core';
import { type ShapeMismatch } from './chain';
import { type Total } from './features';
import { type Part } from './layer';

/** The shape that each wire carries. */
export type Wires = Readonly<Record<string, Shape>>;

/** The parameters of the layers by the names of their wires. */
export type GraphParameters = Readonly<Record<string, Tree.Tree>>;

/** The input and the output of the layer of each wire. */
export type Ends = Readonly<Record<string, { readonly input: Shape; readonly output: Shape }>>;

/** One wire: the layer or join whose output it is, and the wires that this one reads. */
export interface Wire {
  /** The name of the wire. */
  readonly name: string;
  /** The layer or join whose output it is. */
  readonly part: Part;
  /** The names of the wires that the part reads. */
  readonly from: readonly string[];
  /** The wire whose parameters its layer takes, if they are not its own. */
  readonly of?: string;
}

declare const carried: unique symbol;

/** A network that is being built, without what its type knows. */
export interface Wired {
  /** The shape of the network's input. */
  readonly input: Shape;
  /** How named inputs lie in it; without names it is the wire `input`. */
  readonly inputs?: Features<Shapes>;
  /** The wires, in the order in which they were added. */
  readonly wires: readonly Wire[];
}

/**
 * A network that is being built: its wires so far. The type holds the shapes of the wires, the
 * parameters and ends of their layers, and the shape of the network's input.
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

/** The inputs of a network: a shape, shapes by names, or the packing of these. */
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
/** The layers of a graph without wires. */
export type NoLayers = { readonly [carried]?: never };

/**
 * The type that a name would have to be, in place of one that no layer is bound at: the compiler
 * shows its message.
 */
export interface NoSuchLayer<Message extends string> {
  /** The message. */
  readonly noSuchLayer: Message;
}

/**
 * Nothing, or the message that says why no layer of that name can be bound again behind that wire.
 */
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

/**
 * The type that a wire would have to be, in place of one that does not exist: the compiler shows
 * its message.
 */
export interface NoSuchWire<Message extends string> {
  /** The message. */
  readonly noSuchWire: Message;
}

/**
 * Nothing, or the message that says why a wire of that name cannot be read as a batch of that
 * shape.
 */
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
export const shapeOfWire = ({ input, inputs, wires }: Wired, name: string): Shape | undefined =>
  inputs === undefined
    ? name === 'input'
      ? input
      : wires.find((w) => w.name === name)?.part.output
    : inputs.names.includes(name)
      ? inputs.shapes[name]
      : wires.find((w) => w.name === name)?.part.output;
