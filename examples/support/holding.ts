/** A folder for results, for one run at a time. */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { Disk, type ProxpropError } from '../../src';

/** Run `main` while no other process may hold the folder. Left, `file`, before it begins: another process holds it. */
export const holding = <A>(
  folder: string,
  main: TE.TaskEither<ProxpropError, A>,
): TE.TaskEither<ProxpropError, A> =>
  pipe(
    Disk.hold(folder),
    TE.chain((release) => () => main().finally(release)),
  );
