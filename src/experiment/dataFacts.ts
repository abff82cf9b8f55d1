/** What a report says of a dataset, kept in the folder of a run: reports need no data. */
import { join } from 'node:path';
import { orThrow } from '../core';
import { type Dataset } from '../data';
import { closed, decodeAt, type Decoded, text, wholeFrom } from '../registry';
import * as Report from '../report';
import { parsed, textIfThere } from './files';

const Facts = closed(
  'facts of a dataset',
  { name: text, origin: text, train: wholeFrom(0), test: wholeFrom(0) },
  {},
);
/**
 * The facts of a dataset that a report states: its name, its origin and its numbers of examples.
 */
export type Facts = Decoded<typeof Facts>;

/** A dataset, and the folder that a worker reads it from. */
export interface TrainingData {
  /** The dataset. */
  readonly data: Dataset;
  /** The folder of its files. */
  readonly folder: string;
}

const FILE = 'dataset.json';

export const factsOf = ({ name, origin, train, test }: Dataset): Facts => ({
  name,
  origin,
  train: train.count,
  test: test.count,
});

/** Throws a `Fault` where it cannot be written. */
export const writeFacts = async (out: string, data: Dataset): Promise<void> => {
  orThrow(await Report.writeFiles(out, { [FILE]: `${JSON.stringify(factsOf(data), null, 2)}\n` })());
};

/** Nothing where a run has not written them. Throws a `Fault` where they cannot be read. */
export const factsIn = async (out: string): Promise<Facts | undefined> => {
  const path = join(out, FILE);
  const content = await textIfThere(path);
  return content === undefined ? undefined : orThrow(decodeAt(path, Facts, parsed(path, content)));
};
