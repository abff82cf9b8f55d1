#!/usr/bin/env node
/** The command `proxprop`. */
import * as E from 'fp-ts/Either';
import { describe } from '../src';
import { EXIT } from './exit';
import { runMain, stop, told } from './process';
import { parseCommand } from './program';

const main = async (words: readonly string[]): Promise<void> => {
  const asked = parseCommand(words, (text) => process.stdout.write(text));
  if (E.isLeft(asked)) {
    stop(EXIT.usage, describe(asked.left));
    return;
  }
  const done = await asked.right?.();
  if (done !== undefined && E.isLeft(done)) stop(done.left.code, told(done.left.error));
};

runMain(() => main(process.argv.slice(2)));
