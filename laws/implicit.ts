/**
 * Laws 5, 6, 8, 9, 10, 11 and 12 of the implicit step on the parameters of any layer, with or
 * without a design operator, affine or not.
 *
 * A case is a layer at random parameters θ and inputs x, with a target z⁺ = f(θ, x) + h for its
 * output:
 *
 *     q(u) = ½‖f(θ + u, x) − z⁺‖²,   φ(u) = q(u) + ‖u‖²/(2τ_θ),   the step: argmin φ
 *
 * The step is taken by the library's own machine in float32; q, its gradient and J are judged in
 * float64, by the same forward function on the reference backend.
 */
import * as fc from 'fast-check';
import { add, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import {
  andThen,
  type AnyLayer,
  chainOfLayers,
  energyOf,
  explicit,
  fail,
  identity,
  implicit,
  type Interpreter,
  Key,
  layer as makeLayer,
  onReference,
  runStep,
  scope,
  type Solver,
  type Step,
  squaredError,
  tensor64,
  theta,
  toHost,
  Tree,
  x as activation,
  readNow,
} from '../src';
import { activationAt, linearise, parametersAt, saysAffine } from '../src/internal';
import { inputsOfKind, logUniform, opposed, ridgeKinds, seeds } from './arbitrary';
import { inner, length, plus, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { inputFor, type LayerCase, onReferenceTree } from './layer';

/** A batch, a target and a step size τ_θ on which the implicit step of a layer is judged. */
export interface ImplicitSample {
  readonly batch: number;
  readonly seed: number;
  readonly tauTheta: number;
  /** The size of h: how far the outputs have to move. */
  readonly scale: number;
  /** The kind of the inputs. */
  readonly kind: (typeof ridgeKinds)[number];
  readonly inputScale: number;
}

/**
 * Batches of all kinds, one in forty of more than a thousand examples. If `hard`, inputs are of
 * 1e-5 to 100 times their size.
 */
const samples = (
  tauTheta: readonly [number, number],
  scale: readonly [number, number],
  hard: boolean,
): fc.Arbitrary<ImplicitSample> =>
  fc.record({
    batch: fc.oneof(
      { weight: 39, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1001, max: 1030 }) },
    ),
    seed: seeds,
    tauTheta: logUniform(tauTheta[0], tauTheta[1]),
    scale: logUniform(scale[0], scale[1]),
    kind: fc.constantFrom(...ridgeKinds),
    inputScale: hard ? logUniform(1e-5, 100) : fc.constant(1),
  });

/** A case on the host: everything in float64, and what the step said of itself. */
interface Solved {
  /** The displacement u of the parameters, all tensors in a row. */
  readonly u: Float64Array;
  /** h, as the machine held it. */
  readonly h: Float64Array;
  readonly report: Pick<Solver.ReadReport, 'converged' | 'residual'>;
}

interface Setting {
  readonly layer: AnyLayer;
  readonly parameters: Tree.Tree;
  readonly input: Tensor;
  /** z⁺. */
  readonly target: Tensor;
}

/** Of batches [rows, features], whatever the shape of an example. */
const byRows = (t: Tensor, f: (rows: Tensor) => Tensor): Tensor =>
  reshape(f(reshape(t, [t.shape[0], -1])), t.shape);

const settingOf = (c: LayerCase, s: ImplicitSample): Setting => {
  const layer = c.make();
  const key = Key.key(s.seed);
  const parameters = layer.init(Key.fold(key, 0));
  const drawn = inputFor(c, layer, s.batch, Key.fold(key, 1));
  const input = byRows(c.tokens === undefined ? mul(drawn, s.inputScale) : drawn, (rows) =>
    inputsOfKind(rows, s.kind, c.tokens === undefined ? s.inputScale : 1),
  );
  const output = layer.forward(parameters, input);
  const h = Key.uniform(Key.fold(key, 2), output.shape, -s.scale, s.scale);
  const target = add(output, s.kind === 'contrary' ? byRows(h, opposed) : h);
  return { layer, parameters, input, target };
};

/** The step under law: from a setting to the displacement of the parameters. */
export type ImplicitStep = (setting: Setting, tauTheta: number) => Solved;

/** A layer as one link, whatever it is made of. */
const opaque = ({ name, input, output, affine, ...l }: AnyLayer): AnyLayer =>
  makeLayer({
    name,
    input,
    output,
    init: (key) => l.init(key),
    forward: (p, at) => l.forward(p, at),
    ...(affine === undefined ? {} : { affine }),
    ...(l.design === undefined ? {} : { design: l.design.bind(l) }),
  });

