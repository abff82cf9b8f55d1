/** A stream of which the next value is asked for while its reader is busy with the present one. */

/**
 * Gives the values of a generator, and asks for each next value one step ahead. An error is thrown
 * when its turn comes. A reader that leaves waits until the value that was asked for has come.
 */
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
