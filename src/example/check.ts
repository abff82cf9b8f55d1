/** Whether examples are what they say: sizes that agree and numbers that are finite. */
import type * as E from 'fp-ts/Either';
import {
  attempt,
  fail,
  asFloat32,
  positive,
  type ProxpropError,
  sameShape,
  type Shape,
  showShape,
  sizeOf,
} from '../core';
import {
  areArrays,
  type ExampleArrays,
  type Examples,
  isStream,
  knownFinite,
  type Numbers,
} from './examples';

/** The path of examples in messages, and the numbers that their owner gives them. */
export interface KnownExamples {
  readonly path: string;
  /** The number that an example has for its owner. Default: its row. */
  readonly indexOf?: (row: number) => number;
}

/** Where a number is not finite; −1 where all are. A plain loop: it goes over whole datasets. */
const notFinite = (values: Numbers): number => {
  if (!(values instanceof Float32Array)) return -1;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? 0;
    // ∞ − ∞ and NaN are no 0.
    if (v - v !== 0) return i;
  }
  return -1;
};

const kindOf = (value: unknown): string =>
  ArrayBuffer.isView(value) ? value.constructor.name : Array.isArray(value) ? 'an array' : typeof value;

const checkCount = (path: string, count: number): void => {
  if (!Number.isSafeInteger(count) || count < 1) fail('data', path, 'at least one example', `${count}`);
};

/** A record, or a `Fault` `data`: programs without types give anything. */
const checkRecord = (path: string, expected: string, value: unknown): void => {
  if (typeof value !== 'object' || value === null)
    fail('data', path, expected, value === null ? 'null' : typeof value);
};

const checkDimensions = (path: string, shape: Shape): void => {
  if (!Array.isArray(shape)) fail('data', path, 'a list, such as [28, 28]', kindOf(shape));
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 1))
    fail('data', path, 'dimensions that are whole numbers of at least 1', showShape(shape));
};

/**
 * Checks that there is at least one index, and that each is in 0 … count − 1. It throws a `data`
 * `Fault` that names the first bad one.
 */
export const checkIndices = (path: string, count: number, indices: Int32Array): void => {
  if (indices.length === 0) fail('data', path, 'at least one index', 'none');
  const bad = indices.findIndex((i) => !(i >= 0 && i < count));
  if (bad >= 0) fail('data', `${path}.indices[${bad}]`, `an index below ${count}`, `${indices[bad] ?? ''}`);
};

/** Sizes and kinds that agree, or a `Fault` `data` that names the field. No number is looked at. */
export const checkSizes = (path: string, examples: ExampleArrays): void => {
  checkRecord(path, 'examples { shape, inputs, targets, count }', examples);
  const { shape, inputs, scale, targets, targetShape = [], targetScale, weights, count } = examples;
  checkCount(path, count);
  checkDimensions(`${path}.shape`, shape);
  checkDimensions(`${path}.targetShape`, targetShape);
  if (!(inputs instanceof Float32Array || inputs instanceof Uint8Array))
    fail('data', `${path}.inputs`, 'a Float32Array or a Uint8Array', kindOf(inputs));
  if (!(targets instanceof Int32Array || targets instanceof Float32Array || targets instanceof Uint8Array))
    fail('data', `${path}.targets`, 'an Int32Array, a Float32Array or a Uint8Array', kindOf(targets));
  if (weights !== undefined && !(weights instanceof Float32Array))
    fail('data', `${path}.weights`, 'a Float32Array', kindOf(weights));
  if (scale !== undefined) asFloat32(`${path}.scale`, positive(`${path}.scale`, scale));
  if (targetScale !== undefined)
    asFloat32(`${path}.targetScale`, positive(`${path}.targetScale`, targetScale));
  const lengths = [
    ['inputs', inputs.length, count * sizeOf(shape)],
    ['targets', targets.length, count * sizeOf(targetShape)],
    ['weights', weights?.length ?? count, count],
  ] as const;
  for (const [name, found, expected] of lengths)
    if (found !== expected) fail('data', `${path}.${name}`, `${expected} values`, `${found}`);
};

/**
 * Checks that numbers are finite and that weights are not negative. It throws a `data` `Fault` that
 * names the example.
 */
