/** What promises give, when all of them have ended. */

/**
 * Waits until all promises have ended, and then gives their values, or throws the first failure in
 * their order. `Promise.all` rejects at the first failure, while others may still read tensors that
 * you then free.
 *
 * @param promises the promises
 *
 * @example await allEnded([Promise.resolve(1), Promise.resolve(2)]) // [1, 2]
 */
export const allEnded = async <A>(promises: readonly Promise<A>[]): Promise<readonly A[]> => {
  const ended = await Promise.allSettled(promises);
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
};
