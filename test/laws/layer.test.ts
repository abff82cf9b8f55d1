import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, start } from '../../src';
import {
  adjoint,
  batchEquivariant,
  check,
  composition,
  declaredShape,
  gradientsMatch,
  layerCases,
  type LayerReport,
  lawsOf,
  layerTable,
  leakFree,
  Mutants,
  pure,
  showReport,
} from '../../laws';
import { holds, onBackend, onEachBackend, rejects } from './support';

/**
 * A hundred cases for what every layer has to be. Implicit steps of layers that are not affine take up to twenty
 * linearisations of up to a hundred CG iterations a case: thirty there.
 */
const casesOf = (law: number, affine: boolean): number => (law === 15 || affine ? 100 : 30);

const table = (backend: Backend): void => {
  const reports: LayerReport[] = [];
  for (const row of layerCases)
    it(`all laws of ${row.name}`, () => {
      const laws = lawsOf(row);
      // Laws 10 and 12 are stated for affine layers alone.
      const affine = laws.some(({ number }) => number === 12);
      const own = laws.map(({ number, run }) => run({ numRuns: casesOf(number, affine) }));
      reports.push({ name: row.name, reports: own });
      expect(own.filter((r) => r.violation !== undefined).map(showReport)).toEqual([]);
      expect(own.map((r) => r.cases)).toEqual(laws.map(({ number }) => casesOf(number, affine)));
    });
  afterAll(() => {
    console.log(`layers × laws on ${backend}, cases run:\n${layerTable(reports)}`);
  });
};

for (const backend of ['wasm', 'cpu'] as const)
  onBackend(backend, () => {
    table(backend);
  });

onEachBackend(() => {
  holds(composition());

  rejects('an impure layer', pure({ name: 'impure', make: Mutants.impureLayer }));
  rejects('a layer that frees its input', pure({ name: 'greedy', make: Mutants.greedyLayer }));
  rejects('a batch-mixing layer', batchEquivariant({ name: 'mixing', make: Mutants.batchMixingLayer }));
  rejects('a misdeclared shape', declaredShape({ name: 'misdeclared', make: Mutants.misdeclaredLayer }));
  rejects('a wrong gradient', gradientsMatch({ name: 'wrong gradient', make: Mutants.wrongGradientLayer }));
  rejects(
    'a derivative that is not linear',
    adjoint({ name: 'wrong jvp', make: Mutants.wrongSecondGradientLayer }),
  );
  rejects('a composition that forgets', composition(Mutants.forgetfulCompose));
});

// On its own: it leaves tensors behind, as it must.
describe('a leaking layer', () => {
  beforeAll(async () => {
    await start('wasm')();
  });
  it('is rejected', () => {
    expect(check(leakFree({ name: 'leaking', make: Mutants.leakingLayer })).violation).toMatch(/left behind/);
  });
});
