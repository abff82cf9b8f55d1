/** Laws 23 to 26: what methods of auxiliary variables share with backprop and ProxProp. */
import { describe } from 'vitest';
import {
  admm,
  blockCoordinateDescent,
  exact,
  explicit,
  jointly,
  mac,
  type Method,
  predictiveCoding,
  proxprop,
  repeat,
  theta,
  x,
} from '../../src';
import { runDirection } from '../../src/internal';
import {
  augmentedLagrangian,
  fixedPredictionEquivalence,
  interpretersAgree,
  multiplierAtRest,
  plainRunner,
  strongPredictions,
  wStepAgreement,
} from '../../laws';
import { A_TENTH } from '../support';
import { holds, onBackend, onEachBackend, rejects } from './support';

const fixed = (coupling: number): Method => predictiveCoding({ fixedPrediction: true, coupling });

/** A mutant: predictions that follow the activations. */
const thawed = (coupling: number): Method => ({
  ...fixed(coupling),
  schedule: (links) => {
    const hidden = links.slice(0, -1);
    const turn = jointly(...hidden.map(({ number }) => explicit(x(number), 1 / coupling)));
    const learn = jointly(...links.map(({ number }) => explicit(theta(number), 1)));
    return { tag: 'andThen', steps: [repeat(Math.max(1, hidden.length), turn), learn] };
  },
});

/** One step of inference fewer than there are activations. */
const tooFew = (coupling: number): Method => {
  const method = fixed(coupling);
  return {
    ...method,
    schedule: (links) =>
      predictiveCoding({ fixedPrediction: true, coupling, steps: Math.max(1, links.length - 2) }).schedule(
        links,
      ),
  };
};

const wStep = (coupling: number, tauTheta: number): Method =>
  mac({ coupling, tauTheta, parameters: exact() });
const prox = (tau: number, tauTheta: number): Method => proxprop({ tau, tauTheta });
const settled = (coupling: number): Method =>
  predictiveCoding({ coupling, stepSize: 0.3 / coupling, steps: 60 });

// The specification beside the fast interpreter, in float64, where nothing is lost: sweeps of every method.
onBackend('float64', () => {
  const methods: readonly (readonly [string, (coupling: number, tauTheta: number) => Method])[] = [
    [
      'block coordinate descent',
      (coupling, tauTheta) => blockCoordinateDescent({ coupling, tauTheta, sweeps: 2 }),
    ],
    ['admm', (coupling, tauTheta) => admm({ coupling, tauTheta, sweeps: 2 })],
    [
      'mac',
      (coupling, tauTheta) =>
        mac({ coupling, tauTheta, growth: 1.5, rounds: 2, parameters: exact(), activations: exact() }),
    ],
    ['augmented Lagrangian', (coupling, tauTheta) => augmentedLagrangian({ coupling, tauTheta }, 2)],
    ['predictive coding', (coupling) => predictiveCoding({ coupling, stepSize: 0.1 / coupling, steps: 5 })],
  ];
  for (const [name, method] of methods)
    describe(name, () => {
      // Minimisers to a residual of 1e-6, twice over.
      holds(interpretersAgree(method, plainRunner, runDirection, 1e-3, [0.1, 10]), {
        numRuns: 30,
        share: A_TENTH,
      });
    });
});

onEachBackend(() => {
  holds(fixedPredictionEquivalence(fixed), { of: 'fast' });
  holds(fixedPredictionEquivalence(fixed, plainRunner), { numRuns: 50, of: 'plain' });
  rejects('predictions that follow', fixedPredictionEquivalence(thawed));
  rejects('a step of inference too few', fixedPredictionEquivalence(tooFew));

  holds(wStepAgreement(wStep, prox));
  rejects(
    'another metric',
    wStepAgreement((c, t) => wStep(c, 2 * t), prox),
  );

  holds(multiplierAtRest((coupling) => admm({ coupling, activationCoupling: 10 * coupling })));
  rejects(
    'a multiplier that the parameters see too',
    multiplierAtRest((coupling) => {
      const method = admm({ coupling });
      return {
        ...method,
        energy: {
          ...method.energy,
          multiplier: (link, links) => (link === links.at(-2) ? 'constraint' : undefined),
        },
      };
    }),
  );
  rejects(
    'a method without multiplier',
    multiplierAtRest((coupling) => blockCoordinateDescent({ coupling })),
  );

  holds(strongPredictions(settled), { numRuns: 50 });
  rejects(
    'inference that does not settle',
    strongPredictions((c) => predictiveCoding({ coupling: c, stepSize: 1e-3 / c, steps: 1 })),
  );
});
