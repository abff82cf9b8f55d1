/** Parts of a queue that need no server: addresses, parcels, senders, modules, boards, the bytes of datasets. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt } from '../../src';
import { checksumOfData, decodeDataset, encodeDataset, spirals } from '../../src/experiment';
import {
  queueAddress,
  bestOf,
  type Board,
  boardOn,
  filesIn,
  headline,
  loginIn,
  modulesAt,
  parcelOf,
  pathsHere,
  sealed,
  secondsLeft,
  senderOf,
  unsealed,
} from '../../src/queue';
import { failureOf, MOST_DEATHS } from '../../src/queue/failure';
import { testFolder } from '../data/folder';
import { messageOf } from '../support';

describe('addresses', () => {
  it.each([
    ['redis://head', 'redis://head:6379', { host: 'head', port: 6379, db: 0, tls: false }],
    ['rediss://head:7000/3', 'rediss://head:7000/3', { host: 'head', port: 7000, db: 3, tls: true }],
    ['redis://[::1]', 'redis://[::1]:6379', { host: '::1' }],
  ])('%s', (text, shown, parts) => {
    expect(queueAddress(text)).toMatchObject({ shown, ...parts });
  });

  it.each([
    'head',
    'http://head',
    'redis://',
    'redis://head/x',
    'redis://head?password=secret',
    'redis://head#secret',
  ])('%s is none', (text) => {
    const message = messageOf(attempt(() => queueAddress(text)));
    expect(message).toMatch(/^options error at --queue: expected redis:\/\/HOST/);
    expect(message).not.toContain('secret');
  });

  it.each(['redis://:secret@head', 'rediss://user:secret@head', 'redis://secret@head'])(
    'a password is refused, and not told: %s',
    (text) => {
      const message = messageOf(attempt(() => queueAddress(text)));
      expect(message).toContain('PROXPROP_REDIS_PASSWORD');
      expect(message).not.toContain('secret');
    },
  );

  it('who asks is in the environment', () => {
    expect(loginIn({ PROXPROP_REDIS_USER: 'a', PROXPROP_REDIS_PASSWORD: 'b' })).toEqual({
      username: 'a',
      password: 'b',
    });
    expect(loginIn({ PROXPROP_REDIS_PASSWORD: '' })).toEqual({});
  });
});

describe('parcels', () => {
  const contents = fc.dictionary(fc.constantFrom('a', 'b', 'c.d'), fc.uint8Array({ maxLength: 200 }));

  it('come back as they were', () => {
    fc.assert(
      fc.property(contents, (files) => {
        const sent = new Map(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes)]));
        const found = filesIn('parcel', parcelOf(sent), ['a', 'b', 'c.d']);
        expect([...found].map(([name, bytes]) => [name, Buffer.from(bytes)])).toEqual([...sent]);
      }),
      { numRuns: 200 },
    );
  });

  it('are whole or nothing: a byte that is changed, cut off or added is found', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (content, at) => {
        const bytes = sealed(content);
        expect(Buffer.from(unsealed(bytes) ?? [1])).toEqual(Buffer.from(content));
        const changed = Uint8Array.from(bytes, (byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));
        for (const torn of [
          changed,
          bytes.subarray(0, bytes.length - 1),
          Buffer.concat([bytes, Buffer.of(0)]),
        ])
          expect(unsealed(torn)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['other bytes', Buffer.from('x'), 'expected a parcel of files, found other bytes'],
    ['another name', parcelOf(new Map([['../../x', Buffer.of(1)]])), 'expected only a, found ../../x'],
    ['too few bytes', parcelOf(new Map([['a', Buffer.of(1)]])).subarray(0, -1), 'bytes, found'],
    ['no head', Buffer.from('{"files":7}\n'), 'files: expected a list'],
  ])('%s are refused', (_, bytes, line) => {
    expect(messageOf(attempt(() => filesIn('parcel', bytes, ['a'])))).toContain(line);
  });
});

describe('the bytes of a dataset', () => {
  const data = spirals({ train: 30, test: 12 });

  it('come to the same numbers and checksum', () => {
    const again = decodeDataset('data', encodeDataset(data));
    expect(again).toMatchObject({
      shape: data.shape,
      classes: data.classes,
      train: data.train,
      test: data.test,
    });
    expect(checksumOfData(again)).toBe(checksumOfData(data));
  });

  it('change their checksum with any number, and not with a name', () => {
    const own = checksumOfData(data);
    expect(checksumOfData({ ...data, name: 'other', origin: 'other' })).toBe(own);
    const labels = Int32Array.from(data.test.labels, (label, i) => (i === 3 ? 1 - label : label));
    expect(checksumOfData({ ...data, test: { ...data.test, labels } })).not.toBe(own);
    expect(checksumOfData({ ...data, train: data.test, test: data.train })).not.toBe(own);
    expect(checksumOfData({ ...data, shape: [1, 2] })).not.toBe(own);
  });

  it('that are cut off are refused', () => {
    const bytes = encodeDataset(data);
    expect(messageOf(attempt(() => decodeDataset('data', bytes.subarray(0, -1))))).toContain(
      'data error at data',
    );
    expect(messageOf(attempt(() => decodeDataset('data', Buffer.concat([bytes, Buffer.of(0)]))))).toContain(
      'data error at data',
    );
  });
});

describe('a sender', () => {
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

  it('sends the newest, and one at a time', async () => {
    let [newest, on, most] = [0, 0, 0];
    const sent: number[] = [];
    const sender = senderOf(
      async () => {
        most = Math.max(most, ++on);
        const now = newest;
        await turn();
        sent.push(now);
        on -= 1;
      },
      () => undefined,
    );
    for (newest = 1; newest < 50; newest++) sender.notify();
    sender.notify();
    await sender.settled();
    expect([most, sent.at(-1)]).toEqual([1, 50]);
    expect(sent.length).toBeLessThan(50);
  });

  it('tells of a failure once, and of nothing after', async () => {
    const failures: unknown[] = [];
    let sends = 0;
    const sender = senderOf(
      () => {
        sends += 1;
        return Promise.reject(new Error('full'));
      },
      (thrown) => failures.push(thrown),
    );
    sender.notify();
    await expect(sender.settled()).rejects.toThrow('full');
    sender.notify();
    await expect(sender.settled()).rejects.toThrow('full');
    expect([sends, failures.length]).toEqual([1, 1]);
  });
});

describe('modules of one’s own', () => {
  const folder = testFolder();

  it('are those of the same name and contents', async () => {
    for (const name of ['a', 'b']) mkdirSync(folder.at(name));
    writeFileSync(folder.at('a/own.mjs'), 'export const a = 1;');
    writeFileSync(folder.at('b/own.mjs'), 'export const a = 2;');
    const [one, other] = [
      await modulesAt([folder.at('a/own.mjs')]),
      await modulesAt([folder.at('b/own.mjs')]),
    ];
    expect(pathsHere(one, [...other, ...one])).toEqual([folder.at('a/own.mjs')]);
    expect(messageOf(attempt(() => pathsHere(one, other)))).toMatch(
      /^options error at --module: expected the module own\.mjs with the SHA-256 [0-9a-f]{12}…, found one with [0-9a-f]{12}…$/,
    );
    expect(messageOf(attempt(() => pathsHere(one, [])))).toContain('found none of that name');
  });
});

describe('why a job failed', () => {
  const job = { attemptsMade: 3, failedReason: 'first\nsecond \u001b[2J', stalledCounter: MOST_DEATHS };

  it('is its last failure, in a line that does nothing to a terminal', () => {
    expect(failureOf(job)).toBe('3 attempts, the last: first second \\x1b[2J');
    expect(failureOf({ ...job, failedReason: 'x'.repeat(1e6) }).length).toBeLessThan(300);
  });

  it('is the deaths of workers, where these are too many', () => {
    expect(failureOf({ ...job, stalledCounter: MOST_DEATHS + 1 })).toBe(
      '11 workers that died in it, or lost the server for longer than the lock',
    );
  });
});

describe('a board', () => {
  const board: Board = { cells: 4, ended: [], epochs: 40, done: 20, before: 10, seconds: 5 };

  it('estimates the end by what was trained since its clock began', () => {
    // 10 epochs in 5 s: 20 more take 10 s.
    expect(secondsLeft(board)).toBe(10);
    expect(secondsLeft({ ...board, done: 10 })).toBeUndefined();
    expect(headline(board)).toBe('0 of 4 cells ended, 50.0 % of the epochs, 10 s left');
  });

  it('shows the best, those that diverged last', () => {
    const ended = [
      { name: 'c', loss: 2 },
      { name: 'b', loss: null },
      { name: 'a', loss: 0.5 },
      { name: '0', loss: 2 },
    ];
    expect(bestOf(ended).map(({ name }) => name)).toEqual(['a', '0', 'c', 'b']);
  });

  it('is a line for each tenth of the way where there is no terminal, and one place on a terminal', () => {
    const written: string[] = [];
    const write = (text: string): void => {
      written.push(text);
    };
    const { show } = boardOn({ write });
    for (let done = 0; done <= 40; done++) show({ ...board, done });
    expect(written.length).toBe(10);
    const { show: draw } = boardOn({ isTTY: true, write });
    draw(board);
    draw({ ...board, ended: [{ name: 'a', loss: 1 }] });
    draw(board);
    // One line, then the three lines of a table of one row more.
    expect(written.slice(-2).map((text) => text.split('\u001b[J')[0])).toEqual(['\u001b[1F', '\u001b[4F']);
  });
});
