/** A source read as a whole. */
import type * as TE from 'fp-ts/TaskEither';
import { attemptAllTask, fail, type ProxpropError } from '../core';
import { checkExamples, marked } from './check';
import { areArrays, type ExampleArrays, type Examples } from './examples';
import { passOver } from './pass';

/**
 * Reads a source once, in its order, and keeps all examples as arrays. Arrays stay as they are. The
 * result is `checked`, and keeps `shuffle` and `augment`. It fails with `data` as `passOver` does.
 *
 * @param examples a source, such as that of `pngFolder`
 *
 * @example const images = orThrow(await inMemory(folder.examples)());
 */
export const inMemory = (examples: Examples): TE.TaskEither<ProxpropError, ExampleArrays> =>
  attemptAllTask('examples', async () => {
    if (areArrays(examples)) {
      checkExamples('examples', examples);
      return marked(examples);
    }
    const { shuffle, augment, count } = examples;
    for await (const { examples: all } of passOver(examples, { batchSize: count }))
      return marked({
        ...all,
        ...(shuffle === undefined ? {} : { shuffle }),
        ...(augment === undefined ? {} : { augment }),
      });
    return fail('data', 'examples', 'at least one', 'none');
  });
