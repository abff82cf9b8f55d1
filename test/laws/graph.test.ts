/** Laws 27 to 29, and what laws of chains cannot see: the mutants of networks that branch. */
import { advance, backprop, proxprop } from '../../src';
import { runDirection } from '../../src/internal';
import {
  backpropEquivalence,
  GraphMutants,
  interpretersAgree,
  type Law,
  linksCompose,
  methodOptimality,
  Mutants,
  nets,
  opaqueAgrees,
  plainRunner,
  type ProxCase,
  type ProxMethod,
  type SweepRunner,
  sharedNets,
  sumsDoNotForget,
} from '../../laws';
import { A_TENTH } from '../support';
import { holds, onBackend, onEachBackend, rejects } from './support';

/** Law 2 on networks that branch alone. */
const onNets: typeof backpropEquivalence = (method, runner) => {
  const law = backpropEquivalence(method, runner);
  return { ...law, arbitrary: law.arbitrary.chain((c) => nets().map((chain) => ({ ...c, chain }))) };
};

/** Law 2 on networks where at least one layer shares its parameters. */
const onShared: typeof backpropEquivalence = (method, runner) => {
  const law = backpropEquivalence(method, runner);
  return { ...law, arbitrary: law.arbitrary.chain((c) => sharedNets().map((chain) => ({ ...c, chain }))) };
};

/** A law of ProxProp, such as law 5, on networks of another kind. */
const on = (law: Law<ProxCase>, networks: typeof nets): Law<ProxCase> => ({
  ...law,
  arbitrary: law.arbitrary.chain((c) => networks().map((chain) => ({ ...c, chain }))),
});

const onSharedProx = (method: ProxMethod, runner?: SweepRunner): Law<ProxCase> =>
  on(methodOptimality(method, [1e-2, 1e2], runner), sharedNets);

const byProxprop: ProxMethod = (tau, tauTheta) => proxprop({ tau, tauTheta });

onEachBackend(() => {
  holds(
    onNets((tau) => backprop({ tau })),
    { of: 'networks that branch', numRuns: 300 },
  );
  holds(
    onNets((tau) => backprop({ tau }), plainRunner),
    { of: 'networks that branch, step by step' },
  );
  rejects('steps on activations that are not frozen', onNets(GraphMutants.thawedSweep));
  rejects('an activation that moves with its last reader', onNets(GraphMutants.movesWithLastReader));
  rejects(
    'the last reader alone',
    onNets((tau) => backprop({ tau }), GraphMutants.lastReaderOnly),
  );

  rejects(
    'the last link alone of those that share parameters',
    onShared((tau) => backprop({ tau }), GraphMutants.lastSharerOnly),
  );
  rejects('a shared θ that sees moved inputs', onShared(GraphMutants.thawedParameters));
  rejects('a shared θ that moves with its last link', onShared(GraphMutants.movesWithLastSharer));

  holds(on(methodOptimality(byProxprop), nets), {
    of: 'networks that branch',
    numRuns: 300,
    share: A_TENTH,
  });
  rejects('a metric without τ', on(methodOptimality(Mutants.missingTauInMetric), nets));
  holds(onSharedProx(byProxprop));
  rejects('an implicit step on a shared θ that sees moved inputs', onSharedProx(GraphMutants.thawedProxprop));
  rejects('the design of the last link alone', onSharedProx(byProxprop, GraphMutants.lastSharerOnly));

  holds(linksCompose());
  rejects('inputs in the wrong slots', linksCompose(GraphMutants.wrongSlot));

  holds(opaqueAgrees((tau) => backprop({ tau })));
  rejects('steps on activations that are not frozen', opaqueAgrees(GraphMutants.thawedSweep));

  holds(sumsDoNotForget());
  rejects(
    'gradients at the present values',
    sumsDoNotForget((energy, step, ...rest) =>
      advance(energy, step.tag === 'explicit' ? { ...step, frozen: false } : step, ...rest),
    ),
  );
});

// As on chains: the specification in float64, where nothing is lost, against the fast interpreter.
onBackend('float64', () => {
  const agree = (fast: SweepRunner): Law<ProxCase> =>
    on(interpretersAgree(byProxprop, plainRunner, fast, 1e-5, [1e-3, 1e3]), nets);
  holds(agree(runDirection), { of: 'networks that branch', numRuns: 300, share: A_TENTH });
  rejects('the last reader alone', agree(GraphMutants.lastReaderOnly));
});
