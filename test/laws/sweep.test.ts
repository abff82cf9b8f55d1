import { backprop, backwardSweep, exact, explicitParameters, predictiveCoding, proxprop } from '../../src';
import { runDirection } from '../../src/internal';
import {
  backpropEquivalence,
  couplings,
  feasibility,
  interpretersAgree,
  Mutants,
  plainRunner,
  plansRepeat,
  staleBatches,
  staleReports,
  targets,
} from '../../laws';
import { A_TENTH } from '../support';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(feasibility());
  rejects('an activation off by a thousandth', feasibility(Mutants.infeasibleStart));

  holds(
    backpropEquivalence((tau) => backprop({ tau })),
    { of: 'fast' },
  );
  holds(
    backpropEquivalence((tau) => backprop({ tau }), plainRunner),
    { of: 'plain' },
  );
  rejects('a parameter step without τ', backpropEquivalence(Mutants.missingTau));
  rejects('updated instead of forward activations', backpropEquivalence(Mutants.updatedActivations));

  const sweep = (tau: number) => backwardSweep(tau, explicitParameters(tau));
  holds(couplings(sweep));
  rejects('an activation step of τ²', couplings(Mutants.squaredTau));

  holds(targets((tau) => backprop({ tau })));
  rejects('couplings of 2/τ', targets(Mutants.wrongCoupling));

  holds(interpretersAgree((tau) => backprop({ tau }), plainRunner, runDirection, 1e-5));
  rejects(
    'a machine that runs another method',
    interpretersAgree(
      (tau, tauTheta) => proxprop({ tau, tauTheta }),
      plainRunner,
      (energy, _step, parameters, example) =>
        runDirection(energy, backprop().schedule(energy.links), parameters, example),
      1e-2,
    ),
  );

  holds(plansRepeat((tau) => backprop({ tau })));
  holds(
    plansRepeat((tau) => predictiveCoding({ coupling: 1 / tau, steps: 3 })),
    { of: 'predictive coding', share: A_TENTH },
  );
  holds(
    plansRepeat((tau) => proxprop({ tau, tauTheta: tau })),
    { of: 'cg', share: A_TENTH },
  );
  const exactly = (tau: number) => proxprop({ tau, tauTheta: tau, solver: exact() });
  holds(plansRepeat(exactly), { of: 'exact' });
  rejects('reports of the first batch', plansRepeat(exactly, staleReports));
  rejects(
    'a batch that is held for a constant',
    plansRepeat((tau) => backprop({ tau }), staleBatches),
  );
});
