/** The store that a command line names. */
import { attemptTask } from '../core';
import { folderShelf } from './folderStore';
import { type QueueLink } from './link';
import { redisShelf } from './redisStore';
import { s3Shelf } from './s3Store';
import { type Store, storeOn } from './store';

/**
 * `redis`: the server of the queue; `s3://BUCKET/FOLDER`; any other text: a folder. Left: `options` for an address that is none, `file` for
 * a package that is missing.
 */
export const storeNamed = (link: QueueLink, name: string) =>
  attemptTask(async (): Promise<Store> => {
    if (name === 'redis') return storeOn(redisShelf(link));
    return storeOn(name.startsWith('s3:') ? await s3Shelf(name) : folderShelf(name));
  });
