/**
 * The first two sweeps of each method on a 5-4-3 network, beside the published updates transcribed in float64. The
 * transcriptions are of the sums over examples that the papers write: N times the library's energy in the norm `mean`,
 * so that a proximal parameter 1/τ_θ of the library is N/τ_θ here.
 */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  admm,
  advance,
  andThen,
  type AnyLayer,
  blockCoordinateDescent,
  chainOfLayers,
  energyOf,
  exact,
  forwardState,
  groupParameters,
  Key,
  linear,
  type Loss,
  mac,
  type Method,
  predictiveCoding,
  relu,
  scope,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  toHost,
  Tree,
} from '../../src';
import { activationAt, parametersAt, reanchored, valueOf } from '../../src/internal';
import { started, testBackends } from '../support';
import * as f64 from './float64';
import { type Matrix, plus, times, transpose, withOnes } from './float64';

const [N, INPUTS, HIDDEN, OUTPUTS] = [7, 5, 4, 3];
/** The project's bound for float32 against these oracles. */
const TOLERANCE = 1e-4;

const matrixOf = (t: Tensor): Matrix => {
  const host = toHost(t);
  const [rows = 0, columns = 1] = t.shape;
  return f64.build(rows, columns, (i, j) => host[i * columns + j] ?? Number.NaN);
};

/** W and b of a dense layer as [W, b], a row for each unit. */
const denseOf = (p: Tree.Tree): Matrix => {
  const [weights, bias] = Tree.leaves(p);
  if (weights === undefined || bias === undefined) throw new Error('a dense layer has weights and a bias');
  const [w, b] = [matrixOf(weights), matrixOf(bias)];
  return w.map((row, i) => [...row, b[i]?.[0] ?? Number.NaN]);
};

/** f = [x, 1]·Wᵀ */
const affine = (w: Matrix, x: Matrix): Matrix => times(withOnes(x), transpose(w));
const withoutBias = (w: Matrix): Matrix => w.map((row) => row.slice(0, -1));

/** What both sides compute: parameters [W, b] and the hidden variables, by name. */
type Values = Readonly<Record<string, Matrix>>;

interface Start {
  readonly x: Matrix;
  /** Targets: one row an example; classes as one-hot rows. */
  readonly y: Matrix;
  readonly w1: Matrix;
  readonly w2: Matrix;
}

interface Oracle {
  readonly name: string;
  readonly method: Method;
  readonly layers: readonly AnyLayer[];
  readonly loss: Loss;
  /** Names of x[1], x[2], … and, behind the last of them, λ. */
  readonly activations: readonly string[];
  readonly multiplier?: string;
  readonly expected: (start: Start) => Values;
}

const reluNet = [linear(INPUTS, HIDDEN), relu(HIDDEN), linear(HIDDEN, OUTPUTS)] as const;
const tanhNet = [linear(INPUTS, HIDDEN), tanh(HIDDEN), linear(HIDDEN, OUTPUTS)] as const;
const tanhOut = [...tanhNet, tanh(OUTPUTS)] as const;

const twice = <S>(sweep: (s: S) => S, start: S): S => sweep(sweep(start));

/** argmin_W c/2·‖[x, 1]·Wᵀ − z‖² + α/2·‖W − W₀‖² */
const ridge = (w: Matrix, x: Matrix, z: Matrix, c: number, alpha: number): Matrix => {
  const a = withOnes(x);
  const gram = f64.map((v) => c * v, times(transpose(a), a));
  const rhs = f64.map((v) => c * v, times(transpose(a), plus(z, affine(w, x), -1)));
  return plus(w, transpose(f64.solve(plus(gram, f64.identity(gram.length, alpha)), rhs)));
};

/** (ρWᵀW + γI)·a = ρWᵀ(z − b) + γh, for each example. */
const affineActivation = (w: Matrix, z: Matrix, h: Matrix, rho: number, gamma: number): Matrix => {
  const m = withoutBias(w);
  const bias = w.map((row) => row.at(-1) ?? 0);
  const gram = f64.map((v) => rho * v, times(transpose(m), m));
  const goal = f64.map((v, _, j) => v - (bias[j] ?? 0), z);
  const rhs = plus(
    f64.map((v) => rho * v, times(goal, m)),
    f64.map((v) => gamma * v, h),
  );
  return transpose(f64.solve(plus(gram, f64.identity(gram.length, gamma)), transpose(rhs)));
};

/** argmin_u ½(relu(u) − a)² + c/2·(u − b)²: the better of the two branches' minimisers. */
const reluMinimum =
  (c: number) =>
  (a = 0, b = 0): number => {
    const phi = (u: number): number => (Math.max(u, 0) - a) ** 2 / 2 + (c / 2) * (u - b) ** 2;
    const [above, below] = [Math.max(0, (a + c * b) / (1 + c)), Math.min(b, 0)];
    return phi(above) <= phi(below) ? above : below;
  };

