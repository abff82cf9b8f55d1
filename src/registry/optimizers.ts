/** The optimizers, each with its published formula in float64. */
import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamw,
  lbfgs,
  lion,
  momentum,
  muon,
  nadam,
  nesterov,
  rmsprop,
  sgd,
  shampoo,
  soap,
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
  sgdReference,
  warmupCosine,
} from './references';
import { lbfgsReference, soapReference, withDecay } from './metricReferences';
import { rate, rateOf } from './rates';
import {
  adafactorReference,
  groupedReference,
  muonReference,
  ofEachNumber,
  shampooReference,
} from './treeReferences';

const scaled = { rate };
/** λ of decoupled weight decay, and the chain that has it. */
const decay = { decay: positive };
/** c of Adafactor's decay 1 − t⁻ᶜ. */
const exponent = that(anyNumber, 'a number in (0, 1]', (n) => n > 0 && n <= 1);

export const optimizers: readonly OptimizerEntry[] = [
  defineOptimizer({
    name: 'sgd',
    keys: { required: scaled, optional: decay },
    build: ({ rate: step, ...others }) => sgd(rateOf(step), others),
    cases: [
      { config: { rate: 0.1 }, reference: sgdReference(0.1) },
      { name: 'decay', config: { rate: 0.1, decay: 0.2 }, reference: sgdReference(0.1, 0.2) },
    ],
  }),
  defineOptimizer({
    name: 'momentum',
    keys: { required: scaled, optional: { momentum: fraction, ...decay } },
    build: ({ rate: step, momentum: mu, ...others }) => momentum(rateOf(step), mu, others),
    cases: [
      { config: { rate: 0.1, momentum: 0.9 }, reference: momentumReference(0.1, 0.9, false) },
      {
        name: 'warm-up and cosine, decay',
        config: { rate: { peak: 0.1, warmup: 4, cosine: 10, last: 0.01 }, decay: 0.2 },
        reference: momentumReference(warmupCosine(0.1, 4, 10, 0.01), 0.9, false, 0.2),
      },
    ],
  }),
  defineOptimizer({
    name: 'nesterov',
    keys: { required: scaled, optional: { momentum: fraction, ...decay } },
    build: ({ rate: step, momentum: mu, ...others }) => nesterov(rateOf(step), mu, others),
    cases: [
      { config: { rate: 0.1, momentum: 0.95 }, reference: momentumReference(0.1, 0.95, true) },
      {
        name: 'decay',
        config: { rate: 0.1, momentum: 0.95, decay: 0.2 },
        reference: momentumReference(0.1, 0.95, true, 0.2),
      },
    ],
  }),
  defineOptimizer({
    name: 'adam',
    keys: { required: scaled, optional: { beta1: fraction, beta2: fraction } },
    build: ({ rate: step, ...others }) => adam(rateOf(step), others),
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
    keys: { required: scaled, optional: { beta1: fraction, beta2: fraction, decay: positive } },
    build: ({ rate: step, ...others }) => adamw(rateOf(step), others),
    cases: [
      { config: { rate: 0.01, decay: 0.1 }, reference: adamReference(0.01, 0.9, 0.999, 1e-8, 0.1) },
      {
        name: 'warm-up and cosine',
        config: { rate: { peak: 0.01, warmup: 5, cosine: 10 }, decay: 0.1 },
        reference: adamReference(warmupCosine(0.01, 5, 10), 0.9, 0.999, 1e-8, 0.1),
      },
    ],
  }),
  defineOptimizer({
    name: 'nadam',
    keys: { required: scaled, optional: { beta1: fraction, beta2: fraction } },
    build: ({ rate: step, ...others }) => nadam(rateOf(step), others),
    cases: [{ config: { rate: 0.01 }, reference: nadamReference(0.01) }],
  }),
  defineOptimizer({
    name: 'rmsprop',
    keys: { required: scaled, optional: { decay: fraction, epsilon: positive, momentum: fraction } },
    build: ({ rate: step, momentum: mu, ...others }) => rmsprop(rateOf(step), others, mu),
    cases: [
      { config: { rate: 0.01, decay: 0.9, epsilon: 1e-4 }, reference: rmspropReference(0.01, 0.9, 1e-4) },
    ],
  }),
  defineOptimizer({
    name: 'adagrad',
    keys: { required: scaled, optional: { epsilon: positive } },
    build: ({ rate: step, epsilon }) => adagrad(rateOf(step), epsilon),
    cases: [{ config: { rate: 0.1, epsilon: 1e-4 }, reference: adagradReference(0.1, 1e-4) }],
  }),
  defineOptimizer({
    name: 'lion',
    keys: { required: scaled, optional: { beta1: fraction, beta2: fraction, decay: positive } },
    build: ({ rate: step, ...others }) => lion(rateOf(step), others),
    cases: [{ config: { rate: 0.001, decay: 0.1 }, reference: lionReference(0.001, 0.9, 0.99, 0.1) }],
  }),
  defineOptimizer({
    name: 'adadelta',
    keys: { required: scaled, optional: { decay: fraction, epsilon: positive } },
    build: ({ rate: step, decay: rho, epsilon }) => adadelta(rateOf(step), rho, epsilon),
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
    keys: { required: scaled, optional: { exponent, epsilon: positive } },
    build: ({ rate: step, ...others }) => adafactor(rateOf(step), others),
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
    keys: { required: scaled, optional: { momentum: fraction, steps: wholeFrom(1), decay: positive } },
    build: ({ rate: step, momentum: mu, ...others }) =>
      muon(rateOf(step), { ...others, ...(mu === undefined ? {} : { mu }) }),
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
    keys: {
      required: scaled,
      optional: { epsilon: positive, every: wholeFrom(1), most: wholeFrom(0), ...decay },
    },
    build: ({ rate: step, epsilon, ...others }) => shampoo(rateOf(step), epsilon, others),
    cases: [
      { config: { rate: 0.1, epsilon: 0.1 }, treeReference: shampooReference(0.1, 0.1) },
      {
        name: 'other ε, with decay',
        config: { rate: 0.5, epsilon: 1, decay: 0.1 },
        treeReference: withDecay(shampooReference(0.5, 1), 0.5 * 0.1),
      },
      {
        name: 'roots every third update, a diagonal',
        config: { rate: 0.1, epsilon: 0.1, every: 3, most: 3 },
        treeReference: shampooReference(0.1, 0.1, { every: 3, most: 3 }),
      },
    ],
  }),
  defineOptimizer({
    name: 'soap',
    keys: {
      required: scaled,
      optional: {
        beta1: fraction,
        beta2: fraction,
        epsilon: positive,
        every: wholeFrom(1),
        most: wholeFrom(0),
        shift: positive,
        ...decay,
      },
    },
    build: ({ rate: step, ...others }) => soap(rateOf(step), others),
    cases: [
      {
        config: { rate: 0.001, shift: 0.1 },
        treeReference: soapReference(0.001, { shift: 0.1 }),
      },
      {
        name: 'other β, f, one side',
        config: { rate: 0.001, beta1: 0.9, beta2: 0.99, every: 3, most: 3, shift: 0.1 },
        treeReference: soapReference(0.001, { beta1: 0.9, beta2: 0.99, every: 3, most: 3, shift: 0.1 }),
      },
    ],
  }),
  defineOptimizer({
    name: 'lbfgs',
    keys: { required: scaled, optional: { memory: wholeFrom(1), curvature: positive, ...decay } },
    build: ({ rate: step, ...others }) => lbfgs(rateOf(step), others),
    cases: [
      { config: { rate: 0.3, memory: 3, curvature: 0.5 }, treeReference: lbfgsReference(0.3, 3, 0.5) },
      {
        name: 'one pair, with decay',
        config: { rate: 0.5, memory: 1, curvature: 0.3, decay: 0.1 },
        treeReference: withDecay(lbfgsReference(0.5, 1, 0.3), 0.5 * 0.1),
      },
    ],
  }),
];
