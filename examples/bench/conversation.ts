/** Another process that answers requests, a line of JSON each, for as long as it is wanted. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { error, type ProxpropError, Report } from '../../src';

export interface Conversation {
  /** Send a request and wait for the answer. One at a time. After a failure there are no more answers. */
  readonly ask: <A>(
    codec: t.Type<A>,
    request: { readonly [name: string]: unknown },
    seconds: number,
  ) => Promise<E.Either<ProxpropError, A>>;
  readonly end: () => void;
}

const Failed = t.type({ error: t.string });

const oneLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';

type Heard = { readonly line: string } | { readonly failure: string };

/**
 * Start a process and talk to it. Answers are Left, `file`, where it does not start, ends, answers `{ error }` or something else, or
 * takes longer than it may; then it is ended too.
 */
export const converse = (
  name: string,
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Conversation => {
  const child = spawn(command, words, { stdio: 'pipe', env });
  let heard: ((heard: Heard) => void) | undefined;
  let over: string | undefined;
  let complaint = '';
  const tell = (what: Heard): void => {
    const told = heard;
    heard = undefined;
    told?.(what);
  };
  const stop = (failure: string): void => {
    over ??= failure;
    child.kill('SIGKILL');
    tell({ failure: over });
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    tell({ line });
  });
  child.stderr.on('data', (piece: Buffer) => {
    complaint = (complaint + piece.toString()).slice(-2000);
  });
  child.on('error', (e) => {
    stop(e.message);
  });
  child.on('close', (code, signal) => {
    const how = signal ?? `code ${code ?? 'unknown'}`;
    stop(complaint === '' ? `an end with ${how}` : oneLine(complaint));
  });
  // A process that has ended reads no more; `close` says so.
  child.stdin.on('error', () => undefined);
  const failed = (found: string): E.Either<ProxpropError, never> =>
    E.left(error('file', name, 'a process that answers', found));
  return {
    ask: async (codec, request, seconds) => {
      if (over !== undefined) return failed(over);
      const answer = await new Promise<Heard>((resolve) => {
        const timer = setTimeout(() => {
          stop(`no answer in ${seconds} seconds`);
        }, 1000 * seconds);
        heard = (what) => {
          clearTimeout(timer);
          resolve(what);
        };
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
      if ('failure' in answer) return failed(answer.failure);
      const value = E.tryCatch((): unknown => JSON.parse(answer.line), String);
      if (E.isLeft(value)) {
        stop('a line that is not JSON');
        return failed(`a line that is not JSON: ${answer.line.slice(0, 80)}`);
      }
      if (Failed.is(value.right)) return failed(oneLine(value.right.error));
      const decoded = codec.decode(value.right);
      if (E.isRight(decoded)) return decoded;
      const { path, expected, found } = Report.firstFault(decoded.left);
      return failed(`${path}: expected ${expected}, found ${found}`);
    },
    end: () => {
      over ??= 'none: the conversation is over';
      child.stdin.end();
      child.kill();
    },
  };
};
