/** What the types of examples promise, and what they must refuse. */
import * as E from 'fp-ts/Either';
import {
  augmented,
  batchOf,
  type ExampleArrays,
  type Examples,
  type ExampleStream,
  flipLeftRight,
  shuffled,
  split,
  subset,
} from '../../src';

declare const use: (value: unknown) => void;
declare const arrays: ExampleArrays;
declare const stream: ExampleStream;
const order = Int32Array.of(0);

// Arrays, a source by index and a stream are examples.
const all: readonly Examples[] = [
  arrays,
  stream,
  { shape: [2], count: 3, read: (indices) => ({ ...arrays, count: indices.length }) },
];
use(all);

// @ts-expect-error plain arrays of numbers are none
use({ shape: [2], inputs: [0, 1], targets: Int32Array.of(1), count: 1 } satisfies Examples);
// @ts-expect-error neither arrays, nor a way to read them
use({ shape: [2], count: 1 } satisfies Examples);

// Parts of arrays are arrays, with batches at once; those of a stream are read in pieces.
const part = subset(arrays, order);
if (E.isRight(part)) use(batchOf(part.right, order).weights?.shape);
const some = subset(stream, order);
// @ts-expect-error a source has no batch at once
if (E.isRight(some)) use(batchOf(some.right, order));

// As many parts as fractions.
const parts = split(arrays, [0.5, 0.5]);
if (E.isRight(parts)) {
  const [train, test] = parts.right;
  use([train.inputs, test.inputs]);
  // @ts-expect-error there is no third part
  use(parts.right[2]);
}

// What is passed otherwise is still of its kind.
use(augmented(shuffled(arrays, 10), flipLeftRight()).inputs);
use(shuffled(stream, 10).open);
// @ts-expect-error a number, not a function
use(augmented(arrays, 4));
