/** The optimizers, each with its published formula in float64. */
import { adagrad, adam, adamw, lion, momentum, nadam, nesterov, rmsprop, sgd } from '../optimizer';
import { fraction, positive } from './codec';
import { defineOptimizer, type OptimizerEntry, type OptimizerReference } from './entry';

/** Kingma and Ba 2015. */
const adamReference =
  (rate: number, beta1 = 0.9, beta2 = 0.999, decay = 0): OptimizerReference =>
  () => {
    let [m, v] = [0, 0];
    return (d, p, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      return rate * (m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + 1e-8) + decay * p);
    };
  };

/** Dozat 2016, algorithm 2, with a constant μ. */
const nadamReference =
  (rate: number): OptimizerReference =>
  () => {
    let [m, n] = [0, 0];
    return (g, _, t) => {
      m = 0.9 * m + 0.1 * g;
      n = 0.999 * n + 0.001 * g * g;
      const first = (0.9 * m) / (1 - 0.9 ** (t + 1)) + (0.1 * g) / (1 - 0.9 ** t);
      return (rate * first) / (Math.sqrt(n / (1 - 0.999 ** t)) + 1e-8);
    };
  };

/** Tieleman and Hinton 2012. */
const rmspropReference =
  (rate: number, decay: number, epsilon: number): OptimizerReference =>
  () => {
    let v = 0;
    return (d) => {
      v = decay * v + (1 - decay) * d * d;
      return (rate * d) / (Math.sqrt(v) + epsilon);
    };
  };

/** Duchi, Hazan and Singer 2011, the diagonal form. */
const adagradReference =
  (rate: number, epsilon: number): OptimizerReference =>
  () => {
    let s = 0;
    return (d) => {
      s += d * d;
      return (rate * d) / (Math.sqrt(s) + epsilon);
    };
  };

/** Chen et al. 2023, algorithm 2. */
const lionReference =
  (rate: number, lambda: number): OptimizerReference =>
  () => {
    let m = 0;
    return (g, theta) => {
      const c = 0.9 * m + 0.1 * g;
      m = 0.99 * m + 0.01 * g;
      return rate * (Math.sign(c) + lambda * theta);
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
  defineOptimizer({
    name: 'adamw',
    keys: { required: rate, optional: { beta1: fraction, beta2: fraction, decay: positive } },
    build: ({ rate: step, ...others }) => adamw(step, others),
    cases: [{ config: { rate: 0.01, decay: 0.1 }, reference: adamReference(0.01, 0.9, 0.999, 0.1) }],
  }),
  defineOptimizer({
    name: 'nadam',
    keys: { required: rate, optional: { beta1: fraction, beta2: fraction } },
    build: ({ rate: step, ...others }) => nadam(step, others),
    cases: [{ config: { rate: 0.01 }, reference: nadamReference(0.01) }],
  }),
  defineOptimizer({
    name: 'rmsprop',
    keys: { required: rate, optional: { decay: fraction, epsilon: positive, momentum: fraction } },
    build: ({ rate: step, momentum: mu, ...others }) => rmsprop(step, others, mu),
    cases: [
      { config: { rate: 0.01, decay: 0.9, epsilon: 1e-4 }, reference: rmspropReference(0.01, 0.9, 1e-4) },
    ],
  }),
  defineOptimizer({
    name: 'adagrad',
    keys: { required: rate, optional: { epsilon: positive } },
    build: ({ rate: step, epsilon }) => adagrad(step, epsilon),
    cases: [{ config: { rate: 0.1, epsilon: 1e-4 }, reference: adagradReference(0.1, 1e-4) }],
  }),
  defineOptimizer({
    name: 'lion',
    keys: { required: rate, optional: { beta1: fraction, beta2: fraction, decay: positive } },
    build: ({ rate: step, ...others }) => lion(step, others),
    cases: [{ config: { rate: 0.001, decay: 0.1 }, reference: lionReference(0.001, 0.1) }],
  }),
];
