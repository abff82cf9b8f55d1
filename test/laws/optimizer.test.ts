import { adam, momentum, nesterov, Optimizer, sgd, weightDecay } from '../../src';
import {
  epsilonHeld,
  Mutants,
  optimizerMonoid,
  optimizerPurity,
  type Reference,
  trajectory,
} from '../../laws';
import { holds, onEachBackend, rejects } from './support';

const adamReference =
  (rate: (t: number) => number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0): Reference =>
  () => {
    let [m, v] = [0, 0];
    return (d, p, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      const direction = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      return rate(t) * (direction + decay * p);
    };
  };

const momentumReference =
  (rate: number, mu: number, nesterovForm: boolean): Reference =>
  () => {
    let m = 0;
    return (d) => {
      m = mu * m + d;
      return rate * (nesterovForm ? d + mu * m : m);
    };
  };

/** Every optimizer of the library beside its formula. */
const table: readonly (readonly [Optimizer.Optimizer, Reference, string?])[] = [
  [sgd(0.1), () => (d) => 0.1 * d],
  [momentum(0.1, 0.9), momentumReference(0.1, 0.9, false)],
  [nesterov(0.1, 0.95), momentumReference(0.1, 0.95, true)],
  [adam(0.01), adamReference(() => 0.01)],
  [
    adam(0.01, { beta1: 0.8, beta2: 0.99, epsilon: 1e-4 }),
    adamReference(() => 0.01, 0.8, 0.99, 1e-4),
    'other β, ε',
  ],
  // L2 penalty: the decay joins the direction first.
  [Optimizer.chain(weightDecay(0.1), sgd(0.1)), () => (d, p) => 0.1 * (d + 0.1 * p)],
  // Decoupled decay: it joins after Adam's scaling.
  [
    Optimizer.chain(Optimizer.scaleByAdam(), weightDecay(0.1), Optimizer.scale(0.01)),
    adamReference(() => 0.01, 0.9, 0.999, 1e-8, 0.1),
  ],
  [
    sgd(Optimizer.stepDecay(0.1, 5, 0.5)),
    () => (d, _p, t) => 0.1 * 0.5 ** Math.floor((t - 1) / 5) * d,
    'step decay',
  ],
  [
    sgd(Optimizer.cosine(0.1, 10, 0.01)),
    () => (d, _p, t) => (0.01 + 0.045 * (1 + Math.cos((Math.PI * Math.min(t - 1, 10)) / 10))) * d,
    'cosine',
  ],
];

onEachBackend(() => {
  for (const [optimizer, reference, of] of table) {
    const named = of === undefined ? {} : { of };
    holds(trajectory(optimizer, reference), named);
    holds(optimizerPurity(optimizer), named);
  }
  holds(optimizerMonoid(Optimizer.chain, [weightDecay(0.1), Optimizer.scaleByAdam(), Optimizer.scale(0.1)]));

  holds(epsilonHeld((epsilon) => adam(0.01, { epsilon })));
  rejects('an ε that nobody looks at', epsilonHeld(Mutants.uncheckedEpsilon));

  rejects(
    'another β₂',
    trajectory(
      adam(0.01, { beta2: 0.99 }),
      adamReference(() => 0.01),
    ),
  );
  rejects(
    'heavy ball in the place of Nesterov',
    trajectory(momentum(0.1, 0.95), momentumReference(0.1, 0.95, true)),
  );
  rejects('state outside of the state', optimizerPurity(Mutants.staleOptimizer()));
  rejects(
    'a chain that rotates',
    optimizerMonoid(Mutants.rotatedJoin, [weightDecay(0.1), Optimizer.scaleByAdam(), Optimizer.trace(0.9)]),
  );
});
