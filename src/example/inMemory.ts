/** A source read as a whole. */
import type * as TE from 'fp-ts/TaskEither';
import { attemptAllTask, fail, type ProxpropError } from '../core';
import { marked } from './check';
import { areArrays, type ExampleArrays, type Examples } from './examples';
import { passOver } from './pass';

/**
 * All examples as arrays: what a source gives is read once and kept, in its order. `shuffle` and `augment` stay. Left: `data` as for
 * `passOver`.
 *
 * @example const images = orThrow(await inMemory(folder.examples)());
 */
export const inMemory = (examples: Examples): TE.TaskEither<ProxpropError, ExampleArrays> =>
  attemptAllTask('examples', async () => {
    if (areArrays(examples)) return examples;
    const { shuffle, augment, count } = examples;
    for await (const { examples: all } of passOver(examples, { batchSize: count }))
      return marked({
        ...all,
        ...(shuffle === undefined ? {} : { shuffle }),
        ...(augment === undefined ? {} : { augment }),
      });
    return fail('data', 'examples', 'at least one', 'none');
  });
