/**
 * Examples of a stream by batches, in its order or in another. No more examples are held than that
 * order needs.
 */
import { fail } from '../core';
import { type ExampleArrays, type ExampleStream } from './examples';
import { inOrder as allRows } from './order';
import { sliced, gathered, joinedExamples } from './rows';
import { dataFault } from './thrown';

/** What is asked of each piece, given which example is its first. */
type Check = (piece: ExampleArrays, indexOf: (row: number) => number) => void;

interface Piece {
  readonly from: number;
  readonly piece: ExampleArrays;
}

/**
 * The pieces of a stream as it gives them. They may lie in arrays that the stream uses again. A
 * piece that does not fit throws a `Fault`.
 */
async function* piecesOf(
  path: string,
  { open, count }: ExampleStream,
  check: Check,
): AsyncGenerator<Piece, void, undefined> {
  const promised = `${count} examples, as its count says`;
  let from = 0;
  try {
    for await (const piece of open()) {
      check(piece, (row) => from + row);
      if (from + piece.count > count) fail('data', path, promised, 'more');
      yield { from, piece };
      from += piece.count;
    }
  } catch (thrown) {
    throw dataFault(path, 'a stream that can be read', thrown);
  }
  if (from < count) fail('data', path, promised, `${from}`);
}

const next = async (path: string, pieces: AsyncGenerator<Piece, void, undefined>): Promise<Piece> => {
  const { value, done } = await pieces.next();
  return done === true ? fail('data', path, 'an example', 'the end of its stream') : value;
};

/** Batches of these sizes, one after another. Held are one batch and one piece. */
async function* inOrder(
  path: string,
  pieces: AsyncGenerator<Piece, void, undefined>,
  sizes: readonly number[],
): AsyncGenerator<ExampleArrays, void, undefined> {
  /** What was read and not used yet. */
  let rest: ExampleArrays | undefined;
  for (const size of sizes) {
    const parts: ExampleArrays[] = [];
    for (let missing = size; missing > 0;) {
      const own: ExampleArrays = rest ?? copied((await next(path, pieces)).piece);
      const taken = Math.min(missing, own.count);
      parts.push(sliced(own, 0, taken));
      rest = taken < own.count ? sliced(own, taken, own.count) : undefined;
      missing -= taken;
    }
    yield joinedExamples(path, parts);
  }
}

const copied = (piece: ExampleArrays): ExampleArrays => gathered(piece, allRows(piece.count));

/** Batches of these indices. Each example is held by itself until its batch is complete. */
async function* shuffled(
  path: string,
  pieces: AsyncGenerator<Piece, void, undefined>,
  batches: readonly Int32Array[],
): AsyncGenerator<ExampleArrays, void, undefined> {
  const held = new Map<number, ExampleArrays>();
  let read = 0;
  for (const indices of batches) {
    const rows: ExampleArrays[] = [];
    for (const index of indices) {
      while (read <= index) {
        const { from, piece } = await next(path, pieces);
        for (let row = 0; row < piece.count; row++) held.set(from + row, gathered(piece, Int32Array.of(row)));
        read = from + piece.count;
      }
      rows.push(held.get(index) ?? fail('data', path, `example ${index} once`, 'twice'));
      held.delete(index);
    }
    yield joinedExamples(path, rows);
  }
}

/**
 * Gives the examples of a stream by batches of indices. They are copied when they are read. Held
 * are one batch, one piece, and as many examples as are shuffled at a time. It throws a `data`
 * `Fault` for a piece that does not fit, and for a stream that ends early or is too long.
 */
export async function* streamed(
  path: string,
  stream: ExampleStream,
  batches: readonly Int32Array[],
  check: Check,
): AsyncGenerator<ExampleArrays, void, undefined> {
  const pieces = piecesOf(path, stream, check);
  let at = 0;
  const ordered = batches.every((indices) => indices.every((index) => index === at++));
  try {
    yield* ordered
      ? inOrder(
          path,
          pieces,
          batches.map(({ length }) => length),
        )
      : shuffled(path, pieces, batches);
    // It is at its end, or says that it goes on.
    await pieces.next();
  } finally {
    await pieces.return();
  }
}
