/** A folder for results, for one run at a time. */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { Disk, type ProxpropError } from '../../src';

/** Run `main` while no other process may hold the folder. Left, `file`, before it begins: another process holds it. */
export const holding =
  <A>(folder: string, main: () => Promise<E.Either<ProxpropError, A>>): TE.TaskEither<ProxpropError, A> =>
  async () => {
    const held = await Disk.hold(folder)();
    if (E.isLeft(held)) return held;
    try {
      return await main();
    } finally {
      held.right();
    }
  };
