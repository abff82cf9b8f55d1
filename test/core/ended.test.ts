/** Promises that end together. */
import { expect, it } from 'vitest';
import { allEnded } from '../../src/core';

it('gives the values in their order', async () => {
  expect(await allEnded([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
});

it('fails as the first one does, and not before the last has ended', async () => {
  let ended = 0;
  const late = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended++;
    return 1;
  };
  const failing = [Promise.reject(new Error('first')), late(), Promise.reject(new Error('second')), late()];
  await expect(allEnded(failing)).rejects.toThrow('first');
  expect(ended).toBe(2);
});
