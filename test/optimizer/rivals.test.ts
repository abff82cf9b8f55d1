/** The rivals beside their published formulas in float64: what each is off by, over twenty steps, is printed. */
import { mul, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chain,
  dispose,
  foof,
  initialState,
  Key,
  kfac,
  linear,
  type Method,
  momentum,
  Optimizer,
  softmaxCrossEntropy,
  takeStep,
  tanh,
  toHost,
} from '../../src';
import { optimizerRows, ofEachNumber, trajectoryError } from '../../laws';
import { optimizerCases } from '../../laws/optimizerCases';
import { lbfgsReference } from '../../src/registry/metricReferences';
import { right, started, testBackends } from '../support';
import { type Dense, forwardOf, type NaturalOptions, naturalReference } from './references';

const STEPS = 20;
const RIVALS = ['momentum', 'adamw', 'muon', 'shampoo', 'soap', 'lbfgs'];
const [N, FEATURES, HIDDEN, CLASSES] = [12, 4, 5, 3];
const net = chain(linear(FEATURES, HIDDEN), tanh(HIDDEN), linear(HIDDEN, CLASSES));
type P = ReturnType<typeof net.init>;

/** [W, b] of the dense layers. */
const weightsOf = (parameters: P): Dense =>
  [parameters[0], parameters[2]].map(({ weights, bias }) => {
    const [units = 1, inputs = 1] = weights.shape;
    const [w, b] = [toHost(weights), toHost(bias)];
    return Array.from({ length: units }, (_, u) => [
      ...w.subarray(u * inputs, (u + 1) * inputs),
      b[u] ?? Number.NaN,
    ]);
  });

const batchAt = (t: number) => {
  const x = toHost(Key.normal(Key.fold(Key.key(11), t), [N, FEATURES]));
  const classes = Array.from(Key.bits(Key.fold(Key.key(12), t), N), (word) => word % CLASSES);
  return { x, classes };
};

/** The largest error of the weights over the steps, relative to their norm. */
const errorOf = async (method: Method, options: NaturalOptions, drawn: boolean): Promise<number> => {
  const optimizer = momentum(options.rate, options.momentum);
  const step = takeStep(net, softmaxCrossEntropy, method, optimizer);
  const first = net.init(Key.key(1));
  let state = right(initialState(optimizer, first));
  dispose(first);
  const rule = naturalReference(options);
  let expected = weightsOf(state.parameters);
  let worst = 0;
  for (let t = 0; t < STEPS; t++) {
    const { x, classes } = batchAt(t);
    const batch = {
      input: tensor2d(Float32Array.from(x), [N, FEATURES]),
      target: tensor1d(classes, 'int32'),
    };
    const key = Key.fold(Key.key(13), t);
    // The classes that the method draws at these outputs, which the formula is given.
    const outputs = net.forward(state.parameters, batch.input);
    const own = softmaxCrossEntropy.sample?.(outputs, Key.fold(key, 0x4b464143));
    const sampled = own === undefined ? [] : [...toHost(own)];
    const rows = Array.from({ length: N }, (_, i) => [...x.subarray(i * FEATURES, (i + 1) * FEATURES)]);
    expected = rule(expected, rows, classes, drawn ? sampled : undefined);
    const next = right(await step(state, batch, key)());
    dispose(
      state.parameters,
      ...Optimizer.momentsOf(state.optimizerState),
      ...(state.memory === undefined ? [] : [state.memory]),
      next.direction,
      batch.input,
      batch.target,
      outputs,
      ...(own === undefined ? [] : [own]),
    );
    ({ state } = next);
    const [found, wanted] = [weightsOf(state.parameters).flat(2), expected.flat(2)];
    worst = Math.max(
      worst,
      Math.hypot(...found.map((v, i) => v - (wanted[i] ?? Number.NaN))) / Math.hypot(...wanted),
    );
  }
  dispose(state.parameters, ...Optimizer.momentsOf(state.optimizerState), state.memory ?? {});
  return worst;
};

