/**
 * Deliberately wrong things, each of which a law has to reject. A law that cannot fail is a defect.
 */
import {
  add,
  cast,
  concat,
  customGrad,
  greater,
  greaterEqual,
  keep,
  matMul,
  maximum,
  mean,
  div,
  mul,
  ones,
  onesLike,
  reciprocal,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  Tensor,
} from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  andThen,
  backwardSweep,
  exact,
  explicit,
  explicitParameters,
  forwardState,
  Formula,
  implicit,
  jointly,
  Key,
  layer,
  type LinearParameters,
  type Method,
  Optimizer,
  type Schedule,
  Solver,
  sweepMethod,
  theta,
  x as activation,
  type Tree,
  Tree as Trees,
  chainOfLayers,
  proxprop,
  weighted,
} from '../src';
import { lossOfEach } from '../src/internal';
import { type Averaging } from './averaged';
import { type CostModel } from './cost';
import { type Start } from './energy';
import { type Factoring } from './factored';
import { type KeyMachine } from './key';
import { type Compose } from './layer';
import { type CgRidge, type Ridge } from './ridge';
import { type Words } from './schedule';
import { type Extreme } from './ties';
import { type Weighting } from './weights';

/** Law 1: a forward pass whose first activation is off by a thousandth. */
export const infeasibleStart: Start = (energy, groups, input) => {
  const state = forwardState(energy, groups, input);
  return {
    ...state,
    activations: state.activations.map((v, i) =>
      i === 1 ? { ...v, decrement: add(mul(v.anchor, 0), 1e-3) } : v,
    ),
  };
};

/** A sweep of Gauss-Seidel instead of Jacobi: the parameter step sees the updated, not the forward, input. */
export const updatedActivations = (tau: number): Method => ({
  name: 'updated activations',
  energy: { coupling: () => 1 / tau },
  schedule: (links) =>
    andThen(
      ...[...links]
        .reverse()
        .map(({ number }) =>
          number === 1
            ? explicit(theta(1), tau)
            : andThen(explicit(activation(number - 1), tau), explicit(theta(number), tau)),
        ),
    ),
});

/** Law 2: a parameter step that forgets τ. */
export const missingTau = (tau: number): Method =>
  sweepMethod('missing τ', tau, ({ number }) => explicit(theta(number), 1));

/** Law 3: the activation step scaled twice by τ. */
export const squaredTau =
  (tau: number): Schedule =>
  (links) =>
    andThen(
      ...[...links]
        .reverse()
        .map((link) =>
          link.number === 1
            ? explicitParameters(tau)(link)
            : jointly(explicit(activation(link.number - 1), tau * tau), explicitParameters(tau)(link)),
        ),
    );

/** Law 4: couplings that do not match τ, so that targets are not gradient steps of J. */
export const wrongCoupling = (tau: number): Method => ({
  name: 'wrong coupling',
  energy: { coupling: () => 2 / tau },
  schedule: backwardSweep(tau, explicitParameters(tau)),
});

/** Laws 5 and 7 on chains: ProxProp whose implicit step forgets that the penalty carries 1/τ. */
export const missingTauInMetric = (tau: number, tauTheta: number): Method =>
  sweepMethod('proxprop without τ in its metric', tau, (link) =>
    link.affine && !link.last
      ? implicit(theta(link.number), tauTheta, exact())
      : explicitParameters(tau)(link),
  );

/** Law 13, and with it law 7: an implicit step on an activation propagates the gradient of an envelope. */
export const implicitActivation = (tau: number, tauTheta: number): Method => ({
  name: 'implicit activations',
  energy: { coupling: () => 1 / tau },
  schedule: (links) =>
    andThen(
      ...[...links].reverse().map((link) => {
        const parameters =
          link.affine && !link.last
            ? implicit(theta(link.number), tau * tauTheta, exact())
            : explicitParameters(tau)(link);
        return link.number === 1
          ? parameters
          : link.affine && link.last
            ? jointly(implicit(activation(link.number - 1), tau, exact()), parameters)
            : jointly(explicit(activation(link.number - 1), tau), parameters);
      }),
    ),
});

/** Law 7: a layer left out of the sweep stays where it is, though the loss still pulls. */
export const frozenFirstLayer = (tau: number, tauTheta: number): Method => {
  const { energy, schedule } = proxprop({ tau, tauTheta });
  return {
    name: 'frozen first layer',
    energy,
    schedule: (links) => {
      const step = schedule(links);
      return step.tag === 'andThen' ? { ...step, steps: step.steps.slice(0, -1) } : step;
    },
  };
};

