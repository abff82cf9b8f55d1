/**
 * Layers: a layer is a pure typed function `parameters → batch<I> → batch<O>`. Only the forward
 * function is ever written by hand: gradients come from autodiff, implicit steps from the energy.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import {
  type Batch,
  checkBatch,
  checkShape,
  explaining,
  fail,
  isTensor,
  type Key,
  type Path,
  sameShape,
  scope,
  type Shape,
  showShape,
  type Tree,
} from '../core';
import { type Design } from '../solver';

/**
 * The minimisation of an implicit step over the input of a layer that acts on each number alone,
 * y = h(x).
 */
export interface Elementwise {
  /**
   * The u that minimise ½(h(u) − a)² + c/2·(u − b)², number by number, in closed form; a and b have
   * the shape of the layer, and c > 0. Without it, a safeguarded Newton iteration finds them.
   */
  readonly minimiser?: (a: Tensor, b: Tensor, c: number) => Tensor;
}

/**
 * Buffers: numbers that a layer keeps of the batches of training, such as running means. They are
 * among its parameters, so files hold them too; they have no gradient, and no optimizer moves them.
 */
export interface Buffers<P extends Tree.Tree, I extends Shape> {
  /** Their names in the record of parameters. */
  readonly names: readonly string[];
  /** The next buffers, by name, after a batch [N, ...I] of training. A pure function. */
  next(parameters: P, x: Batch<I>): Readonly<Record<string, Tensor>>;
}

/**
 * A layer: a pure function of parameters and a batch, [N, ...I] → [N, ...O]. `layer` makes one from
 * its parts and checks it.
 */
export interface Layer<P extends Tree.Tree, I extends Shape, O extends Shape> {
  /** The name in messages and tables, such as `linear`. */
  readonly name: string;
  /** Shape of one input, without the batch axis. */
  readonly input: I;
  /** Shape of one output, without the batch axis. */
  readonly output: O;
  // Methods, not function properties: TypeScript compares the parameters of methods in both directions, and
  // so a list may hold layers of different parameters. `chain` alone applies layers from such a list, each to
  // its own parameters.
  /** Draws new parameters: equal keys give equal parameters. */
  init(key: Key.Key): P;
  /**
   * Optional, for parameters that are one record of float32 tensors: the shape of each by its name.
   * With it, given parameters are checked without drawing new ones, which saves time for large
   * layers.
   */
  readonly parameterShapes?: Readonly<Record<string, Shape>>;
  /**
   * [N, ...I] → [N, ...O]. A pure function: the same input gives the same output, and no input is
   * changed or freed.
   */
  forward(parameters: P, x: Batch<I>): Batch<O>;
  /**
   * Optional, for layers that are affine in their parameters: the design matrix at an input
   * [N, ...I]. It makes the implicit step cheaper, and changes nothing else.
   */
  design?(x: Batch<I>): Design<P>;
  /**
   * Whether the output is affine in the parameters at every input; the implicit step is then one
   * linear system. A layer with a design is affine. If neither says so, the library finds out by
   * trying.
   */
  readonly affine?: boolean;
  /**
   * Optional, for layers that are affine in their input: the design matrix for the input of N
   * examples, N = `count`, at these parameters. It makes the implicit step on the activation before
   * the layer cheaper, and changes nothing else.
   */
  inputDesign?(parameters: P, count: number): Design<Tensor>;
  /** For layers that act on each number alone. */
  readonly elementwise?: Elementwise;
  /**
   * For layers that are random in training, such as dropout: the layer of one draw. Evaluation uses
   * `forward` itself. Layers made of layers pass the key on.
   */
  training?(key: Key.Key): Layer<P, I, O>;
  /**
   * Whether an output depends on other examples of the batch, as in the training of batch
   * normalisation. Laws that take examples one by one leave such a layer out.
   */
  readonly mixesExamples?: boolean;
  /** For layers that keep numbers of each batch. In training their `forward` must not read them. */
  readonly buffers?: Buffers<P, I>;
  /**
   * For layers made of others: their nodes in topological order; the output is that of the last
   * one. Each node can be a link of the energy of its own. `forward` computes what the nodes
   * compute.
   */
  readonly nodes?: readonly Node[];
}

/**
 * A join: a pure function of several inputs without parameters, such as a sum. Wires of a network
 * meet in joins.
 */
export interface Join<Is extends readonly Shape[], O extends Shape> {
  /** For messages and tables, such as `add`. */
  readonly name: string;
  /** The shape of each input, without the batch axis. */
  readonly inputs: Is;
  /** The shape of the output, without the batch axis. */
  readonly output: O;
  /** `[N, ...I_1], …, [N, ...I_n] → [N, ...O]`. */
  forward(xs: { readonly [K in keyof Is]: Batch<Is[K] & Shape> }): Batch<O>;
  /**
   * c, if the output moves with the input of a slot by c times the movement of the input, number by
   * number. The Jacobian J is then c times some columns of an identity, and JᵀJ = c²·I.
   */
  slope?(slot: number): number | undefined;
  /**
   * Whether the join only rearranges the numbers of one input, or is a constant. If its input is
   * that of the network, which never moves, its output is no variable of the energy either: each
   * link that reads it takes it from the input.
   */
  readonly arranges?: boolean;
  /** Whether an output depends on other examples of the batch; see `Layer`. */
  readonly mixesExamples?: boolean;
}