const negative = (v: Float64Array): Float64Array => v.map((value) => -value);

/**
 * Makes an implicit step under law from a step on the parameters. The library runs it on the chain
 * of the layer and an identity with squared error: a step on x[1] brings its target to z⁺, and the
 * step on θ_1 follows.
 *
 * @param onParameters the step on θ_1, of a τ_θ
 * @param interpreter `fast` or `plain`. Default `fast`
 *
 * @example const step = stepWith((tauTheta) => implicit(theta(1), tauTheta, cg(3)));
 */
export const stepWith =
  (onParameters: (tauTheta: number) => Step, interpreter: Interpreter = 'fast'): ImplicitStep =>
  ({ layer, parameters, input, target }, tauTheta) => {
    const net = chainOfLayers([opaque(layer), identity(layer.output)]);
    const energy = energyOf(net, squaredError);
    // The loss is a batch mean: a step of size N on x[1] goes all the way to the target.
    const step = andThen(explicit(activation(1), input.shape[0]), onParameters(tauTheta));
    return runStep(energy, step, [parameters, {}], { input, target }, interpreter, ({ state, solves }) => {
      const { decrement } = activationAt(state, 1);
      const moved = parametersAt(state, 1).decrement;
      if (decrement === undefined || moved === undefined)
        return fail('schedule', 'implicit law', 'a step on both blocks', 'none');
      return {
        u: negative(values(moved)),
        h: negative(toHost(decrement)),
        report: solves[0] === undefined ? { converged: false, residual: 1 } : readNow(solves[0]),
      };
    });
  };

/**
 * Makes an implicit step under law from a solver. It throws a `Fault` (`options`) for an invalid
 * solver.
 *
 * @param solver the solver, such as `exact()` or `cg(3)`
 * @param interpreter `fast` or `plain`. Default `fast`
 *
 * @example check(implicitStability(mine, stepBy(cg(3))), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const stepBy = (solver: Solver.Solver, interpreter: Interpreter = 'fast'): ImplicitStep =>
  stepWith((tauTheta) => implicit(theta(1), tauTheta, solver), interpreter);

/**
 * The layer at its point, in float64: values and products with its Jacobian, all as rows of
 * numbers.
 */
interface Reference {
  /** f(θ + u) − f(θ). */
  readonly change: (u: Float64Array) => Float64Array;
  /** J(u)·v and J(u)ᵀ·w at θ + u. */
  readonly jvp: (v: Float64Array, u?: Float64Array) => Float64Array;
  readonly vjp: (w: Float64Array, u?: Float64Array) => Float64Array;
  readonly unknowns: number;
}

const unpacked = (like: Tree.Tree, row: Float64Array): Tree.Tree => {
  let from = 0;
  return onReferenceTree(
    like,
    Tree.leaves(like).map(({ size }) => row.slice(from, (from += size))),
  );
};

const referenceOf = ({ layer, parameters, input }: Setting): Reference => {
  const [at, x] = [values(parameters), toHost(input)];
  const run = (use: () => Float64Array): Float64Array => onReference(() => scope(use));
  const forward = (u: Float64Array): Float64Array =>
    run(() => toHost(layer.forward(unpacked(parameters, plus(at, u)), tensor64(x, input.shape))));
  const still = forward(new Float64Array(at.length));
  const linear = (u: Float64Array, use: (l: ReturnType<typeof linearise<Tree.Tree>>) => Float64Array) =>
    run(() => {
      const images = tensor64(x, input.shape);
      const l = linearise((p: Tree.Tree) => layer.forward(p, images), unpacked(parameters, plus(at, u)));
      try {
        return use(l);
      } finally {
        l.release();
      }
    });
  const zero = new Float64Array(at.length);
  return {
    change: (u) => plus(forward(u), still, -1),
    jvp: (v, u = zero) => linear(u, (l) => toHost(l.jvp(unpacked(parameters, v)))),
    vjp: (w, u = zero) => linear(u, (l) => values(l.vjp(tensor64(w, l.value.shape)))),
    unknowns: at.length,
  };
};

const q = ({ change }: Reference, u: Float64Array, h: Float64Array): number =>
  0.5 * length(plus(change(u), h, -1)) ** 2;

