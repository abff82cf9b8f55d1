/** One attempt to bring a file from a server, continuing what an earlier one left. */
import { type IncomingMessage } from 'node:http';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import * as E from 'fp-ts/Either';
import { error, fail, Fault, onDisk, type ProxpropError, refusal } from '../core';
import { get, Stalled } from './http';

export interface Wanted {
  readonly url: string;
  /** The size of the whole file, where it is known. */
  readonly bytes?: number;
  /** Where the bytes go that have come so far. */
  readonly part: string;
}

export interface ReceiveOptions {
  readonly stallSeconds: number;
  readonly signal?: AbortSignal;
  readonly progress?: (received: number, bytes: number | undefined) => void;
}

const WRITABLE = 'a place that can be written';

/** Words for what a connection says; the code where there are none. */
const connection: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken off',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
  ETIMEDOUT: 'no connection',
  ERR_STREAM_PREMATURE_CLOSE: 'connection broken off',
};

/** The size of a file; 0 where there is none. */
const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
};

/** The same as `onDisk`, without a pause. */
const atOnce = <A>(path: string, f: () => A): A => {
  try {
    return f();
  } catch (thrown) {
    return fail('file', path, WRITABLE, refusal(thrown));
  }
};

const remove = (path: string): Promise<void> => onDisk(path, WRITABLE, () => rm(path, { force: true }));

/** Statuses that the same request may not get a little later. */
const passing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Why an attempt brought no file. */
export interface Setback {
  readonly error: ProxpropError;
  /** Whether a later attempt may cure it: a broken connection, a server that is busy. */
  readonly passing: boolean;
}

const setback = (found: ProxpropError, mayPass: boolean): E.Either<Setback, never> =>
  E.left({ error: found, passing: mayPass });

const refused = (url: string, { statusCode, statusMessage }: IncomingMessage): E.Either<Setback, never> =>
  setback(
    error('file', url, 'HTTP status 200', `${statusCode ?? 'none'} ${statusMessage ?? ''}`.trim()),
    passing(statusCode ?? 0),
  );

/** Whether an answer goes on after the first `held` bytes. */
const continues = ({ statusCode, headers }: IncomingMessage, held: number): boolean =>
  statusCode === 206 && (headers['content-range'] ?? '').startsWith(`bytes ${held}-`);

/** How far an attempt came. */
interface Came {
  answered: boolean;
  received: number;
  /** The size of the whole file, of our own knowledge or by the server's word. */
  total: number | undefined;
}

const sofar = ({ received, total }: Came): string =>
  total === undefined ? `${received} bytes` : `${received} of ${total} bytes`;

/**
 * The error for a connection that failed. Another attempt is of no use if the caller wanted the
 * connection to end.
 */
const broken = (
  url: string,
  options: ReceiveOptions,
  came: Came,
  thrown: unknown,
): E.Either<Setback, never> => {
  if (thrown instanceof Fault) return setback(thrown.error, false);
  if (options.signal?.aborted === true)
    return setback(error('file', url, 'a whole download', `an abort after ${sofar(came)}`), false);
  if (thrown instanceof Stalled) {
    const none = `none after ${sofar(came)}`;
    return setback(error('file', url, `bytes within ${options.stallSeconds} s`, none), true);
  }
  const code = refusal(thrown);
  const said = connection[code] ?? code;
  return setback(
    came.answered
      ? error('file', url, 'a whole download', `${said} after ${sofar(came)}`)
      : error('file', url, 'an answer', said),
    true,
  );
};

/**
 * Writes the body of an answer to the part, behind its bytes or in their place, and counts in
 * `came`. It writes each piece before it waits for the next, since pieces that wait in the stream
 * are lost when a connection breaks.
 */
const keep = async (
  answer: IncomingMessage,
  appended: boolean,
  { url, part }: Wanted,
  came: Came,
  options: ReceiveOptions,
): Promise<void> => {
  if (!appended) came.received = 0;
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  if (came.total === undefined && Number.isSafeInteger(length)) came.total = came.received + length;
  try {
    const file = atOnce(part, () => openSync(part, appended ? 'a' : 'w'));
    try {
      const pieces: AsyncIterable<Buffer> = answer;
      for await (const piece of pieces) {
        if (came.total !== undefined && came.received + piece.length > came.total) {
          await remove(part);
          fail('data', url, `${came.total} bytes`, 'more');
        }
        atOnce(part, () => {
          appendFileSync(file, piece);
        });
        came.received += piece.length;
        options.progress?.(came.received, came.total);
      }
    } finally {
      closeSync(file);
    }
  } finally {
    // An answer that nobody reads would hold its connection, and the process, until it stalls.
    answer.destroy();
  }
};

/**
 * Brings the missing bytes of a file. It fails with the reason, and says whether another attempt
 * may succeed. The bytes that came stay in `part`.
 */
export const receive = async (wanted: Wanted, options: ReceiveOptions): Promise<E.Either<Setback, void>> => {
  const { url, bytes, part } = wanted;
  const held = await sizeOf(part);
  if (held > 0 && held === bytes) return E.right(undefined);
  const again = async (): Promise<E.Either<Setback, void>> => {
    await remove(part);
    return receive(wanted, options);
  };
  const came: Came = { answered: false, received: held, total: bytes };
  try {
    if (bytes !== undefined && held > bytes) return await again();
    const answer = await get(url, { ...options, headers: held > 0 ? { range: `bytes=${held}-` } : {} });
    const appended = held > 0 && continues(answer, held);
    if (!appended && answer.statusCode !== 200) {
      answer.destroy();
      // The server has no such range: without the part none is asked for.
      if (held > 0 && (answer.statusCode === 206 || answer.statusCode === 416)) return await again();
      return refused(url, answer);
    }
    came.answered = true;
    await keep(answer, appended, wanted, came, options);
  } catch (thrown) {
    return broken(url, options, came, thrown);
  }
  return came.total === undefined || came.received === came.total
    ? E.right(undefined)
    : setback(error('file', url, `${came.total} bytes`, `${came.received}`), true);
};
