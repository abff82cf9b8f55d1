/**
 * Examples: inputs of one shape and their targets, on the host. They are arrays in memory, or a
 * source that is read in pieces, by index or from its beginning to its end. All of them are plain
 * values, and one function reads each kind (`passOver`).
 */
import { type Key, type Shape } from '../core';

/** What all kinds have in common. */
interface Described {
  /** Shape of one input. */
  readonly shape: Shape;
  /** Shape of one target; `[]` for class indices. Default `[]`. */
  readonly targetShape?: Shape;
  /** How many examples there are: for a source, how many one pass gives. */
  readonly count: number;
  /**
   * How many examples a pass with a key shuffles at a time: the next example is drawn from so many.
   * 1 keeps the order. Default: all examples of arrays and of a source by index, 1 of a stream.
   */
  readonly shuffle?: number;
  /**
   * What becomes of each batch of a pass with a key, one after another; see `augmented`. Default:
   * nothing.
   */
  readonly augment?: readonly Augmentation[];
}

/** Numbers of one kind. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** The mark of arrays whose numbers are known to be finite; see `checked`. */
export const knownFinite: unique symbol = Symbol('known to be finite');

/** `count` examples in memory, row-major. A batch on the host has the same form. */
export interface ExampleArrays extends Described {
  /**
   * [count, ...shape]. Bytes stay bytes until a batch is made of them, which multiplies each by
   * `scale`.
   */
  readonly inputs: Float32Array | Uint8Array;
  /** The factor of the bytes of `inputs`, such as 1/255. Default 1. */
  readonly scale?: number;
  /**
   * One class index an example, or `count` targets of `targetShape`. Bytes are values; a batch
   * multiplies each by `targetScale`.
   */
  readonly targets: Int32Array | Float32Array | Uint8Array;
  /** The factor of the bytes of `targets`. Default 1. */
  readonly targetScale?: number;
  /**
   * [count], each finite and at least 0: how much each example counts; 0 masks it. Default 1 each.
   * See `weighted`.
   */
  readonly weights?: Float32Array;
  /**
   * The arrays in which every number is known to be finite. A record with other arrays is not
   * trusted.
   */
  readonly [knownFinite]?: Pick<ExampleArrays, 'inputs' | 'targets' | 'weights'>;
}

/** A source by index: examples that are read by their indices. */
export interface ExampleSource extends Described {
  /** Reads the examples with these indices, in this order. */
  readonly read: (indices: Int32Array) => ExampleArrays | Promise<ExampleArrays>;
}

/** A stream: examples that are read from the first to the last, in pieces of any size. */
export interface ExampleStream extends Described {
  /** Begins anew: the same examples in the same order each time, `count` in all. */
  readonly open: () => AsyncIterable<ExampleArrays> | Iterable<ExampleArrays>;
}

/**
 * The examples that `train`, `evaluate` and `descend` take: arrays, or a source that may be larger
 * than the memory. The kind does not change the numbers: equal examples with an equal `shuffle` and
 * an equal key give equal batches, to the byte.
 *
 * @example
 * const [inputs, targets] = [Float32Array.of(0, 1, 1, 0), Int32Array.of(0, 1)];
 * const arrays: Examples = { shape: [2], inputs, targets, count: 2 };
 * const read = (indices: Int32Array) => rowsFromFile(file, indices);
 * const byIndex: Examples = { shape: [2], count: 1e9, read };
 * const open = async function* () {
 *   yield arrays;
 *   yield arrays;
 * };
 * const inOrder: Examples = { shape: [2], count: 4, open, shuffle: 4 };
 */
export type Examples = ExampleArrays | ExampleSource | ExampleStream;

/**
 * An augmentation: a pure function of a key and a batch that gives as many examples; see
 * `augmented`.
 */
export type Augmentation = (key: Key.Key, batch: ExampleArrays) => ExampleArrays;

const isSource = (examples: Examples): examples is ExampleSource => 'read' in examples;

export const isStream = (examples: Examples): examples is ExampleStream => 'open' in examples;

/** Whether all is in memory. */
export const areArrays = (examples: Examples): examples is ExampleArrays =>
  !isSource(examples) && !isStream(examples);
