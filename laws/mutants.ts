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

/**
 * A mutant for law 1: its forward pass is off by a thousandth in the first activation.
 *
 * @example const law = feasibility(Mutants.infeasibleStart); // rejects it
 */
export const infeasibleStart: Start = (energy, groups, input) => {
  const state = forwardState(energy, groups, input);
  return {
    ...state,
    activations: state.activations.map((v, i) =>
      i === 1 ? { ...v, decrement: add(mul(v.anchor, 0), 1e-3) } : v,
    ),
  };
};

/**
 * A mutant for law 2: a sweep by Gauss-Seidel instead of Jacobi, whose parameter step sees the
 * updated instead of the forward input.
 *
 * @param tau τ
 *
 * @example const law = backpropEquivalence(Mutants.updatedActivations); // rejects it
 */
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

/**
 * A mutant for law 2: its parameter step forgets τ.
 *
 * @param tau τ
 *
 * @example const law = backpropEquivalence(Mutants.missingTau); // rejects it
 */
export const missingTau = (tau: number): Method =>
  sweepMethod('missing τ', tau, ({ number }) => explicit(theta(number), 1));

/**
 * A mutant for law 3: its activation step is τ² instead of τ.
 *
 * @param tau τ
 *
 * @example const law = couplings(Mutants.squaredTau); // rejects it
 */
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

/**
 * A mutant for law 4: its couplings are 2/τ, so its targets are no gradient steps of J.
 *
 * @param tau τ
 *
 * @example const law = targets(Mutants.wrongCoupling); // rejects it
 */
export const wrongCoupling = (tau: number): Method => ({
  name: 'wrong coupling',
  energy: { coupling: () => 2 / tau },
  schedule: backwardSweep(tau, explicitParameters(tau)),
});

/**
 * A mutant for laws 5 and 7: ProxProp whose implicit step forgets that the penalty carries 1/τ.
 *
 * @param tau τ
 * @param tauTheta τ_θ
 *
 * @example const law = methodOptimality(Mutants.missingTauInMetric); // rejects it
 */
export const missingTauInMetric = (tau: number, tauTheta: number): Method =>
  sweepMethod('proxprop without τ in its metric', tau, (link) =>
    link.affine && !link.last
      ? implicit(theta(link.number), tauTheta, exact())
      : explicitParameters(tau)(link),
  );

/**
 * A mutant for laws 5 and 13: its implicit step on an activation propagates the gradient of an
 * envelope of J.
 *
 * @param tau τ
 * @param tauTheta τ_θ
 *
 * @example const law = standsStill(Mutants.implicitActivation); // rejects it
 */
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

/**
 * A mutant for law 7: its sweep leaves out the first layer, which stays where it is though the loss
 * still pulls. It throws as `proxprop` does.
 *
 * @param tau τ
 * @param tauTheta τ_θ
 *
 * @example const law = fixedPoints(Mutants.frozenFirstLayer); // rejects it
 */
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

/**
 * A mutant for law 8: its parameters move, but by a step of the energy of the activations taken
 * uphill.
 *
 * @param tau τ
 *
 * @example const law = methodDescent(Mutants.uphill); // rejects it
 */
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

/**
 * A mutant for laws 5, 8 and 12: a ridge solve whose result is scaled.
 *
 * @param ridge the ridge solve
 * @param by the factor
 *
 * @example const law = optimality(Mutants.scaledRidge(ridgeBy(exact()), 1.1)); // rejects it
 */
export const scaledRidge =
  (ridge: Ridge, by: number): Ridge =>
  (x, h, beta) => {
    const { weights, bias } = ridge(x, h, beta);
    return { weights: mul(weights, by), bias: mul(bias, by) };
  };

/**
 * A mutant for laws 5, 6 and 11: a ridge solve with the damping of another τ_θ.
 *
 * @param ridge the ridge solve
 *
 * @example const law = optimality(Mutants.wrongDamping(ridgeBy(exact()))); // rejects it
 */
export const wrongDamping =
  (ridge: Ridge): Ridge =>
  (x, h, beta) =>
    ridge(x, h, 3 * beta);

/**
 * A mutant for law 9: the explicit step V = τ_θ·g, which raises q for step sizes above 2/λ.
 *
 * @example const law = stability(Mutants.explicitRidge); // rejects it
 */
export const explicitRidge: Ridge = (x, h, beta) => parameters(mul(matMul(h, design(x)), 1 / beta));

