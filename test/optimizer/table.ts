/** Every optimizer of the library beside its formula: what is here is judged by law 16, and trained, stopped and gone on with. */
import { adam, momentum, nesterov, Optimizer, sgd, weightDecay } from '../../src';
import { adafactorReference, groupedReference, muonReference } from '../../src/registry/treeReferences';
import { ofEachNumber, type Reference, type TreeReference } from '../../laws';
import {
  adadeltaReference,
  adagradReference,
  adamReference,
  lionReference,
  momentumReference,
  nadamReference,
  rmspropReference,
  sgdReference,
} from '../../src/registry/references';
import { clippedReference, maskedClipReference } from './references';
import { shampoo, shampooReference } from './shampoo';

const {
  accumulate,
  adadelta,
  adafactor,
  adagrad,
  adamw,
  chain,
  clip,
  clipByGlobalNorm,
  ema,
  frozen,
  lion,
  masked,
  multiTransform,
  muon,
  nadam,
  rmsprop,
  scale,
  scaleByAdam,
} = Optimizer;

export interface Enrolled {
  /** Different for each. */
  readonly name: string;
  readonly optimizer: Optimizer.Optimizer;
  readonly reference: TreeReference;
}

const isBias = (path: string): boolean => path.includes('bias');
const notBias = (path: string): boolean => !isBias(path);

/** The mean of each three directions, and no update between. */
const byThrees =
  (rate: number): Reference =>
  () => {
    let sum = 0;
    return (d, _p, t) => {
      sum += d;
      if (t % 3 !== 0) return 0;
      const update = (rate * sum) / 3;
      sum = 0;
      return update;
    };
  };

const each = (optimizer: Optimizer.Optimizer, reference: Reference, of?: string): Enrolled =>
  whole(optimizer, ofEachNumber(reference), of);

const whole = (optimizer: Optimizer.Optimizer, reference: TreeReference, of?: string): Enrolled => ({
  name: of === undefined ? optimizer.name : `${optimizer.name}, ${of}`,
  optimizer,
  reference,
});

/** Rates by the formulas of their docstrings, at update t = 1, 2, … */
const rates: readonly (readonly [string, Optimizer.LearningRate, (t: number) => number])[] = [
  ['step decay', Optimizer.stepDecay(0.1, 5, 0.5), (t) => 0.1 * 0.5 ** Math.floor((t - 1) / 5)],
  [
    'cosine',
    Optimizer.cosine(0.1, 10, 0.01),
    (t) => 0.01 + 0.045 * (1 + Math.cos((Math.PI * Math.min(t - 1, 10)) / 10)),
  ],
  ['linear', Optimizer.linear(0.1, 8, 0.02), (t) => 0.1 - 0.01 * Math.min(t - 1, 8)],
  ['warm-up', Optimizer.warmup(0.1, 4), (t) => (t < 4 ? 0.025 * t : 0.1)],
  [
    // Periods of 3, 6 and 12 updates.
    'sgdr',
    Optimizer.sgdr(0.1, 3, 2, 0.02),
    (t) => {
      const [since, period] = t <= 3 ? [t - 1, 3] : t <= 9 ? [t - 4, 6] : [t - 10, 12];
      return 0.02 + 0.04 * (1 + Math.cos((Math.PI * since) / period));
    },
  ],
  [
    'joined',
    Optimizer.joined(
      [
        { rate: Optimizer.warmup(0.1, 4), steps: 4 },
        { rate: 0.1, steps: 5 },
      ],
      Optimizer.linear(0.1, 10),
    ),
    (t) => (t <= 4 ? 0.025 * t : t <= 9 ? 0.1 : 0.1 - 0.01 * Math.min(t - 10, 10)),
  ],
];

export const table: readonly Enrolled[] = [
  each(sgd(0.1), sgdReference(0.1)),
  each(momentum(0.1, 0.9), momentumReference(0.1, 0.9, false)),
  each(nesterov(0.1, 0.95), momentumReference(0.1, 0.95, true)),
  each(adam(0.01), adamReference(0.01)),
  each(
    adam(0.01, { beta1: 0.8, beta2: 0.99, epsilon: 1e-4 }),
    adamReference(0.01, 0.8, 0.99, 1e-4),
    'other β, ε',
  ),
  // L2 penalty: the decay joins the direction first.
  each(chain(weightDecay(0.1), sgd(0.1)), sgdReference(0.1, 0.1)),
  // Decoupled decay: it joins after Adam's scaling.
  each(chain(scaleByAdam(), weightDecay(0.1), scale(0.01)), adamReference(0.01, 0.9, 0.999, 1e-8, 0.1)),
  each(adamw(0.01, { decay: 0.1 }), adamReference(0.01, 0.9, 0.999, 1e-8, 0.1)),
  whole(
    adamw(0.01, { decay: 0.1, of: notBias }),
    groupedReference((path) => ofEachNumber(adamReference(0.01, 0.9, 0.999, 1e-8, isBias(path) ? 0 : 0.1))),
    'no decay of biases',
  ),
  each(nadam(0.01), nadamReference(0.01)),
  each(rmsprop(0.01), rmspropReference(0.01, 0.9, 1e-8)),
  each(
    rmsprop(0.01, { decay: 0.99, epsilon: 1e-4 }, 0.9),
    rmspropReference(0.01, 0.99, 1e-4, 0.9),
    'momentum',
  ),
  each(adagrad(0.1), adagradReference(0.1)),
  each(adadelta(1), adadeltaReference(1)),
  each(lion(0.01, { decay: 0.1 }), lionReference(0.01, 0.9, 0.99, 0.1)),
  whole(adafactor(0.01), adafactorReference(0.01)),
  whole(
    muon(0.02),
    groupedReference((_path, shape) =>
      shape.length < 2 ? ofEachNumber(adamReference(0.02)) : muonReference(0.02),
    ),
  ),
  whole(shampoo(0.05), shampooReference(0.05), 'a transform of the user’s own'),
  ...rates.map(([name, rate, reference]) => each(sgd(rate), sgdReference(reference), name)),
  each(chain(clip(0.3), sgd(0.1)), () => (d) => 0.1 * Math.max(-0.3, Math.min(0.3, d))),
  // Some of the directions are shorter.
  whole(chain(clipByGlobalNorm(1.2), sgd(0.1)), clippedReference(0.1, 1.2)),
  whole(chain(masked(clipByGlobalNorm(0.5), notBias), sgd(0.1)), maskedClipReference(0.1, 0.5, notBias)),
  whole(
    multiTransform([
      { of: isBias, by: frozen },
      { of: (_path, shape) => shape.length > 2, by: momentum(0.1) },
      { of: () => true, by: adam(0.01) },
    ]),
    groupedReference((path, shape) =>
      ofEachNumber(
        isBias(path)
          ? sgdReference(0)
          : shape.length > 2
            ? momentumReference(0.1, 0.9, false)
            : adamReference(0.01),
      ),
    ),
  ),
  each(accumulate(3, sgd(0.1)), byThrees(0.1)),
  each(chain(adam(0.01), ema(0.9)), adamReference(0.01)),
];
