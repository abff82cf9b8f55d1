/** A bucket on this machine: s3rver keeps its objects in a folder. It knows one access key; it checks no signature. */
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import S3rver from 's3rver';
import { freePort } from './tools';

export interface S3Server {
  readonly url: string;
  /** The keys of all objects of the bucket. */
  readonly keys: () => readonly string[];
  /** Answer nobody for a while: connections break, and new ones do not come about. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

export const BUCKET = 'experiments';

/** What s3rver lays beside an object begins with its key and ends with this. */
const OBJECT = '._S3rver_object';

export const startS3 = async (folder: string, host = '127.0.0.1'): Promise<S3Server> => {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const bucket = new S3rver({
    directory: folder,
    silent: true,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  await bucket.configureBuckets();
  const answer = bucket.callback();
  let server: Server | undefined;
  const start = async (): Promise<void> => {
    const next = createServer(answer);
    server = next;
    await new Promise<void>((resolve) => next.listen(port, host, resolve));
  };
  await start();
  return {
    url: `http://${host}:${port}`,
    keys: () =>
      readdirSync(join(folder, BUCKET), { recursive: true })
        .map(String)
        .filter((path) => path.endsWith(OBJECT))
        .map((path) => path.slice(0, -OBJECT.length)),
    start,
    stop: () =>
      new Promise((resolve) => {
        server?.close(() => {
          resolve();
        });
        // It waits for connections that are kept alive.
        server?.closeAllConnections();
      }),
  };
};

/** What programs of AWS read of the environment; the key is the one that s3rver knows. */
export const s3Environment = (url: string, key = 'S3RVER'): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_ACCESS_KEY_ID: key,
  AWS_SECRET_ACCESS_KEY: 'S3RVER',
  AWS_REGION: 'us-east-1',
});