/**
 * A mutant for law 10: conjugate gradients whose search direction is the very array of the
 * residual, so that updating the residual overwrites it. It is the flaw of the first published code
 * of the method.
 *
 * @example const law = conjugateGradientLaw(Mutants.aliasedCg); // rejects it
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

/**
 * A mutant for law 14: its sequence runs its last step first.
 *
 * @param w the functions that join steps
 *
 * @example const law = stepAlgebra(Mutants.rotatedWords(words)); // rejects it
 */
export const rotatedWords = (w: Words): Words => ({
  ...w,
  andThen: (...steps) => {
    const last = steps.at(-1);
    return last === undefined ? w.andThen() : w.andThen(last, ...steps.slice(0, -1));
  },
});

/**
 * A mutant for law 14: its `jointly` runs the steps as a sequence.
 *
 * @param w the functions that join steps
 *
 * @example const law = stepAlgebra(Mutants.sequentialJointly(words)); // rejects it
 */
export const sequentialJointly = (w: Words): Words => ({ ...w, jointly: (...steps) => w.andThen(...steps) });

const mutantLayer = (name: string, forward: (p: { gain: Tensor }, x: Tensor) => Tensor): AnyLayer =>
  layer<{ gain: Tensor }, readonly [3], readonly [3]>({
    name,
    input: [3],
    output: [3],
    init: () => ({ gain: scalar(2) }),
    forward,
  });

/**
 * A mutant for law 15: a layer that gives another output at every call.
 *
 * @example const law = pure({ name: 'impure', make: Mutants.impureLayer }); // rejects it
 */
export const impureLayer = (): AnyLayer => {
  let calls = 0;
  return mutantLayer('impure', ({ gain }, x) => add(mul(x, gain), calls++));
};

/**
 * A mutant for law 15: a layer whose `init` gives other parameters at every call.
 *
 * @example const law = keyed({ name: 'unkeyed', make: Mutants.unkeyedLayer }); // rejects it
 */
export const unkeyedLayer = (): AnyLayer => {
  const inner = mutantLayer('unkeyed', ({ gain }, x) => mul(x, gain));
  return { ...inner, init: () => ({ gain: scalar(Math.random()) }) };
};

/**
 * A mutant for law 15: a layer that draws by no key in training.
 *
 * @example const law = trainingKeyed({ name: 'unkeyed', make: Mutants.unkeyedTraining }); // rejects it
 */
export const unkeyedTraining = (): AnyLayer => {
  const inner = mutantLayer('unkeyed training', ({ gain }, x) => mul(x, gain));
  return {
    ...inner,
    training: () => mutantLayer('unkeyed training', ({ gain }, x) => mul(mul(x, gain), Math.random())),
  };
};

/**
 * A mutant for law 15: a layer that reads in training the mean that it keeps.
 *
 * @example const law = buffersAsDeclared({ name: 'reads', make: Mutants.readsItsBuffers }); // rejects it
 */
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

/**
 * A mutant for law 15: a layer that keeps other buffers at every call.
 *
 * @example const law = buffersAsDeclared({ name: 'unkeyed', make: Mutants.unkeyedBuffers }); // rejects it
 */
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

/**
 * A mutant for law 15: a layer that declares parameters of another shape than `init` gives. It is
 * made without the check of `layer`.
 *
 * @example const law = formAsDeclared({ name: 'wrong', make: Mutants.misdeclaredParameters }); // rejects it
 */
export const misdeclaredParameters = (): AnyLayer => ({
  ...mutantLayer('misdeclared parameters', ({ gain }, x) => mul(x, gain)),
  parameterShapes: { gain: [1] },
});

/**
 * A mutant for law 15: a layer with as many parameters as the key says.
 *
 * @example const law = formAsDeclared({ name: 'growing', make: Mutants.growingParameters }); // rejects it
 */
export const growingParameters = (): AnyLayer => ({
  ...mutantLayer('growing', ({ gain }, x) => mul(x, sum(gain))),
  init: (key) => ({ gain: ones([1 + ((Key.bits(key, 1)[0] ?? 0) % 3)]) }),
});

/**
 * A mutant for law 15: a layer that keeps a tensor beyond every scope.
 *
 * @example const law = leakFree({ name: 'leaking', make: Mutants.leakingLayer }); // rejects it
 */
export const leakingLayer = (): AnyLayer =>
  mutantLayer('leaking', ({ gain }, x) => keep(mul(x, gain)).clone());

/**
 * A mutant for law 15: a layer that frees its input.
 *
 * @example const law = pure({ name: 'greedy', make: Mutants.greedyLayer }); // rejects it
 */
