/** What the commands of queues share: a server that is spoken to while something is done. */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { connect, type QueueLink, loginIn, type Store, storeNamed } from '../src/queue';
import { EXIT, type Failure, stage } from './exit';

/** Do something with a server and, where one is named, a store; the connection is closed whatever comes of it. */
export const onQueue = <A>(
  url: string,
  store: string,
  use: (link: QueueLink, store: Store) => TE.TaskEither<Failure, A>,
): TE.TaskEither<Failure, A> =>
  pipe(
    connect(url, loginIn(process.env)),
    stage(EXIT.failed),
    TE.chain((link) =>
      pipe(
        storeNamed(link, store),
        stage(EXIT.failed),
        TE.chain((place) => use(link, place)),
        (done) => async () => {
          try {
            return await done();
          } finally {
            link.close();
          }
        },
      ),
    ),
  );
