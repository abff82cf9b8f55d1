/** The optimizers, each with its published formula in float64. */
import { adam, momentum, nesterov, sgd } from '../optimizer';
import { fraction, positive } from './codec';
import { defineOptimizer, type OptimizerEntry, type OptimizerReference } from './entry';

/** Kingma and Ba 2015. */
const adamReference =
  (rate: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8): OptimizerReference =>
  () => {
    let [m, v] = [0, 0];
    return (d, _, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      return (rate * m) / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
    };
  };

/** Heavy ball (Polyak 1964), or Nesterov's form of Sutskever et al. 2013. */
const momentumReference =
  (rate: number, mu: number, ahead: boolean): OptimizerReference =>
  () => {
    let m = 0;
    return (d) => {
      m = mu * m + d;
      return rate * (ahead ? d + mu * m : m);
    };
  };

const rate = { rate: positive };

export const optimizers: readonly OptimizerEntry[] = [
  defineOptimizer({
    name: 'sgd',
    keys: { required: rate, optional: {} },
    build: (config) => sgd(config.rate),
    cases: [{ config: { rate: 0.1 }, reference: () => (d) => 0.1 * d }],
  }),
  defineOptimizer({
    name: 'momentum',
    keys: { required: rate, optional: { momentum: fraction } },
    build: (config) => momentum(config.rate, config.momentum),
    cases: [{ config: { rate: 0.1, momentum: 0.9 }, reference: momentumReference(0.1, 0.9, false) }],
  }),
  defineOptimizer({
    name: 'nesterov',
    keys: { required: rate, optional: { momentum: fraction } },
    build: (config) => nesterov(config.rate, config.momentum),
    cases: [{ config: { rate: 0.1, momentum: 0.95 }, reference: momentumReference(0.1, 0.95, true) }],
  }),
  defineOptimizer({
    name: 'adam',
    keys: { required: rate, optional: { beta1: fraction, beta2: fraction } },
    build: ({ rate: step, ...others }) => adam(step, others),
    cases: [
      { config: { rate: 0.01 }, reference: adamReference(0.01) },
      {
        name: 'other β',
        config: { rate: 0.01, beta1: 0.8, beta2: 0.99 },
        reference: adamReference(0.01, 0.8, 0.99),
      },
    ],
  }),
];
