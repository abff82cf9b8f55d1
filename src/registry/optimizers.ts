/** The optimizers, each with its published formula in float64. */
import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamw,
  lion,
  momentum,
  muon,
  nadam,
  nesterov,
  rmsprop,
  sgd,
  shampoo,
} from '../optimizer';
import { anyNumber, fraction, positive, that, wholeFrom } from './codec';
import { defineOptimizer, type OptimizerEntry } from './entry';
import {
  adadeltaReference,
  adagradReference,
  adamReference,
  lionReference,
  momentumReference,
  nadamReference,
  rmspropReference,
} from './references';
import {
  adafactorReference,
  groupedReference,
  muonReference,
  ofEachNumber,
  shampooReference,
} from './treeReferences';

const rate = { rate: positive };
/** c of Adafactor's decay 1 − t⁻ᶜ. */
const exponent = that(anyNumber, 'a number in (0, 1]', (n) => n > 0 && n <= 1);

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
    keys: {
      required: rate,
      optional: { beta1: fraction, beta2: fraction, decay: positive },
    },
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
    keys: {
      required: rate,
      optional: { decay: fraction, epsilon: positive, momentum: fraction },
    },
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
    keys: {
      required: rate,
      optional: { beta1: fraction, beta2: fraction, decay: positive },
    },
    build: ({ rate: step, ...others }) => lion(step, others),
    cases: [{ config: { rate: 0.001, decay: 0.1 }, reference: lionReference(0.001, 0.1) }],
  }),
  defineOptimizer({
    name: 'adadelta',
    keys: { required: rate, optional: { decay: fraction, epsilon: positive } },
    build: ({ rate: step, decay, epsilon }) => adadelta(step, decay, epsilon),
    cases: [
      { config: { rate: 1 }, reference: adadeltaReference(1) },
      {
        name: 'other ρ, ε',
        config: { rate: 0.5, decay: 0.8, epsilon: 1e-4 },
        reference: adadeltaReference(0.5, 0.8, 1e-4),
      },
    ],
  }),
  defineOptimizer({
    name: 'adafactor',
    keys: { required: rate, optional: { exponent, epsilon: positive } },
    build: ({ rate: step, ...others }) => adafactor(step, others),
    cases: [
      { config: { rate: 0.01 }, treeReference: adafactorReference(0.01) },
      {
        name: 'other c, ε',
        config: { rate: 0.01, exponent: 1, epsilon: 1e-4 },
        treeReference: adafactorReference(0.01, 1, 1e-4),
      },
    ],
  }),
  defineOptimizer({
    name: 'muon',
    keys: {
      required: rate,
      optional: { momentum: fraction, steps: wholeFrom(1), decay: positive },
    },
    build: ({ rate: step, momentum: mu, ...others }) =>
      muon(step, { ...others, ...(mu === undefined ? {} : { mu }) }),
    cases: [
      {
        config: { rate: 0.02 },
        treeReference: groupedReference((_path, shape) =>
          shape.length < 2 ? ofEachNumber(adamReference(0.02)) : muonReference(0.02),
        ),
      },
      {
        name: 'other μ, with decay',
        config: { rate: 0.02, momentum: 0.9, decay: 0.1 },
        treeReference: groupedReference((_path, shape) =>
          shape.length < 2 ? ofEachNumber(adamReference(0.02)) : muonReference(0.02, 0.9, 0.1),
        ),
      },
    ],
  }),
  defineOptimizer({
    name: 'shampoo',
    keys: { required: rate, optional: { epsilon: positive } },
    build: ({ rate: step, epsilon }) => shampoo(step, epsilon),
    cases: [
      { config: { rate: 0.1, epsilon: 0.1 }, treeReference: shampooReference(0.1, 0.1) },
      { name: 'other ε', config: { rate: 0.5, epsilon: 1 }, treeReference: shampooReference(0.5, 1) },
    ],
  }),
];
