import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { download, type DownloadOptions, Key, type RemoteFile } from '../../src';
import { right } from '../support';
import { testFolder } from './folder';
import { type Answer, cut, head, ranged, serve, type TestServer } from './server';

const SEED = 1;
const SIZE = 100_000;
const content = Buffer.from(Key.bits(Key.key(1), SIZE / 4).buffer);
const hash = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');
const sha256 = hash('sha256', content);
const quick: DownloadOptions = { retries: 2, waitSeconds: 0.01 };
const once: DownloadOptions = { ...quick, retries: 0 };
/** Half a second is long beside any answer of this machine, and short for a test. */
const impatient: DownloadOptions = { ...once, stallSeconds: 0.5 };

describe('download', () => {
  const folder = testFolder();
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const start = async (answer: Answer): Promise<TestServer> => (server = await serve(answer));
  const remote = ({ url }: TestServer): RemoteFile => ({ name: 'f', url: `${url}/f`, bytes: SIZE, sha256 });
  /** The line of a download that fails, the server's address as URL. */
  const lineOf = async (answer: Answer, options: DownloadOptions = once): Promise<string> => {
    const running = await start(answer);
    return folder
      .line(await download(remote(running), folder.at(), options)())
      .replaceAll(running.url, 'URL');
  };
  /** A part that an earlier download left: the first bytes of the file, or others. */
  const left = (bytes: Buffer): void => {
    writeFileSync(folder.at('f.part'), bytes);
  };
  const isWhole = (): void => {
    expect(readdirSync(folder.at())).toEqual(['f']);
    expect(readFileSync(folder.at('f')).equals(content)).toBe(true);
  };
  const leaves = (size: number): void => {
    expect(readdirSync(folder.at())).toEqual(['f.part']);
    expect(statSync(folder.at('f.part')).size).toBe(size);
  };

  describe('what succeeds', () => {
    it('brings a file once, into a folder that it makes', async () => {
      const running = await start(ranged(content));
      const path = right(await download(remote(running), folder.at('a', 'b'), quick)());
      expect(path).toBe(folder.at('a', 'b', 'f'));
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(readdirSync(folder.at('a', 'b'))).toEqual(['f']);
      right(await download(remote(running), folder.at('a', 'b'), quick)());
      expect(running.asked.map(({ path: p, range }) => [p, range])).toEqual([['/f', undefined]]);
    });
    it('brings a file of unknown size by its MD5, in capitals too', async () => {
      const running = await start(ranged(content));
      const md5 = hash('md5', content).toUpperCase();
      right(await download({ name: 'f', url: running.url, md5 }, folder.at(), quick)());
      isWhole();
    });
    it('replaces a file that is another', async () => {
      writeFileSync(folder.at('f'), 'another');
      right(await download(remote(await start(ranged(content))), folder.at(), quick)());
      isWhole();
    });
    it('tells how far it is', async () => {
      const seen: (readonly [number, number | undefined])[] = [];
      const progress = (received: number, bytes: number | undefined): void =>
        void seen.push([received, bytes]);
      right(await download(remote(await start(ranged(content))), folder.at(), { ...quick, progress })());
      expect(seen.at(-1)).toEqual([SIZE, SIZE]);
      expect(seen.every(([received], i) => received > (seen[i - 1]?.[0] ?? 0))).toBe(true);
    });
    it('follows redirections, also relative ones', async () => {
      const running = await start((asked, response, number) => {
        if (asked.path === '/g') ranged(content)(asked, response, number);
        else response.writeHead(302, { location: '../g' }).end('elsewhere');
      });
      right(await download(remote(running), folder.at(), quick)());
      isWhole();
    });
    it('takes the bytes as they are, whatever encoding the server declares', async () => {
      const zipped = gzipSync(content);
      const running = await start((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped);
      });
      const file = { name: 'f', url: running.url, bytes: zipped.length, sha256: hash('sha256', zipped) };
      right(await download(file, folder.at(), quick)());
      expect(readFileSync(folder.at('f')).equals(zipped)).toBe(true);
      expect(running.asked[0]?.request.headers['accept-encoding']).toBe('identity');
    });
  });

  describe('what is continued', () => {
    it('asks only for what an earlier call left to do', async () => {
      left(content.subarray(0, 60_000));
      const running = await start(ranged(content));
      right(await download(remote(running), folder.at(), once)());
      expect(running.asked.map(({ range }) => range)).toEqual(['bytes=60000-']);
      isWhole();
    });
    it('asks for nothing when the part is whole', async () => {
      left(content);
      const running = await start(ranged(content));
      right(await download(remote(running), folder.at(), once)());
      expect(running.asked).toEqual([]);
      isWhole();
    });
    it('asks for every byte once, wherever connections break off', async () => {
      console.log(`downloads that break off: 20 cases, seed ${SEED}`);
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.integer({ min: 1, max: SIZE - 1 }), { maxLength: 4 }),
          async (at) => {
            const ends = at.toSorted((a, b) => a - b);
            rmSync(folder.at('f'), { force: true });
            const running = await serve((asked, response, number) => {
              cut(content, ends[number] ?? SIZE, asked, response);
            });
            try {
              right(await download(remote(running), folder.at(), { ...quick, retries: 4 })());
              isWhole();
              expect(running.asked.map(({ from }) => from)).toEqual([0, ...ends]);
            } finally {
              await running.close();
            }
          },
        ),
        { seed: SEED, numRuns: 20 },
      );
    });
    it('goes on after a stall and after a status that passes', async () => {
      const running = await start((asked, response, number) => {
        if (number === 1) response.writeHead(503).end();
        else {
          head(response, SIZE, asked.from);
          if (number === 0) response.write(content.subarray(0, 70_000));
          else response.end(content.subarray(asked.from));
        }
      });
      right(await download(remote(running), folder.at(), { ...impatient, retries: 2 })());
      expect(running.asked.map(({ from }) => from)).toEqual([0, 70_000, 70_000]);
      isWhole();
    });
    const wrong = Buffer.alloc(60_000, 7);
    it('begins anew where the server ignores ranges', async () => {
      left(wrong);
      const running = await start((_, response) => void response.end(content));
      right(await download(remote(running), folder.at(), once)());
      expect(running.asked.map(({ range }) => range)).toEqual(['bytes=60000-']);
      isWhole();
    });
    it('begins anew where the server has no such range', async () => {
      left(wrong);
      const running = await start(({ from }, response) => {
        if (from > 0) response.writeHead(416, { 'content-range': `bytes */${SIZE}` }).end();
        else response.end(content);
      });
      right(await download(remote(running), folder.at(), once)());
      expect(running.asked.map(({ range }) => range)).toEqual(['bytes=60000-', undefined]);
      isWhole();
    });
    it('begins anew where the server sends another range', async () => {
      left(wrong);
      const running = await start(({ from }, response) => {
        head(response, SIZE, from > 0 ? 50_000 : 0);
        response.end(content.subarray(from > 0 ? 50_000 : 0));
      });
      right(await download(remote(running), folder.at(), once)());
      expect(running.asked).toHaveLength(2);
      isWhole();
    });
    it('begins anew where the part is longer than the file', async () => {
      left(Buffer.concat([content, wrong]));
      const running = await start(ranged(content));
      right(await download(remote(running), folder.at(), once)());
      expect(running.asked.map(({ range }) => range)).toEqual([undefined]);
      isWhole();
    });
  });

  describe('what fails', () => {
    it('a checksum of other bytes: the part is removed', async () => {
      const lies = Buffer.from(content).fill(0, SIZE - 1);
      expect(await lineOf(ranged(lies))).toBe(
        `data error at URL/f: expected SHA-256 ${sha256}, found ${hash('sha256', lies)}`,
      );
      expect(readdirSync(folder.at())).toEqual([]);
    });
    it('a part of other bytes: it is removed, and the next call brings the file', async () => {
      left(Buffer.alloc(60_000, 7));
      expect(await lineOf(ranged(content))).toContain(`expected SHA-256 ${sha256}, found `);
      expect(server && right(await download(remote(server), folder.at(), once)())).toBe(folder.at('f'));
      isWhole();
    });
    it('a status that does not pass, asked for once', async () => {
      expect(await lineOf((_, response) => void response.writeHead(404).end('none'), quick)).toBe(
        'file error at URL/f: expected HTTP status 200, found 404 Not Found',
      );
      expect(server?.asked).toHaveLength(1);
      expect(readdirSync(folder.at())).toEqual([]);
    });
    it('a status that may pass, asked for again and again', async () => {
      expect(await lineOf((_, response) => void response.writeHead(500).end('oh'), quick)).toBe(
        'file error at URL/f: expected HTTP status 200, found 500 Internal Server Error',
      );
      expect(server?.asked).toHaveLength(3);
    });
    it('a connection that is refused', async () => {
      const { url, close } = await serve(ranged(content));
      await close();
      const file: RemoteFile = { name: 'f', url, sha256 };
      expect(folder.line(await download(file, folder.at(), once)()).replaceAll(url, 'URL')).toBe(
        'file error at URL: expected an answer, found connection refused',
      );
    });
    it('a server that is none of the web', async () => {
      const line = await lineOf(({ request }) => void request.socket.end('good morning\r\n'));
      expect(line).toBe('file error at URL/f: expected an answer, found HPE_INVALID_CONSTANT');
    });
    it('a server that does not answer', async () => {
      expect(await lineOf(() => undefined, impatient)).toBe(
        'file error at URL/f: expected bytes within 0.5 s, found none after 0 of 100000 bytes',
      );
    });
    it('a server that stops: what came is kept', async () => {
      const stops: Answer = (_, response) => {
        head(response, SIZE, 0);
        response.write(content.subarray(0, 60_000));
      };
      expect(await lineOf(stops, impatient)).toBe(
        'file error at URL/f: expected bytes within 0.5 s, found none after 60000 of 100000 bytes',
      );
      leaves(60_000);
    });
    it('a connection that breaks off each time: what came is kept', async () => {
      const broken: Answer = (asked, response, number) => {
        cut(content, 30_000 * (number + 1), asked, response);
      };
      expect(await lineOf(broken, { ...quick, retries: 1 })).toBe(
        'file error at URL/f: expected a whole download, found connection broken off after 60000 of 100000 bytes',
      );
      leaves(60_000);
    });
    it('fewer bytes than the file has', async () => {
      expect(await lineOf((_, response) => void response.end(content.subarray(0, 60_000)))).toBe(
        'file error at URL/f: expected 100000 bytes, found 60000',
      );
    });
    it('more bytes than the file has, without an end: they are not awaited', async () => {
      const endless: Answer = (_, response) => {
        const more = (): void => {
          if (!response.destroyed) response.write(content, () => setImmediate(more));
        };
        more();
      };
      expect(await lineOf(endless)).toBe('data error at URL/f: expected 100000 bytes, found more');
      expect(readdirSync(folder.at())).toEqual([]);
    });
    it('redirections that do not end', async () => {
      expect(await lineOf((_, response) => void response.writeHead(301, { location: '/f' }).end())).toBe(
        'file error at URL/f: expected at most 5 redirections, found more',
      );
      expect(server?.asked).toHaveLength(6);
    });
    it('addresses that are none of the web', async () => {
      const address = 'an address that begins with http:// or https://';
      const redirected: Answer = (_, response) =>
        void response.writeHead(302, { location: 'ftp://a/b' }).end();
      expect(await lineOf(redirected)).toBe(`options error at URL/f: expected ${address}, found ftp://a/b`);
      const file: RemoteFile = { name: 'f', url: 'nowhere', sha256 };
      expect(folder.line(await download(file, folder.at(), once)())).toBe(
        `options error at nowhere: expected ${address}, found nowhere`,
      );
    });
    it('options that are none', async () => {
      expect(await lineOf(ranged(content), { retries: -1 })).toBe(
        'options error at retries: expected a whole number of at least 0, found -1',
      );
      expect(await lineOf(ranged(content), { stallSeconds: 0 })).toBe(
        'options error at stallSeconds: expected a finite number of at least 0.001, found 0',
      );
    });
    it('places that cannot be written', async () => {
      writeFileSync(folder.at('file'), '');
      const running = await start(ranged(content));
      expect(folder.line(await download(remote(running), folder.at('file'), once)())).toBe(
        'file error at file: expected a place that can be written, found EEXIST',
      );
      mkdirSync(folder.at('f.part'));
      expect(folder.line(await download(remote(running), folder.at(), once)())).toBe(
        'file error at f.part: expected a place that can be written, found a folder',
      );
    });
  });

  describe('an abort', () => {
    it('leaves the part for the next time', async () => {
      const running = await start(({ from }, response) => {
        head(response, SIZE, from);
        if (from > 0) response.end(content.subarray(from));
        else response.write(content.subarray(0, 60_000));
      });
      const abort = new AbortController();
      const options: DownloadOptions = {
        ...quick,
        signal: abort.signal,
        progress: (received) => {
          if (received === 60_000) abort.abort();
        },
      };
      expect(
        folder.line(await download(remote(running), folder.at(), options)()).replaceAll(running.url, ''),
      ).toBe('file error at /f: expected a whole download, found an abort after 60000 of 100000 bytes');
      leaves(60_000);
      right(await download(remote(running), folder.at(), quick)());
      expect(running.asked.map(({ from }) => from)).toEqual([0, 60_000]);
      isWhole();
    });
    it('ends the wait before another attempt, and asks for nothing where it came first', async () => {
      const abort = new AbortController();
      const running = await start((_, response) => {
        response.writeHead(503).end(() =>
          setTimeout(() => {
            abort.abort();
          }, 100),
        );
      });
      // A wait longer than a test may last.
      const options: DownloadOptions = { ...quick, waitSeconds: 600, signal: abort.signal };
      for (const asked of [1, 1]) {
        const result = await download(remote(running), folder.at(), options)();
        expect(folder.line(result).replaceAll(running.url, '')).toBe(
          'file error at /f: expected a whole download, found an abort after 0 of 100000 bytes',
        );
        expect(running.asked).toHaveLength(asked);
      }
      expect(readdirSync(folder.at())).toEqual([]);
    });
  });
});
