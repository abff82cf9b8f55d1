/**
 * Parts of examples, and their order. A part of arrays copies rows; a part of a source reads from
 * that source.
 */
import type * as E from 'fp-ts/Either';
import { attempt, fail, Key, type ProxpropError } from '../core';
import { checkIndices, checkPieceSizes, checkSizes, markedAs } from './check';
import { areArrays, type ExampleArrays, type Examples, type ExampleStream, isStream } from './examples';
import { inOrder } from './order';
import { gathered } from './rows';

/**
 * Gives the rows of each piece of a stream that have the ascending indices. It reads the stream up
 * to the last of them, and closes it then.
 */
async function* rowsOfStream(
  stream: ExampleStream,
  ascending: Int32Array,
): AsyncGenerator<ExampleArrays, void, undefined> {
  let [from, taken] = [0, 0];
  for await (const piece of stream.open()) {
    // Before rows are copied: of a piece that is too short there would be zeros.
    checkPieceSizes('subset', stream, piece);
    const end = from + piece.count;
    let next = taken;
    while (next < ascending.length && (ascending[next] ?? 0) < end) next += 1;
    const start = from;
    if (next > taken)
      yield gathered(
        piece,
        ascending.slice(taken, next).map((index) => index - start),
      );
    if (next === ascending.length) return;
    [from, taken] = [end, next];
  }
  fail('data', 'subset', `${stream.count} examples, as the count of its stream says`, `${from}`);
}

const subsetOf = (examples: Examples, indices: Int32Array): Examples => {
  if (areArrays(examples)) checkSizes('examples', examples);
  checkIndices('subset', examples.count, indices);
  const own = indices.slice();
  const count = own.length;
  const { shuffle, augment } = examples;
  const kept = {
    ...(shuffle === undefined ? {} : { shuffle }),
    ...(augment === undefined ? {} : { augment }),
  };
  if (areArrays(examples)) return { ...markedAs(examples, gathered(examples, own)), ...kept };
  if (!isStream(examples)) {
    const { read } = examples;
    return { ...examples, count, read: (wanted) => read(wanted.map((i) => own[i] ?? -1)) };
  }
  const unsorted = own.findIndex((index, i) => i > 0 && index <= (own[i - 1] ?? 0));
  if (unsorted >= 0)
    fail(
      'data',
      `subset.indices[${unsorted}]`,
      'ascending indices, as a stream is read in order',
      `${own[unsorted] ?? ''}`,
    );
  return { ...examples, count, open: () => rowsOfStream(examples, own) };
};

/**
 * Takes the examples with these indices, in their order; an index may be there twice. Arrays are
 * copied. A source becomes one that reads from it and holds nothing but the indices; those of a
 * stream have to ascend, and it is read as far as the last of them.
 *
 * It fails with `data` if there is no index, for one outside of 0 … count − 1, and if the sizes of
 * arrays do not agree.
 *
 * @param examples arrays or a source
 * @param indices which of them
 *
 * @example subset(data, Int32Array.of(0, 2, 4))
 */
export function subset(examples: ExampleArrays, indices: Int32Array): E.Either<ProxpropError, ExampleArrays>;
export function subset(examples: Examples, indices: Int32Array): E.Either<ProxpropError, Examples>;
export function subset(examples: Examples, indices: Int32Array): E.Either<ProxpropError, Examples> {
  return attempt(() => subsetOf(examples, indices));
}

/**
 * The places where each part begins and ends: sums of the fractions from the start, rounded, so
 * that the parts meet.
 */
const bounds = (count: number, fractions: readonly number[]): readonly number[] => {
  if (fractions.length === 0) fail('options', 'split.fractions', 'at least one fraction', 'none');
  const bad = fractions.findIndex((f) => !(f > 0 && f <= 1));
  if (bad >= 0)
    fail('options', `split.fractions[${bad}]`, 'a number above 0, at most 1', `${fractions[bad] ?? ''}`);
  const sums = fractions.map((_, i) => fractions.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const total = sums.at(-1) ?? 0;
  // Of a few roundings of numbers below 1.
  if (Math.abs(total - 1) > 1e-9) fail('options', 'split.fractions', 'fractions that sum to 1', `${total}`);
  return [0, ...sums.map((s, i) => (i === sums.length - 1 ? count : Math.round(s * count)))];
};

/**
 * Splits examples into disjoint parts: part i has fractions[i]·count of them, rounded. In each part
 * the examples keep their order.
 *
 * It fails with `options` for fractions outside of (0, 1], or that do not sum to 1; with `data` for
 * a part without an example.
 *
 * @param examples arrays or a source
 * @param fractions the share of each part
 * @param key draws which examples go to which part. Without one the parts follow one another
 *
 * @example const [train, validation] = orThrow(split(data, [0.9, 0.1], Key.key(1)));
 */
export function split<const F extends readonly number[]>(
  examples: ExampleArrays,
  fractions: F,
  key?: Key.Key,
): E.Either<ProxpropError, { readonly [I in keyof F]: ExampleArrays }>;
export function split<const F extends readonly number[]>(
  examples: Examples,
  fractions: F,
  key?: Key.Key,
): E.Either<ProxpropError, { readonly [I in keyof F]: Examples }>;
export function split(
  examples: Examples,
  fractions: readonly number[],
  key?: Key.Key,
): E.Either<ProxpropError, readonly Examples[]> {
  return attempt(() => {
    const { count } = examples;
    const at = bounds(count, fractions);
    const order = key === undefined ? inOrder(count) : Key.permutation(key, count);
    return fractions.map((_, i) => {
      const [from = 0, to = 0] = at.slice(i, i + 2);
      if (to <= from)
        fail('data', `split.fractions[${i}]`, `a part of ${count} examples with one at least`, 'none');
      return subsetOf(examples, order.slice(from, to).sort());
    });
  });
}

/**
 * Sets how many examples a pass with a key shuffles at a time. 1 keeps their order; 10,000 holds so
 * many examples of a stream in memory. No example is taken more than `size` − 1 places before its
 * own. By default arrays and sources by index shuffle all examples, and streams none.
 *
 * @param examples arrays or a source
 * @param size how many examples
 *
 * @example train(net, loss, { ...options, train: shuffled(stream, 10_000) })
 */
export const shuffled = <E extends Examples>(examples: E, size: number): E => ({
  ...examples,
  shuffle: size,
});
