/** What becomes of a cell: its files on the way from a worker's folder to that of the run. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk, orThrow } from '../core';
import * as Disk from '../disk';
import { type Files, filesIn, parcelOf } from './parcel';
import { type Store } from './store';

/** The names that a folder of a cell holds. */
export const ENDING = 'ending.json';
export const METRICS = 'metrics.jsonl';
export const CHECKPOINT = 'checkpoint.safetensors';

/** These files of a folder; those that are not there are left out. */
export const readFiles = async (folder: string, names: readonly string[]): Promise<Files> => {
  const found = new Map<string, Uint8Array>();
  // One after the other: metrics are written before the checkpoint that stands behind them, and so read after it.
  for (const name of names) {
    const bytes = await Disk.readIfThere(join(folder, name));
    if (bytes !== undefined) found.set(name, bytes);
  }
  return found;
};

/** In their order, each whole or not at all. */
export const storeFiles = async (folder: string, files: Files): Promise<void> => {
  orThrow(await Disk.writeFiles(folder, Object.fromEntries(files))());
};

/** What a stopped training goes on from. */
export const sendProgress = async (store: Store, id: string, folder: string): Promise<void> => {
  const files = await readFiles(folder, [CHECKPOINT, METRICS]);
  if (files.has(CHECKPOINT)) await store.put(`progress-${id}`, parcelOf(files));
};

/** Lay what is kept of a training into an empty folder; whether there was a checkpoint. */
export const fetchProgress = async (store: Store, id: string, folder: string): Promise<boolean> => {
  const bytes = await store.get(`progress-${id}`);
  const files =
    bytes === undefined
      ? new Map<string, Uint8Array>()
      : filesIn(`${store.shown}: progress-${id.slice(0, 12)}`, bytes, [METRICS, CHECKPOINT]);
  await storeFiles(folder, files);
  return files.has(CHECKPOINT);
};

/** Send what a training came to. Its parameters go first: once the result is there, all is. */
export const sendResult = async (
  store: Store,
  id: string,
  folder: string,
  parameters: 'kept' | 'dropped',
): Promise<void> => {
  if (parameters === 'kept')
    await store.put(`parameters-${id}`, parcelOf(await readFiles(folder, [CHECKPOINT])));
  await store.put(`result-${id}`, parcelOf(await readFiles(folder, [METRICS, ENDING])));
  await store.remove(`progress-${id}`);
};

/** Whether all of a result is there. */
export const hasResult = async (store: Store, id: string, parameters: 'kept' | 'dropped'): Promise<boolean> =>
  (await store.has(`result-${id}`)) && (parameters === 'dropped' || (await store.has(`parameters-${id}`)));

/** The files of a result that has come whole; nothing else. */
export const fetchResult = async (
  store: Store,
  id: string,
  parameters: 'kept' | 'dropped',
): Promise<Files | undefined> => {
  const at = (name: string): string => `${store.shown}: ${name.slice(0, 24)}`;
  const result = await store.get(`result-${id}`);
  if (result === undefined) return undefined;
  const files = filesIn(at(`result-${id}`), result, [METRICS, ENDING]);
  if (!files.has(ENDING) || !files.has(METRICS)) return undefined;
  if (parameters === 'dropped') return files;
  const trained = await store.get(`parameters-${id}`);
  if (trained === undefined) return undefined;
  const checkpoint = filesIn(at(`parameters-${id}`), trained, [CHECKPOINT]);
  return checkpoint.has(CHECKPOINT) ? new Map([...checkpoint, ...files]) : undefined;
};

/** Lay a result into the folder of a cell as its own training would have left it: how it ended comes last. */
export const layResult = async (folder: string, files: Files): Promise<void> => {
  if (!files.has(CHECKPOINT)) {
    const path = join(folder, CHECKPOINT);
    await onDisk(path, 'a file that can be removed', () => rm(path, { force: true }));
  }
  const order = [CHECKPOINT, METRICS, ENDING];
  await storeFiles(folder, new Map([...files].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))));
};