/** Law 8 on chains: parameters move, but by a step of the activations' energy taken uphill. */
export const uphill = (tau: number): Method => ({
  name: 'uphill',
  energy: { coupling: () => 1 / tau },
  schedule: (links) =>
    andThen(
      ...[...links].reverse().map(({ number }) =>
        number === 1
          ? explicit(theta(1), tau)
          : // Twice the step on the activation after the parameters have already met it overshoots.
            andThen(
              explicit(theta(number), tau),
              explicit(activation(number - 1), tau),
              explicit(theta(number), 1e3 * tau),
            ),
      ),
    ),
});

const design = (x: Tensor): Tensor => concat([x, add(mul(sum(x, 1, true), 0), 1)], 1);

const parameters = (packed: Tensor): LinearParameters => {
  const [units = 0, columns = 0] = packed.shape;
  return {
    weights: slice(packed, [0, 0], [units, columns - 1]),
    bias: reshape(slice(packed, [0, columns - 1], [units, 1]), [units]),
  };
};

/** A ridge solver that changes what another gives. */
export const scaledRidge =
  (ridge: Ridge, by: number): Ridge =>
  (x, h, beta) => {
    const { weights, bias } = ridge(x, h, beta);
    return { weights: mul(weights, by), bias: mul(bias, by) };
  };

/** Laws 5, 6, 11: the damping of another τ_θ. */
export const wrongDamping =
  (ridge: Ridge): Ridge =>
  (x, h, beta) =>
    ridge(x, h, 3 * beta);

/** Law 9: the explicit step on q, V = τ_θ·g: it raises q for step sizes above 2/λ. */
export const explicitRidge: Ridge = (x, h, beta) => parameters(mul(matMul(h, design(x)), 1 / beta));

/**
 * Law 10: conjugate gradients whose search direction is the very array of the residual, so that updating the
 * residual overwrites it: the flaw of the first published code of the method.
 */
export const aliasedCg: CgRidge = (x, h, beta, iterations) => {
  const a = design(x);
  const product = (v: Tensor): Tensor => add(matMul(matMul(v, a, false, true), a), mul(v, beta));
  const rowDot = (s: Tensor, t: Tensor): Tensor => add(sum(mul(s, t), 1, true), 1e-30);
  let s = matMul(h, a);
  let q = s;
  let v = mul(s, 0);
  for (let k = 0; k < iterations; k++) {
    const t = product(q);
    const before = rowDot(s, s);
    const alpha = mul(before, reciprocal(rowDot(q, t)));
    v = add(v, mul(alpha, q));
    s = sub(s, mul(alpha, t));
    // q is the same memory as s: both now hold the new residual.
    q = s;
    q = add(s, mul(mul(rowDot(s, s), reciprocal(before)), q));
    s = q;
  }
  return parameters(v);
};

/** Law 14: a sequence that runs its last step first. */
export const rotatedWords = (w: Words): Words => ({
  ...w,
  andThen: (...steps) => {
    const last = steps.at(-1);
    return last === undefined ? w.andThen() : w.andThen(last, ...steps.slice(0, -1));
  },
});

/** Law 14: `jointly` as a sequence. */
export const sequentialJointly = (w: Words): Words => ({ ...w, jointly: (...steps) => w.andThen(...steps) });

const mutantLayer = (name: string, forward: (p: { gain: Tensor }, x: Tensor) => Tensor): AnyLayer =>
  layer<{ gain: Tensor }, readonly [3], readonly [3]>({
    name,
    input: [3],
    output: [3],
    init: () => ({ gain: scalar(2) }),
    forward,
  });

/** Law 15: another output at every call. */
export const impureLayer = (): AnyLayer => {
  let calls = 0;
  return mutantLayer('impure', ({ gain }, x) => add(mul(x, gain), calls++));
};

/** Law 15: other parameters at every call of `init`. */
export const unkeyedLayer = (): AnyLayer => {
  const inner = mutantLayer('unkeyed', ({ gain }, x) => mul(x, gain));
  return { ...inner, init: () => ({ gain: scalar(Math.random()) }) };
};

/** Law 15: draws by no key in training. */
export const unkeyedTraining = (): AnyLayer => {
  const inner = mutantLayer('unkeyed training', ({ gain }, x) => mul(x, gain));
  return {
    ...inner,
    training: () => mutantLayer('unkeyed training', ({ gain }, x) => mul(mul(x, gain), Math.random())),
  };
};

/** Law 15: in training it reads the mean that it keeps. */
export const readsItsBuffers = (): AnyLayer =>
  layer<{ readonly kept: Tensor }, readonly [3], readonly [3]>({
    name: 'reads its buffers',
    input: [3],
    output: [3],
    init: () => ({ kept: scalar(0) }),
    forward: ({ kept }, x) => sub(x, kept),
    training: () =>
      layer<{ readonly kept: Tensor }, readonly [3], readonly [3]>({
        name: 'reads its buffers',
        input: [3],
        output: [3],
        init: () => ({ kept: scalar(0) }),
        forward: ({ kept }, x) => sub(x, kept),
      }),
    buffers: { names: ['kept'], next: (_, x) => ({ kept: mean(x) }) },
  });

