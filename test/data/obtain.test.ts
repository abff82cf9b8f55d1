import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { create } from 'tar';
import { afterEach, describe, expect, it } from 'vitest';
import { embeddedData } from '../../examples/support/cli';
import {
  type DatasetName,
  type DownloadOptions,
  fashionMnist,
  obtain,
  obtainFrom,
  officialSources,
  type RemoteFile,
  type Source,
} from '../../src';
import { right } from '../support';
import { testFolder } from './folder';
import { serve, type TestServer } from './server';

const quick: DownloadOptions = { retries: 0, stallSeconds: 5 };
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('officialSources', () => {
  for (const [name, { whereabouts, published }] of Object.entries(officialSources))
    it(`${name}: names, sizes and checksums have their form`, () => {
      const files: readonly RemoteFile[] = 'url' in published ? [published] : published;
      for (const file of files) {
        expect(file.url.endsWith(`/${file.name}`)).toBe(true);
        expect(file.bytes).toBeGreaterThan(1000);
        if ('sha256' in file) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        else expect(file.md5).toMatch(/^[0-9a-f]{32}$/);
      }
      if (!('url' in published))
        expect(published.map((file) => file.name)).toEqual(
          whereabouts.layouts[0]?.names.map((file) => `${file}.gz`),
        );
    });
});

