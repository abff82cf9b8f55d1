/** Each kind of store that needs no Redis: what is put is there whole, or not at all. The one in Redis is tried by `npm run test:machines`. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptTask } from '../../src/core';
import { folderShelf } from '../../src/queue/folderStore';
import { s3Shelf } from '../../src/queue/s3Store';
import { sealed } from '../../src/queue/parcel';
import { type Shelf, storeOn } from '../../src/queue/store';
import { testFolder } from '../data/folder';
import { s3Environment, type S3Server, startS3 } from '../machines/s3Server';
import { messageOf } from '../support';

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

const behaves = async (shelf: Shelf): Promise<void> => {
  const store = storeOn(shelf);
  const names = ['result-0a', 'progress-0a', 'progress-0b', 'data-ff', 'parameters-01'];
  expect(await store.names()).toEqual([]);
  expect(await store.get('result-0a')).toBeUndefined();
  expect(await store.has('result-0a')).toBe(false);
  for (const name of names) await store.put(name, Buffer.from(`one ${name}`));
  await store.put('progress-0b', Buffer.from('two'));
  await store.put('data-ff', new Uint8Array(0));
  expect([...(await store.names())].sort()).toEqual([...names].sort());
  expect(text(await store.get('result-0a'))).toBe('one result-0a');
  expect(text(await store.get('progress-0b'))).toBe('two');
  expect(text(await store.get('data-ff'))).toBe('');
  expect(await store.has('result-0a')).toBe(true);
  await store.remove('result-0a');
  await store.remove('result-0a');
  expect(await store.has('result-0a')).toBe(false);
  const refused = await attemptTask(() => store.put('../result-0a', Buffer.of(1)))();
  expect(messageOf(refused)).toContain('expected a name of ours');
  // Bytes without their checksum are none.
  await shelf.put('result-0c', Buffer.from('torn, and long enough for a checksum before it'));
  expect(await store.get('result-0c')).toBeUndefined();
  // Neither are more bytes than a store takes.
  await shelf.put('result-0d', Buffer.alloc(11));
  expect((await shelf.get('result-0d', 11))?.length).toBe(11);
  expect(await shelf.get('result-0d', 10)).toBeUndefined();
  const narrow = storeOn({ ...shelf, most: 10 });
  await shelf.put('result-0d', sealed(Buffer.alloc(10)));
  expect((await narrow.get('result-0d'))?.length).toBe(10);
  await shelf.put('result-0d', sealed(Buffer.alloc(11)));
  expect(await narrow.get('result-0d')).toBeUndefined();
};

describe('a store in a folder', () => {
  const folder = testFolder();

  it('keeps what is put', () => behaves(folderShelf(folder.at('store'))));

  it('leaves other files alone, and tells what the disk refuses', async () => {
    mkdirSync(folder.at('other'));
    writeFileSync(folder.at('other/notes.txt'), '');
    expect(await storeOn(folderShelf(folder.at('other'))).names()).toEqual([]);
    expect(readdirSync(folder.at('other'))).toEqual(['notes.txt']);
    writeFileSync(folder.at('file'), '');
    const put = await attemptTask(() =>
      storeOn(folderShelf(folder.at('file'))).put('result-0a', Buffer.of(1)),
    )();
    expect(folder.line(put)).toMatch(/^file error at file/);
  });
});

/** A server that listens somewhere. */
const listening = async (server: Server): Promise<{ readonly url: string; readonly close: () => void }> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
};

/** Keys in answers of three. The pages of s3rver need a cipher that Node has no more. */
const answersOf =
  (keys: readonly string[]): RequestListener =>
  (request, response) => {
    const from = Number(
      new URL(request.url ?? '', 'http://localhost').searchParams.get('continuation-token') ?? 0,
    );
    const contents = keys.slice(from, from + 3).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    const more = keys.length > from + 3;
    const next = more ? `<NextContinuationToken>${from + 3}</NextContinuationToken>` : '';
    response
      .writeHead(200, { 'Content-Type': 'application/xml' })
      .end(
        `<ListBucketResult>${contents.join('')}<IsTruncated>${more}</IsTruncated>${next}</ListBucketResult>`,
      );
  };

