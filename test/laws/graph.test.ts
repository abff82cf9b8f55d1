/** Laws 27 to 29, and what laws of chains cannot see: the mutants of networks that branch. */
import { advance, backprop } from '../../src';
import {
  backpropEquivalence,
  GraphMutants,
  linksCompose,
  nets,
  opaqueAgrees,
  plainRunner,
  sumsDoNotForget,
} from '../../laws';
import { holds, onEachBackend, rejects } from './support';

/** Law 2 on networks that branch alone. */
const onNets: typeof backpropEquivalence = (method, runner) => {
  const law = backpropEquivalence(method, runner);
  return { ...law, arbitrary: law.arbitrary.chain((c) => nets().map((chain) => ({ ...c, chain }))) };
};

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