export const greedyLayer = (): AnyLayer =>
  mutantLayer('greedy', ({ gain }, x) => {
    const y = mul(x, gain);
    x.dispose();
    return y;
  });

/**
 * A mutant for law 15: a layer that mixes the examples of a batch.
 *
 * @example const law = batchEquivariant({ name: 'mixing', make: Mutants.batchMixingLayer }); // rejects it
 */
export const batchMixingLayer = (): AnyLayer =>
  mutantLayer('batch mixing', ({ gain }, x) => mul(sub(x, mean(x, 0)), gain));

/**
 * A mutant for law 15: a layer whose output has another shape than it declares. It is made without
 * the check of `layer`.
 *
 * @example const law = declaredShape({ name: 'wrong', make: Mutants.misdeclaredLayer }); // rejects it
 */
export const misdeclaredLayer = (): AnyLayer => ({
  name: 'misdeclared',
  input: [3],
  output: [2],
  init: () => ({}),
  forward: (_: Tree.Tree, x: Tensor) => mul(x, 2),
});

/**
 * A mutant for law 15: a composition that drops a layer when it is nested.
 *
 * @example const law = composition(Mutants.forgetfulCompose); // rejects it
 */
export const forgetfulCompose: Compose = (parts) =>
  chainOfLayers(parts.length > 2 ? parts : parts.slice(0, Math.max(1, parts.length - 1)));

/**
 * A mutant for law 15: a layer whose gradient is twice too large.
 *
 * @example const law = gradientsMatch({ name: 'twice', make: Mutants.wrongGradientLayer }); // rejects it
 */
export const wrongGradientLayer = (): AnyLayer =>
  mutantLayer('wrong gradient', ({ gain }, x) => {
    const twice = customGrad((...inputs) => {
      const [t] = inputs;
      if (!(t instanceof Tensor)) throw new TypeError('a custom gradient gets tensors');
      return { value: t.clone(), gradFunc: (dy: Tensor) => mul(dy, 2) };
    });
    return mul(twice(x), gain);
  });

/**
 * A mutant for law 15: a layer whose pull-back is not linear in its cotangent, so that it is the
 * transpose of nothing.
 *
 * @example const law = adjoint({ name: 'nonlinear', make: Mutants.wrongSecondGradientLayer }); // rejects it
 */
export const wrongSecondGradientLayer = (): AnyLayer =>
  mutantLayer('nonlinear gradient', ({ gain }, x) => {
    const odd = customGrad((...inputs) => {
      const [t] = inputs;
      if (!(t instanceof Tensor)) throw new TypeError('a custom gradient gets tensors');
      return { value: t.clone(), gradFunc: (dy: Tensor) => add(dy, mul(mul(dy, dy), dy)) };
    });
    return mul(odd(x), gain);
  });

/**
 * A mutant for law 16: an optimizer that remembers outside of its state.
 *
 * @example const law = optimizerPurity(Mutants.staleOptimizer()); // rejects it
 */
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

/**
 * A mutant for law 16: the division of Adam, d / (√d² + ε), by any ε, as if numbers did not
 * underflow.
 *
 * @param epsilon ε
 *
 * @example const law = epsilonHeld(Mutants.uncheckedEpsilon); // rejects it
 */
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

/**
 * A mutant for law 16: a chain that applies its last part first.
 *
 * @example
 * const { scaleByAdam, trace, weightDecay } = Optimizer;
 * const parts = [weightDecay(0.1), scaleByAdam(), trace(0.9)] as const;
 * const law = optimizerMonoid(Mutants.rotatedJoin, parts); // rejects it
 */
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

/**
 * A mutant for law 41: a maximum that gives all of the cotangent to both of two equal operands.
 *
 * @example const law = tiesAddUp('maximum', Mutants.bothAtTies); // rejects it
 */
export const bothAtTies: Extreme = maximumWith(greaterEqual);

/**
 * A mutant for law 41: a maximum that gives nothing to either of two equal operands.
 *
 * @example const law = tiesAddUp('maximum', Mutants.noneAtTies); // rejects it
 */
export const noneAtTies: Extreme = maximumWith(greater);

/**
 * A mutant for law 17: its numbers depend on how often it was called.
 *
 * @param m drawing words from a key, and its children
 *
 * @example const law = keyDeterminism(Mutants.countingKeys(keyMachine)); // rejects it
 */
