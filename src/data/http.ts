/**
 * One GET over HTTP, for the bytes as they lie on the server. `fetch` would unpack a `.gz` that
 * some servers declare as a gzipped answer, and then neither its size nor its checksum is right.
 */
import { type IncomingMessage, type OutgoingHttpHeaders, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { fail } from '../core';

/** Nothing came for as long as the caller was ready to wait. */
export class Stalled extends Error {}

interface GetOptions {
  readonly headers: OutgoingHttpHeaders;
  /** How long nothing may come, the connection included: then a `Stalled`. */
  readonly stallSeconds: number;
  readonly signal?: AbortSignal;
}

const REDIRECTIONS = 5;
const redirects: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

const addressOf = (text: string, base?: string): URL => {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')
    ? url
    : fail('options', base ?? text, 'an address that begins with http:// or https://', text);
};

const ask = (url: URL, { headers, stallSeconds, signal }: GetOptions): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const request = (url.protocol === 'https:' ? secure : plain)(url, {
      // A connection for each request: none is left open that a server would have to close.
      agent: false,
      headers: { 'user-agent': 'proxprop', 'accept-encoding': 'identity', ...headers },
      timeout: stallSeconds * 1000,
      ...(signal === undefined ? {} : { signal }),
    });
    request.on('timeout', () => (answer ?? request).destroy(new Stalled()));
    request.on('error', reject);
    request.on('response', (message) => {
      answer = message;
      resolve(message);
    });
    request.end();
  });

/**
 * Gives the answer to a GET, after redirections. Its body is still to be read, and fails with
 * `Stalled` if it stops. The promise rejects with the error of the connection, with `Stalled`, or
 * with a `Fault` for an address or redirections that lead nowhere.
 */
export const get = async (url: string, options: GetOptions): Promise<IncomingMessage> => {
  let address = addressOf(url);
  for (let step = 0; step <= REDIRECTIONS; step++) {
    const answer = await ask(address, options);
    const { location } = answer.headers;
    if (!redirects.has(answer.statusCode) || location === undefined) return answer;
    answer.destroy();
    address = addressOf(location, address.href);
  }
  return fail('file', url, `at most ${REDIRECTIONS} redirections`, 'more');
};