const checkNumbers = ({ path, indexOf = (row) => row }: KnownExamples, examples: ExampleArrays): void => {
  const { shape, inputs, targets, targetShape = [], weights } = examples;
  const look = (name: string, values: Numbers, size: number): void => {
    const bad = notFinite(values);
    if (bad >= 0)
      fail(
        'data',
        `${path}.${name}[${indexOf(Math.floor(bad / size))}]`,
        'finite numbers',
        `${values[bad] ?? ''}`,
      );
  };
  look('inputs', inputs, sizeOf(shape));
  look('targets', targets, sizeOf(targetShape));
  if (weights === undefined) return;
  const bad = weights.findIndex((w) => !(w >= 0 && w < Infinity));
  if (bad >= 0)
    fail(
      'data',
      `${path}.weights[${indexOf(bad)}]`,
      'a finite weight of at least 0',
      `${weights[bad] ?? ''}`,
    );
};

/**
 * Checks that a piece of a source has the shapes and sizes of the source. It throws a `data`
 * `Fault` otherwise. It reads no number.
 */
export const checkPieceSizes = (path: string, examples: Examples, piece: ExampleArrays): void => {
  const fits = (name: string, expected: Shape = [], found: Shape = []): void => {
    if (!sameShape(expected, found))
      fail('data', path, `a piece with ${name} ${showShape(expected)}, as its source says`, showShape(found));
  };
  checkRecord(path, 'a piece of examples', piece);
  fits('inputs', examples.shape, piece.shape);
  fits('targets', examples.targetShape, piece.targetShape);
  checkSizes(path, piece);
};

/** The same, and its numbers are finite. */
export const checkPiece = (place: KnownExamples, examples: Examples, piece: ExampleArrays): void => {
  checkPieceSizes(place.path, examples, piece);
  checkNumbers(place, piece);
};

const areKnownFinite = ({ [knownFinite]: before, inputs, targets, weights }: ExampleArrays): boolean =>
  before?.inputs === inputs && before.targets === targets && before.weights === weights;

/** The same arrays, known to be finite. */
export const marked = (examples: ExampleArrays): ExampleArrays => {
  const { inputs, targets, weights } = examples;
  return { ...examples, [knownFinite]: { inputs, targets, ...(weights === undefined ? {} : { weights }) } };
};

/** Arrays made of rows of others: known to be finite if those are. */
export const markedAs = (like: ExampleArrays, rows: ExampleArrays): ExampleArrays =>
  areKnownFinite(like) ? marked(rows) : rows;

/**
 * Checks that sizes agree, and that numbers are finite unless they are known to be. It throws a
 * `data` `Fault` that names the place.
 */
export const checkExamples = (path: string, examples: Examples): void => {
  checkRecord(path, 'examples { shape, inputs, targets, count }', examples);
  checkCount(path, examples.count);
  if (areArrays(examples)) {
    checkSizes(path, examples);
    if (!areKnownFinite(examples)) checkNumbers({ path }, examples);
    return;
  }
  checkDimensions(`${path}.shape`, examples.shape);
  checkDimensions(`${path}.targetShape`, examples.targetShape ?? []);
  const [name, f]: readonly [string, unknown] = isStream(examples)
    ? ['open', examples.open]
    : ['read', examples.read];
  if (typeof f !== 'function') fail('data', `${path}.${name}`, 'a function', typeof f);
};

/**
 * Checks arrays once, so that `train`, `evaluate` and `descend` need not look through them each
 * time: sizes that agree, numbers that are finite, weights of at least 0. Bytes are always finite
 * and are not looked through. The numbers must not change afterwards.
 *
 * It fails with `data`, with the place of the first fault.
 *
 * @param examples inputs, targets and optional weights in memory
 *
 * @example
 * const inputs = Float32Array.of(0, 1);
 * const data = orThrow(checked({ shape: [2], inputs, targets: Int32Array.of(1), count: 1 }));
 */
export const checked = (examples: ExampleArrays): E.Either<ProxpropError, ExampleArrays> =>
  attempt(() => {
    checkExamples('examples', examples);
    return marked(examples);
  });
