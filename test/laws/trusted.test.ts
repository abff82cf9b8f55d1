import { matMul, reshape, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { backprop, exact, proxpropSafe, Tree, trusting } from '../../src';
import { runDirection } from '../../src/internal';
import {
  interpretersAgree,
  neverRises,
  plainRunner,
  type SweepRunner,
  standsStill,
  TrustMutants,
} from '../../laws';
import { holds, onBackend, onEachBackend, rejects } from './support';

/** A common linear map of the units of each layer, which is what an activation step may do to the gradient. */
const commonMap: SweepRunner = (energy, step, parameters, example, interpreter) => {
  const run = runDirection(energy, step, parameters, example, interpreter);
  const mapped = (d: Tensor): Tensor => {
    const units = d.shape.at(-1) ?? 1;
    const c = Float32Array.from({ length: units * units }, (_, i) =>
      i % (units + 1) === 0 ? 1 : 0.3 / (1 + i),
    );
    return reshape(matMul(reshape(d, [-1, units]), tensor(c, [units, units])), d.shape);
  };
  return { ...run, direction: Tree.map(mapped)(run.direction) };
};

onEachBackend(() => {
  const safe = (tau: number, tauTheta: number) => proxpropSafe({ tau, tauTheta });
  const bare = (tau: number, tauTheta: number) => proxpropSafe({ tau, tauTheta, search: false });
  holds(neverRises(safe), { of: 'searched', share: 0.2 });
  holds(neverRises(bare), { of: 'not searched' });
  holds(
    neverRises((tau, tauTheta) => proxpropSafe({ tau, tauTheta, search: false, turns: 3 })),
    {
      of: 'three turns',
      share: 0.5,
    },
  );
  holds(
    neverRises((tau) => trusting(backprop(), { first: tau })),
    { of: 'backprop' },
  );
  rejects('no trust', neverRises(TrustMutants.withoutTrust));
  rejects('a step that was not tried', neverRises(TrustMutants.trustedAndMore));
  rejects('a step that moves nothing', neverRises(TrustMutants.trustedNothing));
  holds(standsStill(safe), { of: 'proxpropSafe, searched', share: 0.2 });
  holds(standsStill(bare), { of: 'proxpropSafe' });
  holds(
    standsStill((tau) => backprop({ tau }), commonMap),
    { of: 'a common map of units' },
  );
  rejects(
    'steps on activations of a length for each example',
    standsStill((tau) => backprop({ tau }), TrustMutants.lengthOfEachExample),
  );
});

onBackend('float64', () => {
  const agree = (turns: number, search: boolean) =>
    interpretersAgree(
      (tau, tauTheta) =>
        // Solved to the end: where a budget cuts Newton's steps off is a matter of the last digits.
        proxpropSafe({
          tau,
          tauTheta,
          turns,
          search,
          last: { tauTheta: 1, solver: exact({ budget: 100_000 }) },
        }),
      plainRunner,
      runDirection,
      1e-4,
      [1e-2, 10],
    );
  holds(agree(2, false), { of: 'proxpropSafe, two turns', share: 0.2 });
  // The plain interpreter does every proposal of the search by autodiff on all of E: some seconds a case.
  holds(agree(1, true), { of: 'proxpropSafe, searched', numRuns: 5 });
});
