/** A source read as a whole. */
import type * as TE from 'fp-ts/TaskEither';
import { attemptAllTask, fail, type ProxpropError } from '../core';
import { checkExamples, marked } from './check';
import { areArrays, type ExampleArrays, type Examples } from './examples';
import { passOver } from './pass';

/**
 * All examples as arrays: what a source gives is read once and kept, in its order; arrays are themselves. They are `checked`, and
 * `shuffle` and `augment` stay. Left: `data` as for `passOver`.
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