describe('obtain', () => {
  const folder = testFolder();
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const names = ['one', 'two', 'three'];
  const contents: { readonly [name: string]: Buffer } = {
    one: Buffer.from('first '.repeat(2000)),
    two: Buffer.from('second '.repeat(2000)),
    three: Buffer.from('third '.repeat(2000)),
  };
  const whereabouts = {
    subfolders: ['things'],
    layouts: [
      { names, words: 'one … three', origin: 'three files' },
      { names: ['some'], words: 'some', origin: 'a subset' },
    ],
  };
  /** Serve files by their paths; a dataset of single files, or of one archive. */
  const serving = async (files: { readonly [name: string]: Buffer }): Promise<readonly RemoteFile[]> => {
    const running = await serve(({ path }, response) => void response.end(files[path.slice(1)]));
    server = running;
    return Object.entries(files).map(([name, bytes]) => ({
      name,
      url: `${running.url}/${name}`,
      bytes: bytes.length,
      sha256: sha256(bytes),
    }));
  };
  const single = async (): Promise<Source> => ({
    whereabouts,
    subfolder: 'things',
    published: await serving(
      Object.fromEntries(names.map((name) => [`${name}.gz`, contents[name] ?? Buffer.alloc(0)])),
    ),
  });
  /** The archive of these files, in a folder of its own and with one file more. */
  const archiveOf = async (held: readonly string[]): Promise<Buffer> => {
    const made = folder.at('made');
    mkdirSync(`${made}/inside`, { recursive: true });
    for (const name of [...held, 'readme'])
      writeFileSync(`${made}/inside/${name}`, contents[name] ?? Buffer.from('read me'));
    await create({ gzip: true, cwd: made, file: `${made}/archive` }, ['inside']);
    return readFileSync(`${made}/archive`);
  };
  const archived = async (bytes: Buffer): Promise<Source> => {
    const [published] = await serving({ 'things.tar.gz': bytes });
    return { whereabouts, subfolder: 'things', published: published ?? [] };
  };
  const asked = (): readonly string[] | undefined => server?.asked.map(({ path }) => path);
  const data = (): string => folder.at('data');

  it('brings single files into a folder of their own, once', async () => {
    const source = await single();
    expect(right(await obtainFrom(source, data(), quick)())).toBe(`${data()}/things`);
    expect(readdirSync(`${data()}/things`)).toEqual(['one.gz', 'three.gz', 'two.gz']);
    expect(readFileSync(`${data()}/things/two.gz`)).toEqual(contents['two']);
    expect(right(await obtainFrom(source, data(), quick)())).toBe(`${data()}/things`);
    expect(right(await obtainFrom(source, `${data()}/things`, quick)())).toBe(`${data()}/things`);
    expect(asked()).toEqual(['/one.gz', '/two.gz', '/three.gz']);
  });
  it('brings what is missing to where the others are, which stay as they are', async () => {
    mkdirSync(data());
    writeFileSync(`${data()}/two`, 'mine');
    expect(right(await obtainFrom(await single(), data(), quick)())).toBe(data());
    expect(asked()).toEqual(['/one.gz', '/three.gz']);
    expect(readFileSync(`${data()}/two`, 'utf8')).toBe('mine');
    expect(readdirSync(data())).toEqual(['one.gz', 'three.gz', 'two']);
  });
  it('is content with a subset', async () => {
    mkdirSync(`${data()}/things`, { recursive: true });
    writeFileSync(`${data()}/things/some.gz`, 'a few');
    expect(right(await obtainFrom(await single(), data(), quick)())).toBe(`${data()}/things`);
    expect(asked()).toEqual([]);
  });
  it('hands on what a download says', async () => {
    const { published, ...source } = await single();
    const files = Array.isArray(published) ? (published as readonly RemoteFile[]) : [];
    const wrong = files.map((file) => ({ ...file, sha256: '0'.repeat(64) }));
    const line = folder.line(await obtainFrom({ ...source, published: wrong }, data(), quick)());
    expect(line.replaceAll(server?.url ?? '', 'URL')).toBe(
      `data error at URL/one.gz: expected SHA-256 ${'0'.repeat(64)}, found ${sha256(contents['one'] ?? Buffer.alloc(0))}`,
    );
  });
  it('refuses a source that lacks a file', async () => {
    const { published, ...source } = await single();
    const files = Array.isArray(published) ? (published as readonly RemoteFile[]) : [];
    expect(folder.line(await obtainFrom({ ...source, published: files.slice(0, 2) }, data(), quick)())).toBe(
      'options error at published: expected a file for three, found none',
    );
  });

  it('unpacks an archive, and removes it; what an unpacking that was killed left does not come along', async () => {
    mkdirSync(`${data()}/things.unpacking`, { recursive: true });
    writeFileSync(`${data()}/things.unpacking/four`, 'left');
    const source = await archived(await archiveOf(names));
    expect(right(await obtainFrom(source, data(), quick)())).toBe(`${data()}/things`);
    expect(readdirSync(data())).toEqual(['things']);
    expect(readdirSync(`${data()}/things`)).toEqual(['one', 'three', 'two']);
    for (const name of names) expect(readFileSync(`${data()}/things/${name}`)).toEqual(contents[name]);
    right(await obtainFrom(source, data(), quick)());
    expect(asked()).toHaveLength(1);
  });
  it('unpacks beside what is there, which stays as it is', async () => {
    mkdirSync(`${data()}/things`, { recursive: true });
    writeFileSync(`${data()}/things/two`, 'mine');
    right(await obtainFrom(await archived(await archiveOf(names)), data(), quick)());
    expect(readdirSync(data())).toEqual(['things']);
    expect(names.map((name) => readFileSync(`${data()}/things/${name}`).length)).toEqual([12_000, 4, 12_000]);
    expect(readFileSync(`${data()}/things/one`)).toEqual(contents['one']);
  });
  it('keeps nothing of an archive without a file', async () => {
    const source = await archived(await archiveOf(['one', 'three']));
    expect(folder.line(await obtainFrom(source, data(), quick)())).toBe(
      'data error at data/things.tar.gz: expected an archive that holds one, two, three, found no two',
    );
    expect(readdirSync(data())).toEqual(['things.tar.gz']);
  });
  it('keeps nothing of a truncated archive', async () => {
    const bytes = await archiveOf(names);
    expect(
      folder.line(await obtainFrom(await archived(bytes.subarray(0, bytes.length - 30)), data(), quick)()),
    ).toBe(
      'data error at data/things.tar.gz: expected a whole tar archive, found zlib: unexpected end of file',
    );
    expect(readdirSync(data())).toEqual(['things.tar.gz']);
  });
  it('keeps nothing of what is no archive', async () => {
    const noise = Buffer.from('no archive at all. '.repeat(100));
    expect(folder.line(await obtainFrom(await archived(noise), data(), quick)())).toBe(
      'data error at data/things.tar.gz: expected a whole tar archive, found TAR_ENTRY_INVALID: checksum failure',
    );
    expect(readdirSync(data())).toEqual(['things.tar.gz']);
  });

  it('finds the datasets where their readers do', async () => {
    const embedded = readdirSync(embeddedData).filter((name) => name.endsWith('.gz'));
    const isName = (name: string): name is DatasetName => Object.hasOwn(officialSources, name);
    for (const name of Object.keys(officialSources).filter(isName)) {
      mkdirSync(folder.at(name));
      // The last layout, which for CIFAR-10 is that of a subset; every other file gzipped.
      const names = officialSources[name].whereabouts.layouts.at(-1)?.names ?? [];
      const there = names.map((file, i) => (i % 2 === 0 ? file : `${file}.gz`));
      for (const file of name === 'fashion-mnist' ? embedded : there)
        writeFileSync(
          folder.at(name, file),
          name === 'fashion-mnist' ? readFileSync(`${embeddedData}/${file}`) : '',
        );
      expect(right(await obtain(name, folder.at())())).toBe(folder.at(name));
      expect(right(await obtain(name, folder.at(name))())).toBe(folder.at(name));
    }
    const subset = right(await fashionMnist(folder.at())());
    expect([subset.train.count, subset.origin]).toEqual([
      8000,
      "four files in Fashion-MNIST's format, a subset",
    ]);
  });
});
