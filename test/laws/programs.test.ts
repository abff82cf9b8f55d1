/** Laws 30 to 33: E as defined, random programs in both interpreters, and what `until` sees. */
import {
  admm,
  advance,
  backprop,
  blockCoordinateDescent,
  exact,
  mac,
  type Method,
  predictiveCoding,
  jvp,
  proxprop,
  valueAndGradient,
  vjp,
} from '../../src';
import { record } from '../../src/internal';
import {
  type Advance,
  buildNet,
  energyAsDefined,
  memoryOfSweep,
  Mutants,
  netProgramCases,
  type MethodInUnits,
  ownResults,
  programsAgree,
  progressIsEnergy,
  rewritten,
  unitsOfEnergy,
} from '../../laws';
import { holds, onBackend, onEachBackend, rejects } from './support';

const plain: Advance = (energy, step, state, target) => advance(energy, step, state, target, 'plain');

/** Predictive coding learns by steps of size one, in units of E: here by 1/c. */
const learningBy = (c: number, { schedule, ...method }: Method): Method => ({
  ...method,
  schedule: (links) =>
    rewritten((s) => (s.tag === 'explicit' && s.block.kind === 'parameters' ? { ...s, stepSize: 1 / c } : s))(
      schedule(links),
    ),
});

const inUnits: readonly (readonly [string, MethodInUnits])[] = [
  [
    'predictive coding',
    (coupling, _, c) =>
      learningBy(
        c,
        predictiveCoding({
          coupling: coupling * c,
          stepSize: 0.2 / (coupling * c),
          tolerance: 1e-2,
          steps: 30,
        }),
      ),
  ],
  [
    'mac',
    (coupling, tauTheta, c) =>
      mac({ coupling: coupling * c, tauTheta: tauTheta / c, parameters: exact(), activations: exact() }),
  ],
  [
    'admm',
    (coupling, tauTheta, c) =>
      admm({ coupling: coupling * c, activationCoupling: 3 * coupling * c, tauTheta: tauTheta / c }),
  ],
  [
    'block coordinate descent',
    (coupling, tauTheta, c) =>
      blockCoordinateDescent({ coupling: coupling * c, tauTheta: tauTheta / c, tauX: 3 / c }),
  ],
];

const derivatives = { record, vjp, jvp, valueAndGradient };

onEachBackend(() => {
  holds(energyAsDefined());
  rejects('E without link 1', energyAsDefined(Mutants.withoutFirstLink));
  rejects('E without multipliers', energyAsDefined(Mutants.withoutMultipliers));

  holds(ownResults());
  rejects('one tensor for two results', ownResults(Mutants.sharedResults(derivatives)));

  for (const method of [backprop(), proxprop()]) holds(memoryOfSweep(method), { numRuns: 10 });
  rejects('a run that keeps the whole state', memoryOfSweep(backprop(), Mutants.hoarding));
});

onBackend('float64', () => {
  holds(programsAgree(), { numRuns: 60 });
  const onNets = { build: buildNet, arbitrary: netProgramCases };
  holds(programsAgree(onNets), { numRuns: 60, share: 0.5, of: 'networks that branch' });
  rejects('the last reader alone', programsAgree({ ...onNets, second: Mutants.lastReader }));
  rejects('frozen steps that follow', programsAgree({ second: Mutants.thawing }));
  rejects('multipliers of the other sign', programsAgree({ second: Mutants.oppositeMultipliers }));
  rejects('couplings that do not grow', programsAgree({ second: Mutants.neverStronger }));

  holds(progressIsEnergy(), { numRuns: 50, of: 'fast' });
  holds(progressIsEnergy(plain), { numRuns: 50, of: 'plain' });
  rejects('a stale energy before', progressIsEnergy(Mutants.staleBefore));
  rejects('turns from zero', progressIsEnergy(Mutants.turnsFromZero));

  for (const [name, method] of inUnits) holds(unitsOfEnergy(name, method), { numRuns: 10 });
  rejects(
    'a tolerance in units of E',
    unitsOfEnergy('mutant', (coupling, _, c) => Mutants.absoluteTolerance(coupling, c)),
  );
});
