/** The mark by which workers know the store of a queue, however controllers and workers come between each other. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { attemptTask } from '../../src/core';
import { checkStore, markStore } from '../../src/queue/names';
import { messageOf } from '../support';

const SEED = 5;
const numRuns = 200;

const queue = { version: '1.0.0', backend: 'wasm' };
const KEY = 'proxprop:marker:cells 1.0.0 wasm';

type Link = Parameters<typeof markStore>[0];
type Store = Parameters<typeof markStore>[2];

/** A server and stores in memory, whose commands take effect when the scheduler says so. */
const worldOf = (s: fc.Scheduler) => {
  const keys = new Map<string, string>();
  const once = <A>(label: string, f: () => A): Promise<A> => s.schedule(Promise.resolve(), label).then(f);
  const redis = {
    get: (key: string) => once('get', () => keys.get(key) ?? null),
    setnx: (key: string, value: string) =>
      once('setnx', () => {
        if (keys.has(key)) return 0;
        keys.set(key, value);
        return 1;
      }),
  };
  const storeOf = (shown: string): Store & { readonly names: ReadonlySet<string> } => {
    const names = new Set<string>();
    return {
      shown,
      names,
      put: (name) => once('put', () => void names.add(name)),
      has: (name) => once('has', () => names.has(name)),
      remove: (name) => once('remove', () => void names.delete(name)),
    };
  };
  const link: Link = { address: { shown: 'redis://localhost' }, redis };
  return { link, keys, storeOf };
};

/** The queue tells of the mark before it is in the store. */
const early: typeof markStore = async (link, name, store) => {
  if ((await link.redis.setnx(KEY, 'aa')) === 1) await store.put('store-aa', Buffer.from('aa'));
  else await checkStore(link, name, store);
};

/** What two controllers and two workers on one store are told, one line each. */
const told = (mark: typeof markStore) => async (s: fc.Scheduler) => {
  const { link, keys, storeOf } = worldOf(s);
  const store = storeOf('one');
  const all = [
    ...[1, 2].map(() => attemptTask(() => mark(link, queue, store))()),
    ...[1, 2].map(() => attemptTask(() => checkStore(link, queue, store))()),
  ];
  const ended = await s.waitFor(Promise.all(all));
  return { lines: ended.map(messageOf), marker: keys.get(KEY), names: [...store.names] };
};

describe('the mark of a store', () => {
  beforeAll(() => {
    console.log(`marks: ${numRuns} cases each, seed ${SEED}`);
  });

  it('is there before anybody looks for it, and there is one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const { lines, marker, names } = await told(markStore)(s);
        expect(lines).toEqual(lines.map(() => 'no error'));
        expect(names).toEqual([`store-${String(marker)}`]);
      }),
      { numRuns, seed: SEED },
    );
  });

  it('that the queue tells of before the store has it is found', async () => {
    const found = await fc.check(
      fc.asyncProperty(fc.scheduler(), async (s) =>
        (await told(early)(s)).lines.every((line) => line === 'no error'),
      ),
      { numRuns, seed: SEED },
    );
    expect(found.failed).toBe(true);
  });

  it('refuses another store, and leaves nothing in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const { link, storeOf } = worldOf(s);
        const stores = [storeOf('one'), storeOf('other')];
        const ended = await s.waitFor(
          Promise.all(stores.map((store) => attemptTask(() => markStore(link, queue, store))())),
        );
        const lines = ended.map(messageOf);
        expect(lines.filter((line) => line === 'no error')).toHaveLength(1);
        expect(lines.join()).toContain(
          'options error at --store: expected the store that the queue was begun with, found ',
        );
        expect(stores.map(({ names }) => names.size).sort()).toEqual([0, 1]);
      }),
      { numRuns, seed: SEED },
    );
  });
});
