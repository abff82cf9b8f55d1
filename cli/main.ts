/** The command `proxprop` as a function of its words. */
import * as E from 'fp-ts/Either';
import { describe } from '../src';
import { EXIT } from './exit';
import { stop, failureText } from './process';
import { parseCommand } from './program';

/** Do what the words behind `proxprop` ask for; a failure is one line on stderr, and the exit code of the process. */
export const main = async (words: readonly string[]): Promise<void> => {
  const asked = parseCommand(words, (text) => process.stdout.write(text));
  if (E.isLeft(asked)) {
    stop(EXIT.usage, describe(asked.left));
    return;
  }
  const done = await asked.right?.();
  if (done !== undefined && E.isLeft(done)) stop(done.left.code, failureText(done.left.error));
};
