/** As much of the protocol of S3 as a store uses, in memory: objects of one server by their paths. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface S3Server {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  readonly close: () => void;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts);
};

/** Objects in a page of a list: few, so that lists have several. */
const PAGE = 3;

const list = (objects: ReadonlyMap<string, Buffer>, bucket: string, query: URLSearchParams): string => {
  const prefix = query.get('prefix') ?? '';
  const keys = [...objects.keys()]
    .filter((path) => path.startsWith(`/${bucket}/${prefix}`))
    .map((path) => path.slice(bucket.length + 2))
    .sort();
  const from = Number(query.get('continuation-token') ?? 0);
  const more = keys.length > from + PAGE;
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${keys
    .slice(from, from + PAGE)
    .map((key) => `<Contents><Key>${key}</Key></Contents>`)
    .join(
      '',
    )}<IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : ''}</ListBucketResult>`;
};

const answer = async (
  objects: Map<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = decodeURIComponent(url.pathname);
  const there = objects.get(path);
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  switch (request.method) {
    case 'PUT':
      objects.set(path, await bodyOf(request));
      response.writeHead(200, { ETag: '"0"' }).end();
      return;
    case 'DELETE':
      objects.delete(path);
      response.writeHead(204).end();
      return;
    case 'GET':
      if (key === '') {
        response
          .writeHead(200, { 'Content-Type': 'application/xml' })
          .end(list(objects, bucket, url.searchParams));
        return;
      }
      if (there === undefined)
        response
          .writeHead(404, { 'Content-Type': 'application/xml' })
          .end('<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>');
      else response.writeHead(200, { 'Content-Length': there.length }).end(there);
      return;
    case 'HEAD':
    case undefined:
    default:
      response.writeHead(there === undefined ? 404 : 200, { 'Content-Length': there?.length ?? 0 }).end();
  }
};

export const startS3 = (host = '127.0.0.1'): Promise<S3Server> =>
  new Promise((resolve) => {
    const objects = new Map<string, Buffer>();
    const server = createServer((request, response) => {
      answer(objects, request, response).catch(() => response.writeHead(500).end());
    });
    server.listen(0, host, () => {
      const address = server.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      resolve({ url: `http://${host}:${port}`, objects, close: () => server.close() });
    });
  });

/** What programs of AWS read of the environment. */
export const s3Environment = (url: string): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'us-east-1',
});
