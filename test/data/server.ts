/** A web server on this machine that answers as a test says, and counts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** What a request asks for. */
export interface Asked {
  readonly path: string;
  /** The first byte it asks for; 0 where it asks for all. */
  readonly from: number;
  readonly range: string | undefined;
  readonly request: IncomingMessage;
}

export interface TestServer {
  readonly url: string;
  /** All that was asked, in its order. */
  readonly asked: readonly Asked[];
  readonly close: () => Promise<void>;
}

export type Answer = (asked: Asked, response: ServerResponse, number: number) => void;

/** Serve answers to requests, which are numbered from 0. */
export const serve = async (answer: Answer): Promise<TestServer> => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { range } = request.headers;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const one = { path: request.url ?? '', from, range, request };
    asked.push(one);
    answer(one, response, asked.length - 1);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // An address of this form is that of a server that listens on a port, which this one does.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};

/** The headers of an answer with the bytes from `from` on. */
export const head = (response: ServerResponse, size: number, from: number): void => {
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': size - from,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${size - 1}/${size}` } : {}),
  });
};

/** A server of one file that knows ranges. */
export const ranged =
  (content: Buffer): Answer =>
  ({ from }, response) => {
    head(response, content.length, from);
    response.end(content.subarray(from));
  };

/** The same, but all that is sent ends at byte `until`; the connection is then closed in good order. */
export const cut = (content: Buffer, until: number, { from }: Asked, response: ServerResponse): void => {
  head(response, content.length, from);
  response.write(content.subarray(from, until));
  response.socket?.end();
};
