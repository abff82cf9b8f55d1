/** Measurements in processes of their own: each prints one line of JSON. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { error, type ProxpropError, Report } from '../../src';

const run = promisify(execFile);

const measured =
  (script: string, interpreter: readonly string[]) =>
  <A>(codec: t.Type<A>) =>
  async (...args: readonly (string | number)[]): Promise<E.Either<ProxpropError, A>> => {
    const file = join(__dirname, script);
    const failed = (found: string): E.Either<ProxpropError, A> =>
      E.left(error('file', script, 'a process that prints what it measured', found));
    try {
      const { stdout } = await run(process.execPath, [...interpreter, file, ...args.map(String)]);
      const decoded = codec.decode(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
      return E.isRight(decoded)
        ? decoded
        : failed(`a result without ${Report.firstFault(decoded.left).expected}`);
    } catch (thrown) {
      return failed((thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' '));
    }
  };

const tsNode = [require.resolve('ts-node/dist/bin.js')];
const Milliseconds = t.type({ milliseconds: t.number });
const Memory = t.type({ allocated: t.number, resident: t.number });

/** Milliseconds of a backprop step of the multilayer perceptron with so many threads: arguments of `child.ts`. */
export const childSteps = measured('child.ts', tsNode)(Milliseconds);
/** Bytes at the peak of training: arguments of `child.ts`. */
export const childMemory = measured('child.ts', tsNode)(Memory);
/** A step by other libraries: batch, rounds, sizes. */
export const jaxJs = measured('rivals/jax.mjs', [])(Milliseconds);
export const stockTfjs = measured('rivals/tfjs.mjs', [])(Milliseconds);
