/** All laws of all layers on one backend, and their table. A file for each backend, so that they run side by side. */
import { afterAll, expect, it } from 'vitest';
import { type Backend } from '../../src';
import { layerCases, type LayerReport, lawsOf, layerTable, numberOf, showReport } from '../../laws';
import { A_TENTH, casesOf } from '../support';
import { onBackend, ran } from './support';

/**
 * A hundred cases for what every layer has to be. Implicit steps of layers that are not affine take up to twenty
 * linearisations of up to a hundred CG iterations a case: twenty cases there.
 */
const casesFor = (law: number, affine: boolean): number =>
  casesOf(law === numberOf('layers') || affine ? 100 : 20, A_TENTH);

const table = (backend: Backend): void => {
  const reports: LayerReport[] = [];
  for (const row of layerCases)
    it(`all laws of ${row.name}`, ({ task }) => {
      const laws = lawsOf(row);
      // Laws 10 and 12 are stated for affine layers alone.
      const affine = laws.some(({ number }) => number === numberOf('firmness'));
      const own = laws.map(({ number, run }) => run({ numRuns: casesFor(number, affine) }));
      reports.push({ name: row.name, reports: own });
      task.meta.laws = ran(own);
      expect(own.filter((r) => r.violation !== undefined).map(showReport)).toEqual([]);
      expect(own.map((r) => r.cases)).toEqual(laws.map(({ number }) => casesFor(number, affine)));
    });
  afterAll(() => {
    console.log(`layers × laws on ${backend}, cases run:\n${layerTable(reports)}`);
  });
};

export const layerTableOn = (backend: Backend): void => {
  onBackend(backend, () => {
    table(backend);
  });
};