/** ∇φ at u: J(u)ᵀ·(f(θ + u) − z⁺) + u/τ_θ. */
const slope = (r: Reference, u: Float64Array, h: Float64Array, tauTheta: number): Float64Array =>
  plus(r.vjp(plus(r.change(u), h, -1), u), u, 1 / tauTheta);

/** The largest eigenvalue of JᵀJ at θ, from below, by power iterations. */
const largest = (r: Reference): number => {
  let v = Float64Array.from({ length: r.unknowns }, (_, i) => 1 + 0.3 * Math.sin(i));
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const next = r.vjp(r.jvp(v));
    value = length(next) / length(v);
    if (value === 0) return 0;
    const size = length(next);
    v = next.map((e) => e / size);
  }
  return value;
};

/** ‖J·g‖²/‖g‖² for g = Jᵀ·(z⁺ − f(θ, x)); 0 for g = 0. */
const sizeAlongGradient = ({ layer, parameters, input, target }: Setting, r: Reference): number => {
  const g = r.vjp(plus(toHost(target), toHost(layer.forward(parameters, input)), -1));
  return length(g) === 0 ? 0 : (length(r.jvp(g)) / length(g)) ** 2;
};

const built = (c: LayerCase, s: ImplicitSample) => {
  const setting = settingOf(c, s);
  return { setting, reference: referenceOf(setting) };
};

/** Changes of outputs below this are float32 rounding of outputs and targets of size 1. */
const NOTHING = 1e-6;

