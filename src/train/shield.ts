/** A stream whose reader cannot reach into it. */

/**
 * The events of a stream. What the reader throws into it ends it, so that all is freed, and comes back to the reader: inside, what
 * is caught is what went wrong inside.
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