for (const backend of testBackends)
  describe(`rivals on ${backend}`, () => {
    beforeAll(() => started(backend));

    const settings: readonly NaturalOptions[] = [
      { rate: 0.1, damping: 0.01, average: 0.95, every: 1, momentum: 0 },
      { rate: 0.05, damping: 0.1, average: 0.5, every: 3, momentum: 0.9 },
    ];
    for (const [i, options] of settings.entries()) {
      const { damping, average, every } = options;
      it(`K-FAC follows its formula in float64, setting ${i + 1}`, async () => {
        const error = await errorOf(kfac({ damping, average, every }), options, true);
        console.log(`kfac, setting ${i + 1}: ${error.toExponential(1)}`);
        // float32 products and inverses of condition 1e3, over twenty steps.
        expect(error).toBeLessThan(1e-4);
        // One that is damped otherwise is told from it.
        expect(await errorOf(kfac({ damping: 2 * damping, average, every }), options, true)).toBeGreaterThan(
          1e-3,
        );
      });

      it(`FOOF follows its formula in float64, setting ${i + 1}`, async () => {
        const error = await errorOf(foof({ damping, average, every }), options, false);
        console.log(`foof, setting ${i + 1}: ${error.toExponential(1)}`);
        expect(error).toBeLessThan(1e-4);
        expect(await errorOf(foof({ damping: 2 * damping, average, every }), options, false)).toBeGreaterThan(
          1e-3,
        );
      });
    }

    it('optimizers of rivals follow their formulas: the largest error of a few cases', () => {
      const cases = fc.sample(optimizerCases, { seed: 20, numRuns: 4 });
      for (const { optimizer, of, reference, treeReference } of optimizerRows) {
        if (!RIVALS.includes(optimizer.name)) continue;
        const rule = treeReference ?? (reference === undefined ? undefined : ofEachNumber(reference));
        if (rule === undefined) throw new Error(`${optimizer.name} without a formula`);
        const worst = Math.max(...cases.map((c) => trajectoryError(optimizer, rule, c)));
        console.log(`${optimizer.name}${of === undefined ? '' : `, ${of}`}: ${worst.toExponential(1)}`);
        // Law 16's tolerance.
        expect(worst).toBeLessThan(2e-6);
      }
    });

    it('L-BFGS follows its formula down a bowl, and gets to its end', () => {
      const n = 8;
      const scales = Array.from({ length: n }, (_, i) => 0.1 * 10 ** ((2 * i) / (n - 1)));
      const optimizer = Optimizer.lbfgs(1, { memory: 5 });
      const rule = lbfgsReference(1, 5, 1e-4)();
      let parameters = { w: Key.normal(Key.key(3), [n]) };
      let state = Optimizer.initOptimizer(optimizer, parameters);
      let theta = toHost(parameters.w);
      const size = Math.hypot(...theta);
      let worst = 0;
      for (let t = 1; t <= STEPS; t++) {
        const of = (numbers: Float64Array) => [{ path: 'w', shape: [n], numbers }];
        const [update = new Float64Array(n)] = rule(
          of(theta.map((v, i) => v * (scales[i] ?? 0))),
          of(theta),
          t,
        );
        theta = theta.map((v, i) => v - (update[i] ?? Number.NaN));
        const direction = { w: mul(parameters.w, tensor1d(scales)) };
        const next = Optimizer.stepOptimizer(optimizer, direction, state, parameters);
        dispose(parameters);
        ({ parameters, state } = next);
        const found = toHost(parameters.w);
        worst = Math.max(worst, Math.hypot(...found.map((v, i) => v - (theta[i] ?? Number.NaN))) / size);
      }
      console.log(`lbfgs, bowl of condition 100: ${worst.toExponential(1)}`);
      // float32 differences of parameters that come near 0.
      expect(worst).toBeLessThan(1e-4);
      // Gradient descent at its best step is at 0.98²⁰ = 0.67 of the start.
      expect(Math.hypot(...theta)).toBeLessThan(0.02 * size);
      dispose(parameters, ...Optimizer.momentsOf(state));
    });

    it('a softmax draws its classes as often as its probabilities say', () => {
      const probabilities = [0.1, 0.2, 0.7];
      const draws = 20_000;
      const logits = tensor2d(Array.from({ length: draws }, () => probabilities.map((p) => Math.log(p) + 3)));
      const classes = softmaxCrossEntropy.sample?.(logits, Key.key(5));
      const found = classes === undefined ? [] : [...toHost(classes)];
      probabilities.forEach((p, c) => {
        const share = found.filter((one) => one === c).length / draws;
        // Five standard deviations.
        expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
      });
      dispose(logits, ...(classes === undefined ? [] : [classes]));
      expect(forwardOf([[[0, 0]]], [[1]]).p).toEqual([[1]]);
    });
  });
