/** Reports whose residual is a tensor until it is read, as solvers give them where reading stalls. */
import { beforeAll, describe, expect, it } from 'vitest';
import { scalar } from '@tensorflow/tfjs-core';
import { dispose, liveTensors, pendingResiduals, readNow, readSolves, Solver } from '../../src';
import { started, testBackends } from '../support';

const report = (residual: Solver.Measured): Solver.SolveReport => ({
  route: 'dual',
  precision: 'float32',
  iterations: 1,
  ...Solver.judged(residual, 1e-3),
});

describe.each(testBackends)('residuals that are read later, on %s', (backend) => {
  beforeAll(() => started(backend));

  it('become numbers in place, and say whether the solve converged', async () => {
    const before = liveTensors();
    const reports = [report(scalar(0.5)), report(0.25), report(scalar(2 ** -12))];
    expect(reports.map(({ converged }) => converged)).toEqual([undefined, false, undefined]);
    const read = await readSolves(reports)();
    // Powers of two: exact in float32.
    expect(read.map(({ residual, converged }) => [residual, converged])).toEqual([
      [0.5, false],
      [0.25, false],
      [2 ** -12, true],
    ]);
    expect(reports.map((r) => readNow(r).residual)).toEqual([0.5, 0.25, 2 ** -12]);
    expect(liveTensors()).toBe(before + 2);
    dispose(pendingResiduals(reports));
    expect(liveTensors()).toBe(before);
  });

  it('are none where all are numbers', async () => {
    expect(pendingResiduals([report(0.25)])).toEqual([]);
    expect(await readSolves([report(0.25)])()).toEqual([report(0.25)]);
  });
});
