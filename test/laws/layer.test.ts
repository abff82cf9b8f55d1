import { beforeAll, describe, expect, it } from 'vitest';
import {
  adjoint,
  affineAsDeclared,
  batchEquivariant,
  check,
  composition,
  declaredShape,
  designAsDeclared,
  elementwiseAsDeclared,
  formAsDeclared,
  gradientsMatch,
  inputDesignAsDeclared,
  keyed,
  leakFree,
  Mutants,
  pure,
} from '../../laws';
import { started } from '../support';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(composition());

  rejects('an impure layer', pure({ name: 'impure', make: Mutants.impureLayer }));
  rejects('a layer that frees its input', pure({ name: 'greedy', make: Mutants.greedyLayer }));
  rejects('parameters that no key decides', keyed({ name: 'unkeyed', make: Mutants.unkeyedLayer }));
  rejects(
    'parameters of another shape than declared',
    formAsDeclared({ name: 'misdeclared', make: Mutants.misdeclaredParameters }),
  );
  rejects(
    'parameters whose shape a key decides',
    formAsDeclared({ name: 'growing', make: Mutants.growingParameters }),
  );
  rejects(
    'a layer that is not affine, but says so',
    affineAsDeclared({ name: 'falsely affine', make: Mutants.falselyAffineLayer }),
  );
  const says = Mutants.falselyElementwise;
  rejects(
    'a layer that is not elementwise, but says so',
    elementwiseAsDeclared({ name: 'mixed', make: says }),
  );
  rejects(
    'a minimiser that stays at b',
    elementwiseAsDeclared({ name: 'lazy', make: Mutants.lazyMinimiser, kinks: true }),
  );
  rejects(
    'a design of other weights',
    inputDesignAsDeclared({ name: 'doubled', make: Mutants.doubledInputDesign }),
  );
  for (const [what, make] of [
    ['a design of other inputs', Mutants.otherDesignLayer],
    ['blocks of other inputs', Mutants.otherBlocks],
    ['gains unpacked as biases', Mutants.misplacedUnpacking],
  ] as const)
    rejects(what, designAsDeclared({ name: what, make }));
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
    await started('wasm');
  });
  it('is rejected', () => {
    expect(check(leakFree({ name: 'leaking', make: Mutants.leakingLayer })).violation).toMatch(/left behind/);
  });
});
