/** A store in a bucket of S3, or of a server that speaks its protocol. */
import { fail } from '../core';
import { wordsOf } from './link';
import { loadS3 } from './packages';
import { isName, type Shelf } from './store';

/** What one request may put, less than the protocol's own 5 GB: an object is held in memory. */
const MOST = 2 ** 31;

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/;

/** How a bucket is asked. */
export interface S3Patience {
  /** Milliseconds without a byte after which a request counts as cut. */
  readonly silence: number;
  /** Requests in place of one that was cut, once the bucket has answered: with AWS's pauses these are a minute and a half. */
  readonly attempts: number;
}

const PATIENCE: S3Patience = { silence: 30_000, attempts: 15 };

/** Before the first answer: an address may be wrong, and whoever typed it waits. */
const FIRST_ATTEMPTS = 3;

/** What the protocol says of an object that is not there. */
const ABSENT = ['NoSuchKey', 'NotFound'];
const isAbsent = (thrown: unknown): boolean => thrown instanceof Error && ABSENT.includes(thrown.name);

/**
 * The bucket and the folder in it that `s3://BUCKET/FOLDER` names. Keys, region and address of the server come from the environment, as all
 * programs of AWS read it. Throws: `file` without its package, `options` for another address.
 */
export const s3Shelf = async (url: string, { silence, attempts }: S3Patience = PATIENCE): Promise<Shelf> => {
  const [, bucket, folder = ''] = BUCKET.exec(url) ?? [];
  if (bucket === undefined) return fail('options', '--store', 's3://BUCKET or s3://BUCKET/FOLDER', url);
  const { S3Client, PutObjectCommand, GetObjectCommand, HeadObjectCommand, ...more } = await loadS3();
  const { DeleteObjectCommand, ListObjectsV2Command } = more;
  const own = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  const clientOf = (maxAttempts: number) =>
    new S3Client({
      // Other servers have buckets below one name.
      ...(own === undefined ? {} : { endpoint: own, forcePathStyle: true }),
      ...(process.env['AWS_REGION'] === undefined ? { region: 'us-east-1' } : {}),
      maxAttempts,
      requestHandler: { connectionTimeout: silence, socketTimeout: silence },
    });
  const patient = clientOf(attempts);
  let client = clientOf(FIRST_ATTEMPTS);
  const prefix = folder === '' ? '' : `${folder}/`;
  const at = (name: string) => ({ Bucket: bucket, Key: prefix + name });
  const asked = async <A>(f: () => Promise<A>): Promise<A> => {
    try {
      const answer = await f();
      client = patient;
      return answer;
    } catch (thrown) {
      const said = thrown instanceof Error && thrown.name !== 'Error' ? `${thrown.name}: ` : '';
      return fail('file', url, 'a bucket that answers', said + wordsOf(thrown));
    }
  };
  /** Nothing for an object that is not there. */
  const ifThere = async <A>(f: () => Promise<A>): Promise<A | undefined> => {
    try {
      return await f();
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  };
  return {
    shown: url,
    most: MOST,
    put: (name, bytes) =>
      asked(async () => {
        await client.send(new PutObjectCommand({ ...at(name), Body: bytes }));
      }),
    get: (name, limit) =>
      asked(() =>
        ifThere(async () => {
          const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand(at(name)));
          if (ContentLength <= limit) return Body?.transformToByteArray();
          await Body?.transformToWebStream().cancel();
          return undefined;
        }),
      ),
    has: (name) =>
      asked(async () => (await ifThere(() => client.send(new HeadObjectCommand(at(name))))) !== undefined),
    remove: (name) =>
      asked(async () => {
        await client.send(new DeleteObjectCommand(at(name)));
      }),
    names: () =>
      asked(async () => {
        const found: string[] = [];
        let next: string | undefined;
        do {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              ...(next === undefined ? {} : { ContinuationToken: next }),
            }),
          );
          found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)));
          next = page.NextContinuationToken;
        } while (next !== undefined);
        return found.filter(isName);
      }),
  };
};
