/** What promises give, when all of them have ended. */

/**
 * The values of promises, or the first failure in their order, in either case when all have ended: what one of them still reads is not
 * freed by a caller who goes on after the failure of another.
 */
export const allEnded = async <A>(promises: readonly Promise<A>[]): Promise<readonly A[]> => {
  const ended = await Promise.allSettled(promises);
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
};
