/** Each kind of store that needs no Redis: what is put is there whole, or not at all. The one in Redis is tried by `npm run test:machines`. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptTask } from '../../src/core';
import { folderShelf } from '../../src/queue/folderStore';
import { s3Shelf } from '../../src/queue/s3Store';
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

describe('a store in a bucket', () => {
  let server: S3Server | undefined;
  const before = { ...process.env };
  beforeAll(async () => {
    server = await startS3();
    Object.assign(process.env, s3Environment(server.url));
  });
  afterAll(() => {
    server?.close();
    process.env = before;
  });

  it('keeps what is put, below its folder', async () => {
    await behaves(await s3Shelf('s3://experiments/grid/one'));
    expect(
      [...(server?.objects.keys() ?? [])].every((path) => path.startsWith('/experiments/grid/one/')),
    ).toBe(true);
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
