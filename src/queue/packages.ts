/** The optional packages of queues, loaded when a queue or a bucket is asked for. */
import { absent } from '../core';

type Bull = typeof import('bullmq');
type Ioredis = typeof import('ioredis');
type S3 = typeof import('@aws-sdk/client-s3');

/** What speaks to Redis. */
export interface Engine {
  readonly bull: Bull;
  readonly Redis: Ioredis['Redis'];
}

/** Throws a `Fault` `file` that says what to install. */
export const loadEngine = async (): Promise<Engine> => {
  const missing = (thrown: unknown): never => absent('file', '--queue', ['bullmq', 'ioredis'], thrown);
  // The second first: the first one asks for it too, in words of its own.
  const { Redis } = await import('ioredis').catch(missing);
  const bull = await import('bullmq').catch(missing);
  return { bull, Redis };
};

/** Throws a `Fault` `file` that says what to install. */
export const loadS3 = (): Promise<S3> =>
  import('@aws-sdk/client-s3').catch((thrown: unknown) =>
    absent('file', '--store', ['@aws-sdk/client-s3'], thrown),
  );
