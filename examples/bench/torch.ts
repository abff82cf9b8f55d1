/** PyTorch, where a Python on this machine has it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { type ProxpropError } from '../../src';
import { type Conversation, converse } from './conversation';

const run = promisify(execFile);

/** Time that a Python may take to load it, in seconds. */
const LOADING = 120;

/** Its own choice of kernels for this processor: variables that make another one would slow it down. */
const environment = (): NodeJS.ProcessEnv => {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...others } = process.env;
  return others;
};

/** The variable `PYTHON`, the first on the path, and Debian's own, which has what `apt-get install python3-torch` brings. */
const pythons = (): readonly string[] => {
  const named = process.env['PYTHON'];
  return named === undefined || named === '' ? ['python3', '/usr/bin/python3'] : [named];
};

/** The first Python that loads PyTorch. */
const pythonWithTorch = async (): Promise<string | undefined> => {
  for (const python of pythons()) {
    try {
      await run(python, ['-c', 'import torch'], { env: environment(), timeout: 1000 * LOADING });
      return python;
    } catch {
      // None there, or none with PyTorch: the next.
    }
  }
  return undefined;
};

/** Without PyTorch its sections say so. */
export const NO_TORCH =
  'left out, as python3 -c "import torch" does not work here (Debian: apt-get install python3-torch libopenblas0; or name a Python by PYTHON)';

export interface Torch extends Conversation {
  readonly version: string;
}

const Hello = t.type({ version: t.string, threads: t.number });

/** A PyTorch of so many threads that answers requests; nothing where there is none. */
export const startTorch = async (threads: number): Promise<E.Either<ProxpropError, Torch | undefined>> => {
  const python = await pythonWithTorch();
  if (python === undefined) return E.right(undefined);
  const words = [join(__dirname, 'rivals', 'pytorch.py')];
  const conversation = converse('rivals/pytorch.py', python, words, environment());
  const hello = await conversation.ask(Hello, { ask: 'hello', threads }, LOADING);
  if (E.isLeft(hello)) {
    conversation.end();
    return hello;
  }
  return E.right({ ...conversation, version: hello.right.version });
};

export const Milliseconds = t.type({ milliseconds: t.number });
/** An answer without content. */
export const Done = t.type({});
export const Epoch = t.type({ seconds: t.number, loss: t.union([t.number, t.null]) });
export const Loss = t.type({ loss: t.union([t.number, t.null]) });