/** Law 15: keeps something else at every call. */
export const unkeyedBuffers = (): AnyLayer => keeping((_, x) => mul(mean(x), Math.random()));

/** A layer less a running number, and how it runs. */
const keeping = (next: (kept: Tensor, x: Tensor) => Tensor): AnyLayer => {
  type Kept = { readonly kept: Tensor };
  const parts = {
    name: 'keeping',
    input: [3] as const,
    output: [3] as const,
    init: () => ({ kept: scalar(0) }),
  };
  return layer<Kept, readonly [3], readonly [3]>({
    ...parts,
    forward: ({ kept }, x) => sub(x, kept),
    training: () => layer<Kept, readonly [3], readonly [3]>({ ...parts, forward: (_, x) => sub(x, mean(x)) }),
    buffers: { names: ['kept'], next: ({ kept }, x) => ({ kept: next(kept, x) }) },
  });
};

/** Law 15: declares parameters of another shape than `init` gives; made without the check that `layer` brings. */
export const misdeclaredParameters = (): AnyLayer => ({
  ...mutantLayer('misdeclared parameters', ({ gain }, x) => mul(x, gain)),
  parameterShapes: { gain: [1] },
});

/** Law 15: as many parameters as the key says. */
export const growingParameters = (): AnyLayer => ({
  ...mutantLayer('growing', ({ gain }, x) => mul(x, sum(gain))),
  init: (key) => ({ gain: ones([1 + ((Key.bits(key, 1)[0] ?? 0) % 3)]) }),
});

/** Law 15: a tensor kept beyond every scope. */
export const leakingLayer = (): AnyLayer =>
  mutantLayer('leaking', ({ gain }, x) => keep(mul(x, gain)).clone());

/** Law 15: frees its input. */
export const greedyLayer = (): AnyLayer =>
  mutantLayer('greedy', ({ gain }, x) => {
    const y = mul(x, gain);
    x.dispose();
    return y;
  });

/** Law 15: mixes the examples of a batch. */
export const batchMixingLayer = (): AnyLayer =>
  mutantLayer('batch mixing', ({ gain }, x) => mul(sub(x, mean(x, 0)), gain));

/** Law 15: an output of another shape than declared; made without the check that `layer` brings. */
export const misdeclaredLayer = (): AnyLayer => ({
  name: 'misdeclared',
  input: [3],
  output: [2],
  init: () => ({}),
  forward: (_: Tree.Tree, x: Tensor) => mul(x, 2),
});

/** Law 15: composition that drops the last layer's neighbour when nested. */
export const forgetfulCompose: Compose = (parts) =>
  chainOfLayers(parts.length > 2 ? parts : parts.slice(0, Math.max(1, parts.length - 1)));

/** Law 15: a forward function with a gradient that is not its own: twice too large. */
export const wrongGradientLayer = (): AnyLayer =>
  mutantLayer('wrong gradient', ({ gain }, x) => {
    const twice = customGrad((...inputs) => {
      const [t] = inputs;
      if (!(t instanceof Tensor)) throw new TypeError('a custom gradient gets tensors');
      return { value: t.clone(), gradFunc: (dy: Tensor) => mul(dy, 2) };
    });
    return mul(twice(x), gain);
  });

/** Law 15: a gradient that is not linear in its cotangent, so that it is the transpose of nothing. */
export const wrongSecondGradientLayer = (): AnyLayer =>
  mutantLayer('nonlinear gradient', ({ gain }, x) => {
    const odd = customGrad((...inputs) => {
      const [t] = inputs;
      if (!(t instanceof Tensor)) throw new TypeError('a custom gradient gets tensors');
      return { value: t.clone(), gradFunc: (dy: Tensor) => add(dy, mul(mul(dy, dy), dy)) };
    });
    return mul(odd(x), gain);
  });

/** Law 16: an optimizer that remembers outside of its state. */
export const staleOptimizer = (): Optimizer.Optimizer => {
  let calls = 0;
  return {
    name: 'stale',
    transforms: [
      {
        name: 'stale',
        init: () => ({ step: 0, moments: [] }),
        update: (direction, { step }) => {
          calls++;
          const by = 0.1 * (1 + calls);
          return {
            direction: Trees.map((leaf) => mul(leaf, by))(direction),
            slot: { step: step + 1, moments: [] },
          };
        },
      },
    ],
  };
};