const tanhMinimum =
  (c: number) =>
  (a = 0, b = 0): number => {
    const radius = Math.abs(Math.tanh(b) - a) / Math.sqrt(c) + 1e-12;
    return f64.scalarMinimum(
      (u) => (Math.tanh(u) - a) ** 2 / 2 + (c / 2) * (u - b) ** 2,
      b - radius,
      b + radius,
    );
  };

/** argmin_z ½‖z − y‖² + ⟨λ, z⟩ + β/2·‖z − f‖² */
const squaredOutput = (y: Matrix, f: Matrix, lambda: Matrix, beta: number): Matrix =>
  f64.zip((t = 0, v = 0, l = 0) => (t + beta * v - l) / (1 + beta), y, f, lambda);

const softmaxRow = (row: readonly number[]): readonly number[] => {
  const most = Math.max(...row);
  const e = row.map((v) => Math.exp(v - most));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
};

/** The same for the cross-entropy of softmax, by Newton on each example. */
const crossEntropyOutput = (y: Matrix, f: Matrix, lambda: Matrix, beta: number): Matrix =>
  f.map((near, i) => {
    let z = near;
    for (let k = 0; k < 50; k++) {
      const p = softmaxRow(z);
      const slope = z.map((v, j) => [
        (p[j] ?? 0) - (y[i]?.[j] ?? 0) + (lambda[i]?.[j] ?? 0) + beta * (v - (near[j] ?? 0)),
      ]);
      const hessian = f64.build(
        z.length,
        z.length,
        (a, b) => (a === b ? (p[a] ?? 0) + beta : 0) - (p[a] ?? 0) * (p[b] ?? 0),
      );
      const step = f64.solve(hessian, slope);
      z = z.map((v, j) => v - (step[j]?.[0] ?? 0));
    }
    return z;
  });

const zeros = (m: Matrix): Matrix => f64.map(() => 0, m);
const relued = (m: Matrix): Matrix => f64.map((v) => Math.max(v, 0), m);
const tanhed = (m: Matrix): Matrix => f64.map(Math.tanh, m);

interface Split {
  readonly w1: Matrix;
  readonly w2: Matrix;
  readonly z1: Matrix;
  readonly a1: Matrix;
  readonly z2: Matrix;
  readonly lambda: Matrix;
}

const splitAt = ({ x, w1, w2 }: Start, h: (m: Matrix) => Matrix): Split => {
  const z1 = affine(w1, x);
  const z2 = affine(w2, h(z1));
  return { w1, w2, z1, a1: h(z1), z2, lambda: zeros(z2) };
};

interface Kind {
  readonly h: (m: Matrix) => Matrix;
  readonly minimum: (c: number) => (a?: number, b?: number) => number;
  readonly output: (y: Matrix, f: Matrix, lambda: Matrix, beta: number) => Matrix;
}

/** Zeng et al.: from the top down, every block by its minimiser. */
const zeng =
  (gamma: number, alpha: number, { h, minimum, output }: Kind) =>
  (start: Start): Values => {
    const sweep = (s: Split): Split => {
      const z2 = output(start.y, affine(s.w2, s.a1), zeros(s.z2), gamma);
      const w2 = ridge(s.w2, s.a1, z2, gamma, alpha);
      const a1 = affineActivation(w2, z2, h(s.z1), gamma, gamma);
      const z1 = f64.zip(minimum(1), a1, affine(s.w1, start.x));
      const w1 = ridge(s.w1, start.x, z1, gamma, alpha);
      return { ...s, w1, w2, z1, a1, z2 };
    };
    return { ...twice(sweep, splitAt(start, h)) };
  };

/** Taylor et al.: from the bottom up, then the multiplier; one warm sweep without it, then two with it. */
const taylor =
  (beta: number, gamma: number, alpha: number, { h, minimum, output }: Kind) =>
  (start: Start): Values => {
    const sweep =
      (ascend: boolean) =>
      (s: Split): Split => {
        const w1 = ridge(s.w1, start.x, s.z1, beta, alpha);
        const a1 = affineActivation(s.w2, s.z2, h(s.z1), beta, gamma);
        const z1 = f64.zip(minimum(beta / gamma), a1, affine(w1, start.x));
        const w2 = ridge(s.w2, a1, s.z2, beta, alpha);
        const f = affine(w2, a1);
        const z2 = output(start.y, f, s.lambda, beta);
        const lambda = ascend ? plus(s.lambda, plus(z2, f, -1), beta) : s.lambda;
        return { w1, w2, z1, a1, z2, lambda };
      };
    return { ...twice(sweep(true), sweep(false)(splitAt(start, h))) };
  };

