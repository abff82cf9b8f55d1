/** A grid of so many cells, and what its folder must hold in the end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/Either';
import { type Cell, planned, readExperiment } from '../../src/experiment';
import { right } from '../support';
import { simulated, type Simulation } from './simulated';

/** Rates that differ, times two seeds. */
export const gridOf = (cells: number, epochs: number): unknown => ({
  kind: 'training',
  name: 'grid',
  title: 'A grid',
  question: 'Does each cell end once?',
  data: { name: 'fashion-mnist', train: 100, test: 50 },
  network: [{ layer: 'linear', units: 10 }],
  loss: 'softmaxCrossEntropy',
  batchSize: 50,
  epochs,
  seeds: [1, 2],
  methods: [
    {
      name: 'backprop',
      schedule: { type: 'backprop' },
      optimizer: { type: 'sgd', rate: 1 },
      vary: { 'optimizer.rate': Array.from({ length: Math.ceil(cells / 2) }, (_, i) => (i + 1) / 1000) },
    },
  ],
});

export const writeGrid = (path: string, cells: number, epochs: number): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(gridOf(cells, epochs)));
};

/** The cells of a configuration. */
export const cellsIn = async (config: string): Promise<readonly Cell[]> => {
  const plan = right(planned(right(await readExperiment(config)())));
  if (plan.kind !== 'training') throw new Error('a training');
  return plan.plan.final(new Map());
};

/** All cells of a configuration, each by itself and without a queue, as one machine would. */
export const trainAlone = async (config: string, out: string, how: Simulation): Promise<number> => {
  const cells = await cellsIn(config);
  const trainers = simulated({ ...how, epoch: 0, failing: 0, deadly: '' })();
  for (const cell of cells) {
    const ended = await trainers.train(cell, `${out}/cells/${cell.id}`, () => undefined);
    if (E.isLeft(ended)) throw new Error('a cell that fails');
  }
  return cells.length;
};