/**
 * Law 5: the implicit step is optimal, ∇φ(u) = 0. If it is not, its report says by how much: the
 * residual is ‖∇φ(u)‖/‖∇φ(0)‖. A solve has to converge up to τ_θ = `converges`: everywhere for
 * layers that are affine in their parameters; for others Gauss-Newton may need more steps than it
 * is given far from the linear regime.
 *
 * Tolerance: that of a converged solve, 1e-4, and the rounding of u and of Jᵀh to float32,
 * 6e-8·(‖M‖‖u‖ + ‖J‖‖h‖), a hundred times over for sums of products.
 *
 * @param c the layer
 * @param step the step under law
 * @param converges the largest τ_θ at which a solve has to converge. Default ∞
 *
 * @example check(implicitOptimality(mine, stepBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitOptimality = (
  c: LayerCase,
  step: ImplicitStep,
  converges = Infinity,
): Law<ImplicitSample> => ({
  number: numberOf('optimality'),
  name: `${c.name}: optimality of the implicit step`,
  arbitrary: samples([1e-4, 1e4], [0.1, 1], saysAffine(c.make())),
  holds: (s) => {
    const { setting, reference } = built(c, s);
    const { u, h, report } = step(setting, s.tauTheta);
    const g = reference.vjp(h);
    if (length(g) < NOTHING) return true;
    const size = largest(reference) + 1 / s.tauTheta;
    // What u in float32 leaves of ∇φ: where errors are contrary, this may be more than a step is to be right to.
    const rounding = 6e-8 * (size * length(u) + Math.sqrt(size) * length(h));
    if (!report.converged && s.tauTheta <= converges && rounding < 1e-5 * length(g))
      return 'an exact step says that it has not converged';
    const left = report.converged ? 0 : report.residual;
    return atMost(
      '‖∇φ(u)‖',
      length(slope(reference, u, h, s.tauTheta)),
      (1.01 * left + 1e-4) * length(g) + 100 * rounding,
    );
  },
});

/**
 * Law 6: a small implicit step is a step along the gradient, and is taken whole:
 * u/τ_θ = −∇q − JᵀJ·u, whose last term is smaller than τ_θλ‖∇q‖. It is for solvers that linearise
 * once, also of layers that are not affine in their parameters. τ_θ is a share of ‖g‖²/‖J·g‖²,
 * g = −∇q, so that cg(3) leaves less than a hundredth.
 *
 * @param c the layer
 * @param step the step under law
 *
 * @example check(implicitSmallTau(mine, stepBy(cg(3))), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitSmallTau = (c: LayerCase, step: ImplicitStep): Law<ImplicitSample> => ({
  number: numberOf('smallProximal'),
  name: `${c.name}: small steps are those of the gradient`,
  arbitrary: samples([1e-5, 1e-2], [0.1, 1], saysAffine(c.make())),
  holds: (s) => {
    const { setting, reference } = built(c, s);
    // What h is in float64 does not change where τ_θ lies.
    const size = sizeAlongGradient(setting, reference);
    if (size === 0) return true;
    const tauTheta = s.tauTheta / size;
    const { u, h } = step(setting, tauTheta);
    const g = reference.vjp(h);
    if (length(g) < NOTHING) return true;
    const linear = plus(reference.vjp(reference.jvp(u)), u, 1 / tauTheta);
    // What float32 makes of Jᵀh: of contrary errors it is mostly rounding.
    const lost = 1e-5 * Math.sqrt(size) * length(h);
    return atMost('‖u/τ_θ + JᵀJ·u + ∇q‖', length(plus(linear, g, -1)), 1e-2 * length(g) + lost);
  },
});

/**
 * Law 8: the implicit step descends, ⟨u, −∇q⟩ > 0 unless ∇q = 0. For layers that are affine in
 * their parameters, the angle also obeys cos ≥ 2√κ/(1 + κ), κ = 1 + τ_θλ.
 *
 * @param c the layer
 * @param step the step under law
 * @param affine whether the layer is affine in its parameters
 *
 * @example check(implicitDescent(mine, stepBy(exact()), true), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitDescent = (c: LayerCase, step: ImplicitStep, affine: boolean): Law<ImplicitSample> => ({
  number: numberOf('descent'),
  name: `${c.name}: the implicit step descends`,
  arbitrary: samples([1e-4, 1e4], [0.01, 1], saysAffine(c.make())),
  holds: (s) => {
    const { setting, reference } = built(c, s);
    const { u, h } = step(setting, s.tauTheta);
    const g = reference.vjp(h);
    if (length(g) < NOTHING) return true;
    const cosine = inner(u, g) / (length(u) * length(g));
    if (!affine) return cosine > 0 ? true : `the cosine is ${cosine}`;
    const kappa = 1 + 1.1 * s.tauTheta * largest(reference);
    const bound = (2 * Math.sqrt(kappa)) / (1 + kappa);
    return cosine >= bound * (1 - 1e-2) - 1e-5
      ? true
      : `the cosine is ${cosine}, below ${bound} at κ = ${kappa.toExponential(2)}`;
  },
});

/**
 * Law 9: the step does not raise φ, φ(u) ≤ φ(0) for every τ_θ, whether the layer is affine in its
 * parameters or not. Tolerance: the rounding of outputs to float32, squared.
 *
 * @param c the layer
 * @param step the step under law
 *
 * @example check(implicitStability(mine, stepBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitStability = (c: LayerCase, step: ImplicitStep): Law<ImplicitSample> => ({
  number: numberOf('stability'),
  name: `${c.name}: the block's energy does not rise, for every τ_θ`,
  arbitrary: samples([1e-4, 1e4], [1e-3, 3], saysAffine(c.make())),
  holds: (s) => {
    const { setting, reference } = built(c, s);
    const { u, h } = step(setting, s.tauTheta);
    const before = 0.5 * length(h) ** 2;
    const after = q(reference, u, h) + length(u) ** 2 / (2 * s.tauTheta);
    const rounding = NOTHING * length(reference.jvp(u)) * length(h) + NOTHING ** 2;
    return atMost('φ after the step', after, before * (1 + 1e-5) + rounding);
  },
});

/** A step by k iterations of CG with one scalar for the layer. */
export type CgStep = (iterations: number) => ImplicitStep;

