/** Laws 19 to 22: the blocks of every method, in one table; and their mutants. */
import { afterAll, expect, it } from 'vitest';
import { blockCoordinateDescent, cg, exact, mac } from '../../src';
import {
  blockDescent,
  type BlockMethod,
  blockOptimality,
  type BlockReports,
  blockTable,
  checkBlocks,
  methodCases,
  monotone,
  otherCouplings,
  overshooting,
  showReport,
  smallSteps,
} from '../../laws';
import { A_TENTH, casesOf } from '../support';
import { holds, onEachBackend, ran, rejects } from './support';

const exactMac: BlockMethod = (coupling, tauTheta) =>
  mac({ coupling, tauTheta, parameters: exact(), activations: exact() });
/** One linearisation, whose step has to be taken whole. */
const onceMac: BlockMethod = (coupling, tauTheta) =>
  mac({ coupling, tauTheta, parameters: cg(3), activations: cg(3) });
const bcd: BlockMethod = (coupling, tauTheta) => blockCoordinateDescent({ coupling, tauTheta });

onEachBackend((backend) => {
  const rows: (readonly BlockReports[])[] = [];
  for (const method of methodCases)
    it(`all blocks of ${method.name}`, ({ task }) => {
      const numRuns = casesOf(100, A_TENTH);
      const found = checkBlocks(method, { numRuns });
      rows.push(found);
      const reports = found.flatMap(({ reports: r }) => r);
      task.meta.laws = ran(reports);
      for (const report of reports) if (report.violation !== undefined) console.log(showReport(report));
      expect(reports.filter(({ violation }) => violation !== undefined)).toEqual([]);
      expect(reports.every(({ cases }) => cases === numRuns)).toBe(true);
    });
  afterAll(() => {
    console.log(`methods × blocks on ${backend}, cases run of laws 19 + 20 + 21:\n${blockTable(rows)}`);
  });

  holds(monotone('block coordinate descent', bcd), { share: A_TENTH });
  holds(monotone('mac', exactMac), { numRuns: 40, share: A_TENTH });

  for (const kind of ['θ, composed link', 'θ, under the loss', 'x, all together'] as const)
    holds(smallSteps('mac by cg', onceMac, kind), { of: kind, numRuns: 30 });

  for (const kind of ['θ, affine link', 'x, under an affine link', 'x, under an elementwise link'] as const) {
    rejects(`a step too far, on ${kind}`, blockDescent('mutant', bcd, kind, overshooting(2.5)));
    rejects(`a step too short, on ${kind}`, blockOptimality('mutant', bcd, kind, overshooting(0.9)));
    rejects(`a small step too short, on ${kind}`, smallSteps('mutant', bcd, kind, overshooting(0.9)));
  }
  for (const kind of ['θ, composed link', 'x, all together'] as const)
    rejects(`a step too short, on ${kind}`, blockOptimality('mutant', exactMac, kind, overshooting(0.9)));
  rejects(
    'another coupling, under the loss',
    blockOptimality('mutant', bcd, 'x, under the loss', otherCouplings(2)),
  );
  rejects('sweeps that overshoot', monotone('mutant', bcd, overshooting(2.5)));
});
