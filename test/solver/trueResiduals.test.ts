/** Solves by every solver, route and precision, judged by sums of their own; `trueResiduals.ts` does thousands of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { casesOf, started, testBackends } from '../support';
import { survey } from './survey';

describe.each(testBackends)('true residuals on %s', (backend) => {
  beforeAll(() => started(backend));
  it.each([
    ['random', 90],
    ['contrary', 45],
    ['large', 16],
  ] as const)('of %s systems are what is reported, and no step goes uphill', (kind, count) => {
    const found = survey(casesOf(count), kind, 1);
    console.log(`${found.solves} solves, seed 1, ${found.converged} converged`);
    expect([found.silent, found.uphill, found.faults]).toEqual([[], [], []]);
    // Scatter of combinations of units at most, and a survey in which nothing converges says nothing.
    expect(found.worst).toBeLessThan(3);
    expect(found.converged).toBeGreaterThan(found.solves / 2);
  });
});