/**
 * Law 10, for layers that are affine in their parameters: every iterate of CG descends, ⟨g, v_k⟩
 * grows, the first is (‖g‖²/gᵀMg)·g, and as many as there are unknowns are exact. Tolerances are
 * those of `conjugateGradientLaw`.
 *
 * @param c the layer
 * @param step the step by k iterations with one scalar for the layer
 *
 * @example
 * const byCg: CgStep = (k) => stepBy(cg(k, { scalars: 'perLayer' }));
 * check(implicitConjugateGradients(mine, byCg), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitConjugateGradients = (c: LayerCase, step: CgStep): Law<ImplicitSample> => ({
  number: numberOf('conjugateGradients'),
  name: `${c.name}: CG descends, gains, and ends`,
  arbitrary: samples([1e-3, 1e-1], [0.1, 1], saysAffine(c.make())),
  holds: (s) => {
    const { setting, reference } = built(c, s);
    const at = (k: number) => step(k)(setting, s.tauTheta);
    const first = at(1);
    const g = reference.vjp(first.h);
    if (length(g) < NOTHING) return true;
    const image = (v: Float64Array): Float64Array => plus(reference.vjp(reference.jvp(v)), v, 1 / s.tauTheta);
    const alpha = inner(g, g) / inner(g, image(g));
    // What float32 makes of Jᵀh: of contrary errors it is mostly rounding.
    const lost = 1e-6 * Math.sqrt(largest(reference)) * length(first.h);
    const gains = [1, 2, 3, 5].map((k) => inner(at(k).u, g));
    const last = at(reference.unknowns).u;
    const total = inner(last, g);
    return all(
      atMost(
        'the error of the first iterate',
        length(plus(first.u, g, -alpha)),
        (1e-4 * length(g) + lost) * alpha,
      ),
      ...gains.map((gain, i): Verdict => {
        const before = gains[i - 1] ?? 0;
        if (!(gain > 0)) return 'an iterate does not descend';
        return gain > before || total - before <= (1e-2 + lost / length(g)) * total
          ? true
          : `an iterate gains ${gain}, the one before ${before} of ${total}`;
      }),
      atMost('the residual at the end', length(plus(image(last), g, -1)), 1e-3 * length(g) + lost),
    );
  },
});

/**
 * Law 11: two ways to the same implicit step agree. The bound of their distance is float32 rounding
 * times κ, for each iteration of CG.
 *
 * @param c the layer
 * @param name the two ways, in the name of the law
 * @param first one way
 * @param second the other way
 * @param iterations of CG. Default 1
 *
 * @example
 * const [fast, plain] = [stepBy(exact()), stepBy(exact(), 'plain')];
 * const law = implicitAgreement(mine, 'the interpreters', fast, plain);
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitAgreement = (
  c: LayerCase,
  name: string,
  first: ImplicitStep,
  second: ImplicitStep,
  iterations = 1,
): Law<ImplicitSample> => ({
  number: numberOf('agreement'),
  name: `${c.name}: ${name} agree`,
  arbitrary: samples([1e-3, 10], [0.1, 1], saysAffine(c.make())),
  holds: (s) => {
    const { setting, reference } = built(c, s);
    const [a, b] = [first(setting, s.tauTheta), second(setting, s.tauTheta)];
    const size = largest(reference);
    // Jᵀh is known to the rounding of its terms, of which contrary errors leave little.
    const lost = 1e-6 * s.tauTheta * Math.sqrt(size) * length(a.h);
    return length(reference.vjp(a.h)) < NOTHING
      ? true
      : atMost(
          'the distance',
          length(plus(a.u, b.u, -1)),
          iterations * ((1e-5 + 1e-6 * (1 + s.tauTheta * size)) * length(b.u) + lost),
        );
  },
});

/**
 * Law 12, for layers that are affine in their parameters: P(θ) = θ + u is firmly non-expansive for
 * a fixed target,
 *
 *     ‖P(v) − P(w)‖² ≤ ⟨P(v) − P(w), v − w⟩
 *
 * @param c the layer
 * @param step the step under law
 *
 * @example check(implicitFirmness(mine, stepBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const implicitFirmness = (c: LayerCase, step: ImplicitStep): Law<ImplicitSample> => ({
  number: numberOf('firmness'),
  name: `${c.name}: the proximal map is firmly non-expansive`,
  arbitrary: samples([1e-4, 1e4], [0.1, 1], saysAffine(c.make())),
  holds: (s) => {
    const { setting } = built(c, s);
    const other = setting.layer.init(Key.fold(Key.key(s.seed), 3));
    const [v, w] = [values(setting.parameters), values(other)];
    const from = (parameters: Tree.Tree): Float64Array =>
      plus(values(parameters), step({ ...setting, parameters }, s.tauTheta).u);
    const moved = plus(from(setting.parameters), from(other), -1);
    const apart = plus(v, w, -1);
    // Rounding of u in the directions that the data do not determine is divided by 1/τ_θ: up to its own size.
    return atMost(
      '‖P(v) − P(w)‖² − ⟨P(v) − P(w), v − w⟩',
      length(moved) ** 2 - inner(moved, apart),
      2e-3 * (length(apart) ** 2 + 1e-2),
    );
  },
});

/**
 * Makes the case of a layer that is known by its forward function alone, without its design.
 *
 * @param c the layer
 *
 * @example withoutDesign(mine).make().design === undefined // true
 */
export const withoutDesign = (c: LayerCase): LayerCase => ({
  ...c,
  name: `${c.name} by its forward function`,
  make: () => {
    const { name, input, output, ...l } = c.make();
    return makeLayer({
      name,
      input,
      output,
      init: (key) => l.init(key),
      forward: (p, at) => l.forward(p, at),
    });
  },
});