/** Law 16: Adam's division, d / (√d² + ε), by any ε, as if numbers did not underflow. */
export const uncheckedEpsilon = (epsilon: number): Optimizer.Optimizer => ({
  name: 'unchecked ε',
  transforms: [
    {
      name: 'unchecked ε',
      init: () => ({ step: 0, moments: [] }),
      rule: (d) => ({
        direction: Formula.div(d, Formula.affine(Formula.sqrt(Formula.mul(d, d)), 1, epsilon)),
        moments: [],
      }),
    },
  ],
});

/** Law 16: a chain that applies its last part first. */
export const rotatedJoin: typeof Optimizer.chain = (...parts) => {
  const last = parts.at(-1);
  return last === undefined ? Optimizer.chain() : Optimizer.chain(last, ...parts.slice(0, -1));
};

/** A maximum whose cotangent goes where `towards` says. */
const maximumWith =
  (towards: (a: Tensor, b: Tensor) => Tensor): Extreme =>
  (x, y) => {
    const f = customGrad((...inputs) => {
      const [a, b] = inputs;
      if (!(a instanceof Tensor && b instanceof Tensor))
        throw new TypeError('a custom gradient gets tensors');
      return {
        value: maximum(a, b),
        gradFunc: (dy: Tensor) => [
          mul(dy, cast(towards(a, b), 'float32')),
          mul(dy, cast(towards(b, a), 'float32')),
        ],
      };
    });
    return f(x, y);
  };

/** Law 41: equal operands both get all of the cotangent. */
export const bothAtTies: Extreme = maximumWith(greaterEqual);

/** Law 41: equal operands get nothing. */
export const noneAtTies: Extreme = maximumWith(greater);

/** Law 17: a key machine whose numbers depend on how often it was called. */
export const countingKeys = (m: KeyMachine): KeyMachine => {
  let calls = 0;
  return { ...m, bits: (key, n) => m.bits(m.fold(key, calls++), n) };
};

/** Law 17: children that are their parent. */
export const sameKeys = (m: KeyMachine): KeyMachine => ({ ...m, fold: (key) => key });

/** Law 40: a factorisation that costs nothing. */
export const freeFactor: CostModel = (route, size, iterations) => {
  const n = route === 'dual' ? size.rows : size.columns;
  return Solver.cost(route, size, iterations) - (iterations === 0 ? n ** 3 / 6 : 0);
};

/** Law 40: one unit, however many there are. */
export const unitsForgotten: CostModel = (route, size, iterations) =>
  Solver.cost(route, { ...size, units: 1 }, iterations);

/** Law 40: one iteration, however many there are. */
export const iterationsForgotten: CostModel = (route, size, iterations) =>
  Solver.cost(route, size, Math.min(1, iterations));

/** Law 40: the dual of a system for its primal. */
export const sidesSwapped: CostModel = (route, { rows, columns, ...size }, iterations) =>
  Solver.cost(route, { ...size, rows: columns, columns: rows }, iterations);

export * from './implicitMutants';
export * from './programMutants';
export * from './solveMutants';
export * from './trainingMutants';

/** Law 44: the sum is divided by the number of examples. */
export const dividedByCount: Weighting = (loss, w) => ({
  ...weighted(loss, w),
  value: (y, t) => div(sum(mul(lossOfEach(loss, y, t), w)), w.size),
});

/** Law 44: the loss of each example is that without weights. */
export const eachUnweighted: Weighting = (loss, w) => ({
  ...weighted(loss, w),
  each: (y, t) => lossOfEach(loss, y, t),
});

/** Law 44: weights only mask. */
export const masksAlone: Weighting = (loss, w) => weighted(loss, cast(greater(w, 0), 'float32'));

/** Law 45: the weight of the mean is forgotten, so that early batches count for less than they are. */
export const weightForgotten: Averaging = (design, h, beta, solver, before) =>
  Solver.solveAveraged(
    design,
    h,
    beta,
    solver,
    before === undefined ? undefined : { mean: before.mean, weight: onesLike(before.weight) },
  );

/** Law 45: the metric of this batch alone. */
export const alwaysFirst: Averaging = (design, h, beta, solver) =>
  Solver.solveAveraged(design, h, beta, solver, undefined);

/** Law 50: factors of this batch alone. */
export const factorsOfLast: Factoring = {
  next: (path, batch, options) => Solver.nextFactors(path, batch, options, undefined),
  apply: Solver.inMetric,
};

/** Law 50: the metric of the inputs alone, where both sides were asked for. */
export const inputsAlone: Factoring = {
  next: Solver.nextFactors,
  apply: (g, { inputs }) => Solver.inMetric(g, { inputs }),
};

/** Law 50: sums over the rows where means were asked for. */
export const factorsOfSums: Factoring = {
  next: (path, batch, options, before) => Solver.nextFactors(path, { ...batch, rows: 1 }, options, before),
  apply: Solver.inMetric,
};