/** A join of any shapes. */
export type AnyJoin = Join<readonly Shape[], Shape>;

/** A layer or a join at a node of a network. */
export type Part = AnyLayer | AnyJoin;

/** One node of a network: a layer or a join, and the outputs that it reads. */
export interface Node {
  /** The layer or join. */
  readonly part: Part;
  /**
   * For each input of the part, the number of the node whose output it is, from 1; 0 is the input
   * of the network.
   */
  readonly reads: readonly number[];
  /**
   * The place of the parameters of a layer in those of the network: a tree there, or some fields of
   * a record.
   */
  readonly at: Path;
  /** What the network calls it, if it does: the name of its wire. */
  readonly name?: string;
  /** What the node keeps of the batches of training. */
  readonly buffers?: NodeBuffers;
}

/** Buffers of a node. */
export interface NodeBuffers {
  /** Where they lie in the parameters of the network. */
  readonly places: readonly Path[];
  /**
   * The next tree at each place, given the parameters of the network and the first input of the
   * node.
   */
  readonly next: (parameters: Tree.Tree, x: Batch) => readonly Tree.Tree[];
}

/** A layer of any parameters and shapes, as a list of layers holds it. */
export type AnyLayer = Layer<Tree.Tree, Shape, Shape>;

/** The parameters of a layer. */
export type ParametersOf<L> = L extends Layer<infer P, infer _I, infer _O> ? P : never;

/** What a forward function gave, if it is what was declared. */
const checkOutput = <O extends Shape>(name: string, output: O, count: number, y: unknown): Batch<O> => {
  // A promise goes on without us; how it ends is nobody's business any more, but must not end the process.
  if (y instanceof Promise) y.catch(() => undefined);
  if (!isTensor(y))
    return fail(
      'layer',
      `${name}.forward`,
      'a tensor, at once (forward is a synchronous function of tensors)',
      y instanceof Promise ? 'a promise' : typeof y,
    );
  const declared = [count, ...output];
  return sameShape(y.shape, declared)
    ? y
    : fail(
        'shape',
        `${name}.output`,
        `${showShape(declared)} as declared for a batch of ${count} (one output for each input, whatever its values)`,
        showShape(y.shape),
      );
};

/**
 * Makes a layer of your own from its parts: a pure function of parameters and a batch,
 * `[N, ...input] → [N, ...output]`.
 *
 * You need `init`, which draws the parameters by a key, and `forward`. A `design` makes the
 * implicit step on the parameters cheaper, an `inputDesign` or `elementwise` that on the activation
 * before the layer; `training` and `buffers` say how it differs in training. See `Layer`.
 *
 * @param parts the parts of the layer
 * @throws a `Fault` (`shape`) for an invalid shape. Every forward pass checks the shapes of input
 *   and output. It throws a `Fault` that names the layer if one differs or if one of your functions
 *   throws
 *
 * @example
 * const scale = (n: number) => layer({
 *   name: 'scale', input: [n], output: [n],
 *   init: (key) => ({ gain: Key.uniform(key, [n], 0.5, 1.5) }),
 *   forward: ({ gain }, x) => mul(x, gain),
 * });
 */
export const layer = <P extends Tree.Tree, const I extends Shape, const O extends Shape>(parts: {
  readonly name: string;
  readonly input: I;
  readonly output: O;
  readonly init: (key: Key.Key) => P;
  readonly forward: (parameters: P, x: Batch<I>) => Tensor;
  readonly design?: (x: Batch<I>) => Design<P>;
  readonly inputDesign?: (parameters: P, count: number) => Design<Tensor>;
  readonly elementwise?: Elementwise;
  readonly affine?: boolean;
  readonly parameterShapes?: Readonly<Record<string, Shape>>;
  readonly training?: (key: Key.Key) => Layer<P, I, O>;
  readonly buffers?: Buffers<P, I>;
}): Layer<P, I, O> => {
  const { name, init, forward, design, inputDesign, elementwise, affine, parameterShapes } = parts;
  const { training, buffers } = parts;
  const input = checkShape(`${name}.input`, parts.input);
  const output = checkShape(`${name}.output`, parts.output);
  return {
    name,
    input,
    output,
    init: (key) => explaining(`${name}.init`, () => scope(() => init(key))),
    forward: (parameters, x) => {
      const batch = checkBatch(`${name}.input`, input, x);
      const y: unknown = explaining(`${name}.forward`, () => forward(parameters, batch));
      return checkOutput(name, output, x.shape[0], y);
    },
    ...(design === undefined ? {} : { design }),
    ...(inputDesign === undefined ? {} : { inputDesign }),
    ...(elementwise === undefined ? {} : { elementwise }),
    ...(affine === undefined ? {} : { affine }),
    ...(parameterShapes === undefined ? {} : { parameterShapes }),
    // In training a layer has the buffers that it has.
    ...(training === undefined
      ? {}
      : { training: buffers === undefined ? training : (key) => ({ ...training(key), buffers }) }),
    ...(buffers === undefined ? {} : { buffers }),
  };
};
