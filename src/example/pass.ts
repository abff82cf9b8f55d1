/** One pass over examples in batches: the one way in which examples of every kind are read. */
import { fail, Key, sameShape, showShape, whole } from '../core';
import { prefetched } from './prefetched';
import { checkExamples, checkPiece, type KnownExamples } from './check';
import { type Augmentation, areArrays, type ExampleArrays, type Examples, isStream } from './examples';
import { batchesOf, orderOf } from './order';
import { gathered } from './rows';
import { streamed } from './stream';
import { dataFault } from './thrown';

/**
 * The child of a batch's key that augments it. No layer has this number, since the children of
 * layers draw dropout.
 */
const AUGMENT = 0x6175676d;

/** A batch of a pass, on the host. */
export interface PassBatch {
  /** The number of the batch, from 1. */
  readonly batch: number;
  /** The number of batches of the pass. */
  readonly batches: number;
  /** The examples of the batch. */
  readonly examples: ExampleArrays;
}

/** Options of a pass over examples: batch size, order, augmentation and checks. */
export interface PassOptions {
  /** The examples of a batch. If it does not divide their number, the last batch is shorter. */
  readonly batchSize: number;
  /**
   * Shuffles the examples, and augments batch b, from 1, by a child of `fold(key, b)`. Without a
   * key examples come in their order, as they are.
   */
  readonly key?: Key.Key;
  /** The bound above of class targets. Default: none. */
  readonly classes?: number;
  /** The name of the examples in errors. Default: `examples`. */
  readonly path?: string;
}

/** Class indices that are below a number, or a `Fault` that names the example. */
export const checkClasses = (
  { path, indexOf = (row) => row }: KnownExamples,
  classes: number,
  { targets, count }: ExampleArrays,
): void => {
  const bad = targets.findIndex((c) => !(c >= 0 && c < classes));
  if (bad < 0) return;
  const row = indexOf(Math.floor((bad * count) / targets.length));
  fail('data', `${path}.targets[${row}]`, `a class in 0 … ${classes - 1}`, `${targets[bad] ?? ''}`);
};

async function* inPieces(
  { path = 'examples', classes }: PassOptions,
  examples: Examples,
  batches: readonly Int32Array[],
): AsyncGenerator<ExampleArrays, void, undefined> {
  const check = (piece: ExampleArrays, indexOf: (row: number) => number): void => {
    checkPiece({ path, indexOf }, examples, piece);
    if (classes !== undefined) checkClasses({ path, indexOf }, classes, piece);
  };
  if (isStream(examples)) {
    yield* streamed(path, examples, batches, check);
    return;
  }
  for (const indices of batches) {
    if (areArrays(examples)) {
      yield gathered(examples, indices);
      continue;
    }
    let piece: ExampleArrays;
    try {
      // A copy: the order is of this pass.
      piece = await examples.read(indices.slice());
    } catch (thrown) {
      throw dataFault(path, 'a source that can be read', thrown);
    }
    check(piece, (row) => indices[row] ?? row);
    if (piece.count !== indices.length)
      fail('data', path, `the ${indices.length} examples asked for`, `${piece.count}`);
    yield piece;
  }
}

/**
 * Checks targets that an augmentation returned: they are as before, or rows with one number for
 * each class (`mixup`) in place of class indices.
 */
const checkTargets = (
  place: string,
  classes: number | undefined,
  { targetShape: before = [] }: ExampleArrays,
  found: ExampleArrays,
): void => {
  const { targetShape = [] } = found;
  const places = targetShape.slice(0, -1);
  const soft =
    targetShape.length === before.length + 1 &&
    sameShape(places, before) &&
    (classes === undefined || targetShape.at(-1) === classes);
  if (sameShape(targetShape, before)) {
    if (classes !== undefined) checkClasses({ path: place }, classes, found);
  } else if (!soft)
    fail(
      'data',
      place,
      `targets ${showShape(before)}, as before${classes === undefined ? '' : `, or ${showShape([...before, classes])}`}`,
      showShape(targetShape),
    );
};

const augmentedBy = (
  { path = 'examples', classes }: PassOptions,
  augment: readonly Augmentation[],
  key: Key.Key,
  batch: ExampleArrays,
): ExampleArrays => {
  if (augment.length === 0) return batch;
  const place = `${path}, augmented`;
  try {
    const found = augment.reduce((one, f, i) => f(Key.fold(key, i), one), batch);
    checkExamples(place, found);
    if (found.count !== batch.count)
      fail('data', place, `${batch.count} examples, as before`, `${found.count}`);
    if (!sameShape(found.shape, batch.shape))
      fail('data', place, `examples ${showShape(batch.shape)}, as before`, showShape(found.shape));
    checkTargets(place, classes, batch, found);
    return found;
  } catch (thrown) {
    throw dataFault(place, 'an augmentation that runs', thrown);
  }
};

/**
 * Does what `passOver` does, for examples that were checked before: arrays are not checked again,
 * since one training passes over them many times. Pieces of a source, and the results of an
 * augmentation, are checked on the way.
 */
export async function* passOverChecked(
  examples: Examples,
  options: PassOptions,
): AsyncGenerator<PassBatch, void, undefined> {
  const { batchSize, key, path = 'examples' } = options;
  const order = orderOf(path, examples, key);
  const batches = batchesOf(order, whole(`${path}, batch size`, batchSize, 1));
  const pieces = inPieces(options, examples, batches);
  let batch = 0;
  for await (const piece of areArrays(examples) ? pieces : prefetched(pieces)) {
    batch += 1;
    const found =
      key === undefined
        ? piece
        : augmentedBy(options, examples.augment ?? [], Key.fold(Key.fold(key, batch), AUGMENT), piece);
    yield { batch, batches: batches.length, examples: found };
  }
}

/**
 * Passes once over all examples in batches, on the host: as `train` reads an epoch (with a key), or
 * as `evaluate` reads them (without one). Equal examples, batch sizes and keys give equal batches,
 * to the byte, whether examples are arrays, a source by index or a stream. The next batch of a
 * source is read while you use the present one.
 *
 * @param examples arrays or a source. Arrays are looked through when the pass begins, unless they
 *   are `checked`
 * @param options `batchSize`; `key`, which shuffles and augments; `classes`, which class targets
 *   have to be below; `path`, the name of the examples in errors
 * @throws a `Fault`: `options` if the batch size is not a whole number of at least 1; `data` for a
 *   number that is not finite, a class that is none or a piece that does not fit, with the index of
 *   the example, for a source that throws, with its `cause`, and for an augmentation that gives
 *   another number of examples, other shapes or a class that is none
 *
 * @example
 * for await (const { examples } of passOver(data, { batchSize: 100, key: Key.fold(key, epoch) })) {
 *   const { input, target } = exampleOf(examples);
 * }
 */
export async function* passOver(
  examples: Examples,
  options: PassOptions,
): AsyncGenerator<PassBatch, void, undefined> {
  const { path = 'examples', classes } = options;
  checkExamples(path, examples);
  if (areArrays(examples) && classes !== undefined) checkClasses({ path }, classes, examples);
  yield* passOverChecked(examples, options);
}