describe('a store in a bucket', () => {
  let server: S3Server | undefined;
  let folder = '';
  const before = { ...process.env };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-s3-'));
    server = await startS3(folder);
    Object.assign(process.env, s3Environment(server.url));
  });
  afterAll(async () => {
    await server?.stop();
    process.env = before;
    rmSync(folder, { recursive: true });
  });

  it('keeps what is put, below its folder', async () => {
    await behaves(await s3Shelf('s3://experiments/grid/one'));
    const keys = server?.keys() ?? [];
    expect(keys.length).toBeGreaterThan(4);
    expect(keys.filter((key) => !key.startsWith('grid/one/'))).toEqual([]);
  });

  it('lists the names of all answers, where one does not hold them', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `result-${i}`);
    const pages = await listening(createHttp(answersOf(names.map((name) => `many/${name}`))));
    Object.assign(process.env, s3Environment(pages.url));
    const found = await (await s3Shelf('s3://experiments/many')).names();
    Object.assign(process.env, s3Environment(server?.url ?? ''));
    pages.close();
    expect(found).toEqual(names);
  });

  it.each([
    ['a bucket that there is not', 's3://elsewhere', {}, /NoSuchBucket/],
    ['a wrong key', 's3://experiments', { AWS_ACCESS_KEY_ID: 'secret' }, /InvalidAccessKeyId/],
  ])('%s is a line without secrets', async (_, url, environment, words) => {
    Object.assign(process.env, environment);
    const shelf = await s3Shelf(url);
    const message = messageOf(await attemptTask(() => shelf.put('result-0a', Buffer.of(1)))());
    Object.assign(process.env, s3Environment(server?.url ?? ''));
    expect(message).toMatch(/^file error at s3:\/\/\w+: expected a bucket that answers, found /);
    expect(message).toMatch(words);
    expect(message).not.toMatch(/secret|S3RVER/);
  });

  it('is asked again where it was away, once it has answered; before that it is not waited for', async () => {
    const shelf = await s3Shelf('s3://experiments/away');
    await shelf.put('result-0a', Buffer.of(1));
    const never = await s3Shelf('s3://experiments/away');
    await server?.stop();
    const late = shelf.get('result-0a', 9);
    const refused = messageOf(await attemptTask(() => never.get('result-0a', 9))());
    expect(refused).toMatch(/expected a bucket that answers, found .*ECONNREFUSED/);
    await server?.start();
    expect([...((await late) ?? [])]).toEqual([1]);
  });

  it('that never says a word counts as cut', async () => {
    const silent = await listening(createServer(() => undefined));
    Object.assign(process.env, s3Environment(silent.url));
    const shelf = await s3Shelf('s3://experiments', { silence: 100, attempts: 1 });
    const message = messageOf(await attemptTask(() => shelf.get('result-0a', 9))());
    Object.assign(process.env, s3Environment(server?.url ?? ''));
    silent.close();
    expect(message).toMatch(/expected a bucket that answers, found TimeoutError/);
  });

  it('keeps folders apart', async () => {
    expect(await storeOn(await s3Shelf('s3://experiments/grid/two')).names()).toEqual([]);
  });

  it.each(['s3://', 's3://UPPER', 's3://a', 's3:bucket'])('%s is no address', async (url) => {
    expect(messageOf(await attemptTask(() => s3Shelf(url))())).toContain(
      'options error at --store: expected s3://BUCKET or s3://BUCKET/FOLDER',
    );
  });
});

describe('a store that is too small', () => {
  it('says so, and what else there is', async () => {
    const shelf: Shelf = {
      shown: 'redis://head:6379',
      most: 10,
      put: () => Promise.resolve(),
      get: () => Promise.resolve(undefined),
      has: () => Promise.resolve(false),
      remove: () => Promise.resolve(),
      names: () => Promise.resolve([]),
    };
    const put = await attemptTask(() => storeOn(shelf).put('data-00', new Uint8Array(2_000_000)))();
    expect(messageOf(put)).toBe(
      'options error at --store: expected a folder or a bucket, for 2.0 MB at once, found redis://head:6379, which takes 0.0 MB',
    );
  });
});
