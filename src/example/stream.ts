/** Examples of a stream in another order, with no more of them held than that order asks for. */
import { fail } from '../core';
import { type ExampleArrays, type ExampleStream } from './examples';
import { gathered, joined } from './rows';
import { dataFault } from './thrown';

/** Both kinds of iterables, so that either can be left early. */
async function* piecesOf(
  path: string,
  { open }: ExampleStream,
): AsyncGenerator<ExampleArrays, void, undefined> {
  try {
    yield* open();
  } catch (thrown) {
    throw dataFault(path, 'a stream that can be read', thrown);
  }
}

/**
 * The examples of a stream by batches of indices. An example is copied when it is read, and held until its batch is complete: at
 * most `shuffle` of them and one batch, beside one piece. A `Fault` `data` for a piece that does not fit, which names the example,
 * and for a stream that ends early or goes on too long.
 */
export async function* streamed(
  path: string,
  stream: ExampleStream,
  batches: readonly Int32Array[],
  check: (piece: ExampleArrays, indexOf: (row: number) => number) => void,
): AsyncGenerator<ExampleArrays, void, undefined> {
  const { count } = stream;
  const held = new Map<number, ExampleArrays>();
  const pieces = piecesOf(path, stream);
  let read = 0;
  const readOn = async (): Promise<boolean> => {
    const next = await pieces.next();
    if (next.done === true) return false;
    const piece = next.value;
    check(piece, (row) => read + row);
    if (read + piece.count > count) fail('data', path, `${count} examples, as its count says`, 'more');
    // Copied at once: the stream may use its arrays again.
    for (let row = 0; row < piece.count; row++) held.set(read + row, gathered(piece, Int32Array.of(row)));
    read += piece.count;
    return true;
  };
  try {
    for (const indices of batches) {
      const rows: ExampleArrays[] = [];
      for (const index of indices) {
        while (read <= index)
          if (!(await readOn())) fail('data', path, `${count} examples, as its count says`, `${read}`);
        rows.push(held.get(index) ?? fail('data', path, `example ${index} once`, 'twice'));
        held.delete(index);
      }
      yield joined(path, rows);
    }
    if (await readOn()) fail('data', path, `${count} examples, as its count says`, 'more');
  } finally {
    await pieces.return();
  }
}
