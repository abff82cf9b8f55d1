import { type Report } from '../../../src';

export const summary: Report.Summary = {
  ...{ example: 'quickstart', backend: 'cpu', threads: 1, seed: 1 },
  dataset: { name: 'none', train: 1, test: 1 },
  runs: [],
};
export const points = [
  { name: 'a', x: 1, y: 2 },
  { name: 'a', x: 2, y: 3 },
];
export const plot = { title: 'loss', lossTitle: 'loss', logScale: true, series: [] };
