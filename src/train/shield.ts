/** Protects a stream from what its reader throws into it. */

/**
 * The events of a stream. If the reader throws into it, the stream ends, frees everything, and the
 * exception goes back to the reader. Inside the stream, every caught exception is therefore its
 * own.
 */
export async function* shielded<A>(
  stream: AsyncGenerator<A, void, undefined>,
): AsyncGenerator<A, void, undefined> {
  try {
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) yield next.value;
  } finally {
    await stream.return();
  }
}