export const countingKeys = (m: KeyMachine): KeyMachine => {
  let calls = 0;
  return { ...m, bits: (key, n) => m.bits(m.fold(key, calls++), n) };
};

/**
 * A mutant for law 17: its children of a key are the key itself.
 *
 * @param m drawing words from a key, and its children
 *
 * @example const law = keyIndependence(Mutants.sameKeys(keyMachine)); // rejects it
 */
export const sameKeys = (m: KeyMachine): KeyMachine => ({ ...m, fold: (key) => key });

/**
 * A mutant for law 40: a cost model with a factorisation that costs nothing.
 *
 * @example const law = costAsCounted(Mutants.freeFactor); // rejects it
 */
export const freeFactor: CostModel = (route, size, iterations) => {
  const n = route === 'dual' ? size.rows : size.columns;
  return Solver.cost(route, size, iterations) - (iterations === 0 ? n ** 3 / 6 : 0);
};

/**
 * A mutant for law 40: a cost model with one unit, however many there are.
 *
 * @example const law = costAsCounted(Mutants.unitsForgotten); // rejects it
 */
export const unitsForgotten: CostModel = (route, size, iterations) =>
  Solver.cost(route, { ...size, units: 1 }, iterations);

/**
 * A mutant for law 40: a cost model with one iteration, however many there are.
 *
 * @example const law = costAsCounted(Mutants.iterationsForgotten); // rejects it
 */
export const iterationsForgotten: CostModel = (route, size, iterations) =>
  Solver.cost(route, size, Math.min(1, iterations));

/**
 * A mutant for law 40: a cost model of the dual of a system instead of its primal.
 *
 * @example const law = costAsCounted(Mutants.sidesSwapped); // rejects it
 */
export const sidesSwapped: CostModel = (route, { rows, columns, ...size }, iterations) =>
  Solver.cost(route, { ...size, rows: columns, columns: rows }, iterations);

export * from './implicitMutants';
export * from './programMutants';
export * from './solveMutants';
export * from './trainingMutants';

/**
 * A mutant for law 44: it divides the weighted sum by the number of examples.
 *
 * @example const law = weightsRepeat(squaredError, Mutants.dividedByCount); // rejects it
 */
export const dividedByCount: Weighting = (loss, w) => ({
  ...weighted(loss, w),
  value: (y, t) => div(sum(mul(lossOfEach(loss, y, t), w)), w.size),
});

/**
 * A mutant for law 44: its loss of each example has no weights.
 *
 * @example const law = weightsRepeat(squaredError, Mutants.eachUnweighted); // rejects it
 */
export const eachUnweighted: Weighting = (loss, w) => ({
  ...weighted(loss, w),
  each: (y, t) => lossOfEach(loss, y, t),
});

/**
 * A mutant for law 44: its weights only mask.
 *
 * @example const law = weightsRepeat(squaredError, Mutants.masksAlone); // rejects it
 */
export const masksAlone: Weighting = (loss, w) => weighted(loss, cast(greater(w, 0), 'float32'));

/**
 * A mutant for law 45: it forgets the weight of the mean, so early batches count for less than they
 * should.
 *
 * @example const law = averagedMetric(Mutants.weightForgotten); // rejects it
 */
export const weightForgotten: Averaging = (design, h, beta, solver, before) =>
  Solver.solveAveraged(
    design,
    h,
    beta,
    solver,
    before === undefined ? undefined : { mean: before.mean, weight: onesLike(before.weight) },
  );

/**
 * A mutant for law 45: its metric is that of the last batch alone.
 *
 * @example const law = averagedMetric(Mutants.alwaysFirst); // rejects it
 */
export const alwaysFirst: Averaging = (design, h, beta, solver) =>
  Solver.solveAveraged(design, h, beta, solver, undefined);

/** A mutant for law 50: its factors are those of the last batch alone. */
export const factorsOfLast: Factoring = {
  next: (path, batch, options) => Solver.nextFactors(path, batch, options, undefined),
  apply: Solver.inMetric,
};

/**
 * A mutant for law 50: its metric is that of the inputs alone, though both sides were asked for.
 */
export const inputsAlone: Factoring = {
  next: Solver.nextFactors,
  apply: (g, { inputs }) => Solver.inMetric(g, { inputs }),
};

/** A mutant for law 50: its factors are sums over the rows instead of means. */
export const factorsOfSums: Factoring = {
  next: (path, batch, options, before) => Solver.nextFactors(path, { ...batch, rows: 1 }, options, before),
  apply: Solver.inMetric,
};
