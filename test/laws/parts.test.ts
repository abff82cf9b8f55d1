/** Several inputs and outputs: laws 42 and 43, and the laws of networks on networks of them. */
import { admm, backprop, blockCoordinateDescent, mac, predictiveCoding, proxprop, exact } from '../../src';
import { runDirection } from '../../src/internal';
import {
  backpropEquivalence,
  energyAsDefined,
  feasibility,
  fixedPredictionEquivalence,
  GraphMutants,
  interpretersAgree,
  type Law,
  type ChainCase,
  linksCompose,
  lossOnOutputs,
  methodOptimality,
  namedNets,
  opaqueAgrees,
  PartMutants,
  partsInPlace,
  plainRunner,
  sumsDoNotForget,
  targets,
} from '../../laws';
import { A_TENTH } from '../support';
import { holds, onBackend, onEachBackend, rejects } from './support';

/** A law of cases with a network, on networks of two inputs and two outputs. */
const onNamed = <C extends { readonly chain: ChainCase }>(law: Law<C>): Law<C> => ({
  ...law,
  arbitrary: law.arbitrary.chain((c) => namedNets().map((chain) => ({ ...c, chain }))),
});

const named = (law: Law<ChainCase>): Law<ChainCase> => ({ ...law, arbitrary: namedNets() });

// The specification beside the fast interpreter, in float64, where nothing is lost: each method.
onBackend('float64', () => {
  const methods = {
    'ProxProp, exact': (coupling: number, tauTheta: number) => proxprop({ tau: 1 / coupling, tauTheta }),
    'block coordinate descent': (coupling: number, tauTheta: number) =>
      blockCoordinateDescent({ coupling, tauTheta }),
    ADMM: (coupling: number, tauTheta: number) => admm({ coupling, tauTheta, warmStart: 1 }),
    MAC: (coupling: number, tauTheta: number) =>
      mac({ coupling, tauTheta, parameters: exact(), activations: exact() }),
    'predictive coding': (coupling: number) =>
      predictiveCoding({ coupling, stepSize: 0.1 / coupling, steps: 5 }),
  };
  for (const [of, method] of Object.entries(methods))
    // As in `methods.test.ts`: minimisers to a residual of 1e-6, twice over.
    holds(onNamed(interpretersAgree(method, plainRunner, runDirection, 1e-3, [0.1, 10])), {
      of,
      numRuns: 20,
      share: A_TENTH,
    });
});

onEachBackend(() => {
  holds(partsInPlace());
  rejects('parts taken one feature late', partsInPlace(PartMutants.latePacking));
  rejects('parts from the last to the first', partsInPlace(PartMutants.reversedPacking));

  holds(lossOnOutputs());
  rejects('losses without their weights', lossOnOutputs(PartMutants.unweighted));
  rejects('losses on features of other outputs', lossOnOutputs(PartMutants.onOtherOutputs));
  rejects('a square of any losses', lossOnOutputs(PartMutants.squareOfAny));

  holds(named(feasibility()), { numRuns: 20 });
  holds(onNamed(backpropEquivalence((tau) => backprop({ tau }))), { of: 'fast' });
  holds(onNamed(backpropEquivalence((tau) => backprop({ tau }), plainRunner)), { of: 'plain', numRuns: 50 });
  rejects(
    'parts of the input one feature late',
    onNamed(backpropEquivalence((tau) => backprop({ tau }), GraphMutants.otherFeatures)),
  );
  rejects('steps on activations that are not frozen', onNamed(backpropEquivalence(GraphMutants.thawedSweep)));

  holds(onNamed(targets((tau) => backprop({ tau }))));
  holds(onNamed(methodOptimality((tau, tauTheta) => proxprop({ tau, tauTheta }), [1e-2, 1e2])));
  rejects(
    'explicit steps on the layers below the join of all outputs',
    onNamed(methodOptimality((tau) => backprop({ tau }), [1e-2, 1e2])),
  );
  holds(
    onNamed(fixedPredictionEquivalence((coupling) => predictiveCoding({ fixedPrediction: true, coupling }))),
  );

  holds(named(linksCompose()));
  rejects('links that take parts of the input one feature late', named(linksCompose(GraphMutants.lateParts)));
  holds(onNamed(opaqueAgrees((tau) => backprop({ tau }))));
  holds(named(sumsDoNotForget()));
  holds(onNamed(energyAsDefined()));
});
