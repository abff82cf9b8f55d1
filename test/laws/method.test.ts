import { cg, exact, proxprop, type Solver } from '../../src';
import { runDirection } from '../../src/internal';
import {
  fixedPoints,
  interpretersAgree,
  methodDescent,
  methodOptimality,
  Mutants,
  plainRunner,
} from '../../laws';
import { holds, onBackend, onEachBackend, rejects } from './support';

onEachBackend(() => {
  const by =
    (solver: Solver.Solver = exact()) =>
    (tau: number, tauTheta: number) =>
      proxprop({ tau, tauTheta, solver });
  holds(methodOptimality(by()), { of: 'exact' });
  holds(methodOptimality(by(exact({ route: 'dual' }))), { of: 'dual' });
  holds(methodDescent(by()), { of: 'exact' });
  holds(methodDescent(by(cg(3))), { of: 'cg3' });
  holds(methodDescent(by(cg(1, { precision: 'float32' }))), { of: 'cg1, float32' });
  holds(fixedPoints(by()));
  rejects('a metric without τ', methodOptimality(Mutants.missingTauInMetric));
  rejects('overshooting parameters', methodDescent(Mutants.uphill));
  rejects('a layer left out', fixedPoints(Mutants.frozenFirstLayer));
  // Law 13, as a test: an implicit step on an activation breaks law 5, and with it the fixed points' meaning.
  rejects('an implicit step on an activation', methodOptimality(Mutants.implicitActivation));
});

// The specification runs in float64, where nothing is lost, against itself run fast.
onBackend('float64', () => {
  holds(
    interpretersAgree(
      (tau, tauTheta) => proxprop({ tau, tauTheta }),
      plainRunner,
      runDirection,
      1e-5,
      [1e-3, 1e3],
    ),
    { of: 'exact' },
  );
  holds(
    interpretersAgree(
      (tau, tauTheta) => proxprop({ tau, tauTheta, solver: cg(2, { precision: 'float64' }) }),
      plainRunner,
      runDirection,
      1e-5,
      [1e-2, 10],
    ),
    { of: 'cg2' },
  );
});
