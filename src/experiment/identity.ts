/** What a cell is, whatever runs it and wherever: a pure function of its resolved configuration. */
import { createHash } from 'node:crypto';
import { compareTexts } from '../core';
import { type Cell } from './cells';
import { type TrainingConfig } from './config';
import { configOfStage } from './data';

/**
 * Collects everything that decides the numbers of a cell, as plain data: data, network, loss,
 * method, optimizer, epochs and seed. Its name and its place in the configuration do not count.
 *
 * @param config the configuration
 * @param cell the cell
 *
 * @example resolvedCell(config, cell).epochs // 1
 */
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

/**
 * Formats a value as JSON with sorted keys: equal values give equal texts.
 *
 * @param value plain data
 *
 * @example canonical({ b: 1, a: [2] }) // '{"a":[2],"b":1}'
 */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, own: unknown) =>
    typeof own === 'object' && own !== null && !Array.isArray(own)
      ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => compareTexts(a, b)))
      : own,
  );

/**
 * Computes the identity of a cell: the SHA-256 of its resolved configuration, as 64 hexadecimal
 * digits. Cells of equal identity give the same numbers, so a queue may run one for both.
 *
 * @param config the configuration
 * @param cell the cell
 *
 * @example identityOf(config, cell).length // 64
 */
export const identityOf = (config: TrainingConfig, cell: Cell): string =>
  createHash('sha256')
    .update(canonical(resolvedCell(config, cell)))
    .digest('hex');