/** Carreira-Perpiñán and Wang: z together, then W, then μ; tanh on the output, so that both steps are nonlinear. */
const carreiraPerpinan =
  (mu: number, growth: number, alpha: number) =>
  ({ x, y, w1, w2 }: Start): Values => {
    const flat = (m: Matrix): readonly number[] => m.flat();
    const shaped = (u: readonly number[], like: Matrix): Matrix =>
      f64.map((_, i, j) => u[i * f64.size(like)[1] + j] ?? Number.NaN, like);
    const sweep = (s: { w1: Matrix; w2: Matrix; z1: Matrix; mu: number }) => {
      const prediction = tanhed(affine(s.w1, x));
      const z1 = s.z1.map((row, i) =>
        f64.leastSquares(
          (z) => [
            ...flat(plus(tanhed(affine(s.w2, [z])), [y[i] ?? []], -1)),
            ...z.map((v, j) => Math.sqrt(s.mu) * (v - (prediction[i]?.[j] ?? 0))),
          ],
          row,
        ),
      );
      const fit = (w: Matrix, input: Matrix, goal: Matrix, c: number): Matrix =>
        shaped(
          f64.leastSquares(
            (u) => [
              ...flat(plus(tanhed(affine(shaped(u, w), input)), goal, -1)).map((v) => Math.sqrt(c) * v),
              ...u.map((v, i) => Math.sqrt(alpha) * (v - (w.flat()[i] ?? 0))),
            ],
            flat(w),
          ),
          w,
        );
      return { w1: fit(s.w1, x, z1, s.mu), w2: fit(s.w2, z1, y, 1), z1, mu: s.mu * growth };
    };
    const end = twice(sweep, { w1, w2, z1: tanhed(affine(w1, x)), mu });
    return { w1: end.w1, w2: end.w2, z1: end.z1 };
  };

/** Whittington and Bogacz: inference, then learning; with predictions that follow, or fixed. */
const whittington =
  (eta: number, steps: number, fixed: boolean) =>
  ({ x, y, w1, w2 }: Start): Values => {
    const derivative = (z: Matrix): Matrix => f64.map((v) => 1 - Math.tanh(v) ** 2, z);
    const by = (a: Matrix, b: Matrix): Matrix => f64.zip((u = 0, v = 0) => u * v, a, b);
    const run = (s: { w1: Matrix; w2: Matrix; x1: Matrix }) => {
      const z1 = affine(s.w1, x);
      const first = tanhed(z1);
      let x1 = first;
      const output = (at: Matrix): Matrix => affine(s.w2, fixed ? first : at);
      // At the top the error is y − tanh(z₂), and what is sent down and learned is that times tanh'.
      const top = (at: Matrix): Matrix => by(plus(y, tanhed(output(at)), -1), derivative(output(at)));
      for (let k = 0; k < steps; k++) {
        const down = times(top(x1), withoutBias(s.w2));
        x1 = plus(x1, plus(down, plus(x1, first, -1), -1), eta);
      }
      const learn = (delta: Matrix, input: Matrix): Matrix =>
        f64.map((v) => v / N, times(transpose(delta), withOnes(input)));
      return {
        w1: plus(s.w1, learn(by(plus(x1, first, -1), derivative(z1)), x)),
        w2: plus(s.w2, learn(top(x1), fixed ? first : x1)),
        x1,
      };
    };
    const end = twice(run, { w1, w2, x1: [] });
    return { w1: end.w1, w2: end.w2, z1: end.x1 };
  };

const onRelu: Kind = { h: relued, minimum: reluMinimum, output: squaredOutput };
const onTanh: Kind = { h: tanhed, minimum: tanhMinimum, output: crossEntropyOutput };
const split = ['z1', 'a1', 'z2'] as const;

