#!/usr/bin/env node
/** The command `proxprop`. */
import * as E from 'fp-ts/Either';
import { describe } from '../src';
import { EXIT } from './exit';
import { defect, guardProcess, stop, told } from './process';
import { parseCommand } from './program';

const main = async (): Promise<void> => {
  const asked = parseCommand(process.argv.slice(2), (text) => process.stdout.write(text));
  if (E.isLeft(asked)) {
    stop(EXIT.usage, describe(asked.left));
    return;
  }
  const done = await asked.right?.();
  if (done !== undefined && E.isLeft(done)) stop(done.left.code, told(done.left.error));
};

guardProcess();
main().catch(defect);
