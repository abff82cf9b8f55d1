/** A text as examples: what stands before a character, and that character. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type Dataset, error, type ProxpropError } from '../../src';
import { refusal } from '../../src/internal';

/** A text that never changes. */
const FILE = join(__dirname, '..', 'data', 'text', 'changelog.txt');

/** Its last tenth is for tests. */
const TRAINING_SHARE = 0.9;

/** `count` places of the text from one to before another, evenly spread: the `context` characters before each, and its own. */
const splitOf = (
  codes: Int32Array,
  context: number,
  from: number,
  to: number,
  count: number,
): Dataset['train'] => {
  const places = Array.from({ length: count }, (_, i) => from + Math.floor((i * (to - from)) / count));
  return {
    images: Float32Array.from(places.flatMap((place) => [...codes.subarray(place - context, place)])),
    labels: Int32Array.from(places, (place) => codes[place] ?? 0),
    count,
  };
};

/**
 * A changelog of the repository, as `train` examples and a quarter as many to test on: `context` characters as numbers of the
 * vocabulary, and the one that follows. Left: `file` when it cannot be read, `options` for more examples than characters.
 */
export const textCharacters = (context: number, train: number): TE.TaskEither<ProxpropError, Dataset> =>
  pipe(
    TE.tryCatch(
      () => readFile(FILE, 'utf8'),
      (cause) => ({ ...error('file', FILE, 'a text that can be read', refusal(cause)), cause }),
    ),
    TE.flatMapEither((text) => {
      const characters = [...text];
      const vocabulary = [...new Set(characters)].sort();
      const codes = Int32Array.from(characters, (c) => vocabulary.indexOf(c));
      const test = Math.ceil(train / 4);
      const middle = Math.floor(TRAINING_SHARE * codes.length);
      const [most, left] = [middle - context, codes.length - middle - context];
      return train > most || test > left
        ? E.left(
            error('options', '--examples', `at most ${Math.min(most, 4 * left)} for this text`, `${train}`),
          )
        : E.right({
            name: 'the characters of a changelog',
            origin: 'examples/data/text/changelog.txt',
            shape: [context],
            classes: vocabulary.length,
            train: splitOf(codes, context, context, middle, train),
            test: splitOf(codes, context, middle + context, codes.length, test),
          });
    }),
  );
