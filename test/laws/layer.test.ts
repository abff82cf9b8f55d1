import { chain, flatten, identity, linear, relu, sigmoid, tanh } from '../../src';
import {
  adjoint,
  batchEquivariant,
  composition,
  declaredShape,
  gradientsMatch,
  type LayerCase,
  layerLaws,
  leakFree,
  Mutants,
  pure,
} from '../../laws';
import { holds, onEachBackend, rejects } from './support';

/** Every layer of the library: a new layer is one row here. */
const table: readonly LayerCase[] = [
  { name: 'linear', make: () => linear(4, 3) },
  { name: 'relu', make: () => relu([3, 2]), kinkAtZero: true },
  { name: 'tanh', make: () => tanh(5) },
  { name: 'sigmoid', make: () => sigmoid([2, 2]) },
  { name: 'identity', make: () => identity(4) },
  { name: 'flatten', make: () => flatten([2, 3, 2]) },
  { name: 'chain', make: () => chain(flatten([2, 2]), linear(4, 3), tanh(3), linear(3, 2)) },
];

onEachBackend(() => {
  for (const row of table) for (const law of layerLaws(row)) holds(law);
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
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../laws';
import { start } from '../../src';

describe('a leaking layer', () => {
  beforeAll(async () => {
    await start('wasm')();
  });
  it('is rejected', () => {
    expect(check(leakFree({ name: 'leaking', make: Mutants.leakingLayer })).violation).toMatch(/left behind/);
  });
});
