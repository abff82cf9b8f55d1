/** A stream of which the next value is asked for while its reader is busy with the present one. */

/** The same values. What is thrown is thrown when its turn comes; a reader that leaves waits for what was asked for. */
export async function* prefetched<A>(
  values: AsyncGenerator<A, void, undefined>,
): AsyncGenerator<A, void, undefined> {
  const ask = (): Promise<IteratorResult<A, void>> => {
    const asked = values.next();
    // Until somebody waits for it, a failure is nobody's.
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask();
  try {
    for (let now = await next; now.done !== true; now = await next) {
      next = ask();
      yield now.value;
    }
  } finally {
    await next.catch(() => undefined);
    await values.return();
  }
}