const oracles: readonly Oracle[] = [
  {
    name: 'block coordinate descent, relu, squared error',
    method: blockCoordinateDescent({ coupling: 0.7, tauTheta: 3 }),
    layers: reluNet,
    loss: squaredError,
    activations: split,
    expected: zeng(0.7, N / 3, onRelu),
  },
  {
    name: 'block coordinate descent, tanh, cross-entropy',
    method: blockCoordinateDescent({ coupling: 0.4, tauTheta: 5 }),
    layers: tanhNet,
    loss: softmaxCrossEntropy,
    activations: split,
    expected: zeng(0.4, N / 5, onTanh),
  },
  {
    name: 'admm, relu, squared error',
    method: admm({ coupling: 0.8, activationCoupling: 3, tauTheta: 4, warmStart: 1 }),
    layers: reluNet,
    loss: squaredError,
    activations: split,
    multiplier: 'lambda',
    expected: taylor(0.8, 3, N / 4, onRelu),
  },
  {
    name: 'admm, tanh, cross-entropy',
    method: admm({ coupling: 0.5, activationCoupling: 2, tauTheta: 4, warmStart: 1 }),
    layers: tanhNet,
    loss: softmaxCrossEntropy,
    activations: split,
    multiplier: 'lambda',
    expected: taylor(0.5, 2, N / 4, onTanh),
  },
  {
    name: 'mac, tanh, squared error',
    method: mac({ coupling: 0.6, growth: 1.5, tauTheta: 5, parameters: exact(), activations: exact() }),
    layers: tanhOut,
    loss: squaredError,
    activations: ['z1'],
    expected: carreiraPerpinan(0.6, 1.5, N / 5),
  },
  {
    name: 'predictive coding',
    method: predictiveCoding({ stepSize: 0.2, steps: 6 }),
    layers: tanhOut,
    loss: squaredError,
    activations: ['z1'],
    expected: whittington(0.2, 6, false),
  },
  {
    name: 'predictive coding, fixed prediction',
    method: predictiveCoding({ fixedPrediction: true }),
    layers: tanhOut,
    loss: squaredError,
    activations: ['z1'],
    expected: whittington(1, 1, true),
  },
];

const distance = (found: Matrix, expected: Matrix): number => {
  const norm = (m: Matrix): number => Math.hypot(...m.flat());
  return norm(plus(found, expected, -1)) / norm(expected);
};

/** The largest relative error over parameters, activations and multiplier after two sweeps. */
const errorOf = ({ method, layers, loss, activations, multiplier, expected }: Oracle, seed: number): number =>
  scope(() => {
    const key = Key.key(seed);
    const net = chainOfLayers(layers);
    const parameters = net.init(Key.fold(key, 0));
    const input = Key.uniform(Key.fold(key, 1), [N, INPUTS], -1, 1);
    const classes = Int32Array.from(Key.bits(Key.fold(key, 2), N), (word) => word % OUTPUTS);
    const real = Key.uniform(Key.fold(key, 3), [N, OUTPUTS], -0.9, 0.9);
    const target = loss.classifies ? tensor(classes, [N], 'int32') : real;
    const energy = energyOf(net, loss, method.energy);
    const begin = forwardState(energy, groupParameters(energy, parameters), input);
    const warm = method.start?.(energy.links) ?? andThen();
    const sweep = method.schedule(energy.links);
    const first = reanchored(advance(energy, andThen(warm, sweep), begin, target).state);
    const end = advance(energy, sweep, first, target).state;

    const y = loss.classifies ? f64.build(N, OUTPUTS, (i, j) => (classes[i] === j ? 1 : 0)) : matrixOf(real);
    const [p1, p2] = [parameters[0], parameters[2]];
    if (p1 === undefined || p2 === undefined) throw new Error('two dense layers');
    const reference = expected({ x: matrixOf(input), y, w1: denseOf(p1), w2: denseOf(p2) });
    const dense = energy.links.filter(
      ({ number }) => Tree.leaves(parametersAt(end, number).anchor).length > 0,
    );
    const found: [string, Matrix][] = [
      ...dense.map(({ number }, i): [string, Matrix] => [
        `w${i + 1}`,
        denseOf(valueOf(parametersAt(end, number))),
      ]),
      ...activations.map((name, i): [string, Matrix] => [name, matrixOf(valueOf(activationAt(end, i + 1)))]),
    ];
    const lambda = end.multipliers.at(-1);
    if (multiplier !== undefined && lambda !== undefined) found.push([multiplier, matrixOf(lambda)]);
    expect(found.length).toBe(2 + activations.length + (multiplier === undefined ? 0 : 1));
    return Math.max(...found.map(([name, value]) => distance(value, reference[name] ?? [])));
  });

describe.each(testBackends)('two sweeps against float64, on %s', (backend) => {
  const lines: string[] = [];
  beforeAll(() => started(backend));
  afterAll(() => {
    console.log(`largest relative errors after two sweeps on ${backend}\n${lines.join('\n')}`);
  });
  for (const oracle of oracles)
    it(oracle.name, () => {
      const worst = Math.max(...[1, 2, 3].map((seed) => errorOf(oracle, seed)));
      lines.push(`${oracle.name}: ${worst.toExponential(1)}`);
      expect(worst).toBeLessThanOrEqual(TOLERANCE);
    });
});
