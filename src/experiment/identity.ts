/** What a cell is, whatever runs it and wherever: a pure function of its resolved configuration. */
import { createHash } from 'node:crypto';
import { compareTexts } from '../core';
import { type Cell } from './cells';
import { type TrainingConfig } from './config';
import { configOfStage } from './data';

/** All that decides the numbers of a cell: plain data. Neither its name nor its place in the configuration is among them. */
export const resolvedCell = (config: TrainingConfig, { stage, trainer, seed, epochs }: Cell) => {
  const { data, network, loss, batchSize, modules } = configOfStage(config, stage);
  return {
    data,
    network,
    loss,
    batchSize: trainer.batchSize ?? batchSize,
    schedule: trainer.schedule,
    ...(trainer.optimizer === undefined ? {} : { optimizer: trainer.optimizer }),
    epochs,
    seed,
    ...(modules === undefined ? {} : { modules }),
  };
};

/** JSON whose keys are sorted: equal for equal values. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, own: unknown) =>
    typeof own === 'object' && own !== null && !Array.isArray(own)
      ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => compareTexts(a, b)))
      : own,
  );

/**
 * The identity of a cell: the SHA-256 of its resolved configuration, as 64 hexadecimal digits. Cells of equal identity come to the
 * same numbers, so that a queue may run either of them for both.
 */
export const identityOf = (config: TrainingConfig, cell: Cell): string =>
  createHash('sha256')
    .update(canonical(resolvedCell(config, cell)))
    .digest('hex');
