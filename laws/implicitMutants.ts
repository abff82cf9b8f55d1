/**
 * Deliberately wrong implicit steps, and layers that make false declarations. Laws 5 and 8 to 12
 * have to reject them.
 */
import { mul, tanh, type Tensor } from '@tensorflow/tfjs-core';
import * as Rec from 'fp-ts/Record';
import {
  type AnyLayer,
  type Batch,
  cg,
  explicit,
  layer,
  layerNorm,
  linear,
  type LinearParameters,
  type NormalisationParameters,
  relu,
  softmax,
  type Solver,
  theta,
} from '../src';
import { type CgStep, type ImplicitStep, stepBy, stepWith } from './implicit';

/**
 * A mutant for laws 5, 6, 8, 10 and 12: an implicit step whose displacement is scaled: by 1.2 for
 * law 5, by −1 for law 8, by 2 for law 12.
 *
 * @param step the implicit step
 * @param by the factor
 *
 * @example const law = implicitOptimality(mine, Mutants.scaledStep(stepBy(exact()), 1.2)); // rejects it
 */
export const scaledStep =
  (step: ImplicitStep, by: number): ImplicitStep =>
  (setting, tauTheta) => {
    const solved = step(setting, tauTheta);
    return { ...solved, u: solved.u.map((e) => by * e) };
  };

/**
 * A mutant for laws 5 and 11: an implicit step with the damping of another τ_θ.
 *
 * @param step the implicit step
 *
 * @example const law = implicitOptimality(mine, Mutants.otherDamping(stepBy(exact()))); // rejects it
 */
export const otherDamping =
  (step: ImplicitStep): ImplicitStep =>
  (setting, tauTheta) =>
    step(setting, tauTheta / 3);

/**
 * A mutant for law 5: an implicit step that says it has converged, whether it has or not.
 *
 * @param step the implicit step
 *
 * @example const law = implicitOptimality(mine, Mutants.boastingStep(stepBy(cg(1)))); // rejects it
 */
export const boastingStep =
  (step: ImplicitStep): ImplicitStep =>
  (setting, tauTheta) => ({ ...step(setting, tauTheta), report: { converged: true, residual: 0 } });

/**
 * A mutant for law 9: the explicit step u = −τ_θ·∇q, which raises q for step sizes above 2/λ.
 *
 * @example const law = implicitStability(mine, Mutants.explicitStep); // rejects it
 */
export const explicitStep: ImplicitStep = stepWith((tauTheta) => explicit(theta(1), tauTheta));

/**
 * A mutant for law 10: CG that gives up after two iterations.
 *
 * @example const law = implicitConjugateGradients(mine, Mutants.impatientCg); // rejects it
 */
export const impatientCg: CgStep = (k) => stepBy(cg(Math.min(k, 2), { scalars: 'perLayer' }));

/**
 * A mutant for law 10: CG with scalars for each unit instead of one for the layer.
 *
 * @example const law = implicitConjugateGradients(mine, Mutants.unitwiseCg); // rejects it
 */
export const unitwiseCg: CgStep = (k) => stepBy(cg(k, { scalars: 'perUnit' }));

/**
 * A mutant for laws 5, 9 and 15: a layer that says it is affine in its parameters, and is not.
 *
 * @example const law = affineAsDeclared({ name: 'false', make: Mutants.falselyAffineLayer }); // rejects it
 */
export const falselyAffineLayer = (): AnyLayer => {
  const inner = linear(3, 2);
  return layer({
    name: 'falsely affine',
    input: inner.input,
    output: inner.output,
    init: (key) => inner.init(key),
    forward: (p, x) => tanh(inner.forward({ weights: mul(p.weights, 3), bias: p.bias }, x)),
    affine: true,
  });
};

/**
 * A mutant for laws 5, 11 and 15: a layer whose design is that of other inputs than its forward
 * function has.
 *
 * @example const law = designAsDeclared({ name: 'other', make: Mutants.otherDesignLayer }); // rejects it
 */
export const otherDesignLayer = (): AnyLayer => {
  const { design, ...inner } = linear(3, 2);
  return {
    ...inner,
    ...(design === undefined ? {} : { design: (x) => design(mul(x, 1.1)) }),
  };
};

type NormDesign = Solver.Design<NormalisationParameters>;

/** `layerNorm` with another design. */
const withOtherDesign = (change: (design: NormDesign) => NormDesign): AnyLayer => {
  const { design, ...inner } = layerNorm([2, 3]);
  return {
    ...inner,
    ...(design === undefined ? {} : { design: (x: Batch<readonly [2, 3]>) => change(design(x)) }),
  };
};

/**
 * A mutant for law 15: a layer whose design has the blocks of AᵀA of other inputs.
 *
 * @example const law = designAsDeclared({ name: 'other', make: Mutants.otherBlocks }); // rejects it
 */
export const otherBlocks = (): AnyLayer =>
  withOtherDesign(({ blocks, ...own }) => ({
    ...own,
    ...(blocks === undefined ? {} : { blocks: { ...blocks, form: () => mul(blocks.form(), 1.1) } }),
  }));

/**
 * A mutant for law 15: a layer whose design unpacks gains as biases.
 *
 * @example const law = designAsDeclared({ name: 'other', make: Mutants.misplacedUnpacking }); // rejects it
 */
export const misplacedUnpacking = (): AnyLayer =>
  withOtherDesign(({ unpack, ...own }) => ({
    ...own,
    unpack: (m) => {
      const { gain, bias } = unpack(m);
      return { gain: bias, bias: gain };
    },
  }));

type DenseDesign = Solver.Design<LinearParameters>;

const withParts = (
  { parts, ...own }: DenseDesign,
  change: (parts: Solver.PackedParts<LinearParameters>) => Solver.PackedParts<LinearParameters>,
): DenseDesign => ({ ...own, ...(parts === undefined ? {} : { parts: change(parts) }) });

/** Wrong versions of what a design may offer for speed, which forget the bias or scale a product. */
const wrongDesigns = {
  split: (own) =>
    withParts(own, ({ split, ...parts }) => ({
      ...parts,
      split: (v) => {
        const { most, last } = split(v);
        return { most, last: mul(last, 1.1) };
      },
    })),
  join: (own) =>
    withParts(own, ({ join, ...parts }) => ({
      ...parts,
      join: ({ most, last }) => join({ most, last: mul(last, 1.1) }),
    })),
  at: ({ at, ...own }) => ({ ...own, ...(at === undefined ? {} : { at: (x: Tensor) => at(mul(x, 1.1)) }) }),
  inputs: (own) => ({ ...own, ...(own.inputs === undefined ? {} : { inputs: { ...own.inputs, ones: 0 } }) }),
  operator: ({ operator, ...own }) => ({
    ...own,
    ...(operator === undefined
      ? {}
      : { operator: { ...operator, apply: (v) => mul(operator.apply(v), 1.1) } }),
  }),
  dualGramOfInputs: (own) => ({ ...own, dualGramOfInputs: own.dualGram }),
} satisfies { readonly [part: string]: (own: DenseDesign) => DenseDesign };

/**
 * Mutants for law 15 by the part of a design that is wrong in each: dense layers, of whose design
 * that part, which solvers take for speed, is another.
 *
 * @example const law = designAsDeclared({ name: 'part', make: Mutants.wrongParts.split }); // rejects it
 */
export const wrongParts = Rec.map((change: (own: DenseDesign) => DenseDesign) => (): AnyLayer => {
  const { design, ...inner } = linear(3, 2);
  return {
    ...inner,
    ...(design === undefined ? {} : { design: (x: Batch<readonly [3]>) => change(design(x)) }),
  };
})(wrongDesigns);

/**
 * A mutant for law 15: a layer that says it is elementwise, and mixes its numbers.
 *
 * @example const law = elementwiseAsDeclared({ name: 'false', make: Mutants.falselyElementwise });
 */
export const falselyElementwise = (): AnyLayer => ({ ...softmax(4), elementwise: {} });

/**
 * A mutant for law 15: a layer whose minimiser stays where the second term alone would put it.
 *
 * @example const law = elementwiseAsDeclared({ name: 'lazy', make: Mutants.lazyMinimiser, kinks: true });
 */
export const lazyMinimiser = (): AnyLayer => ({
  ...relu(4),
  elementwise: { minimiser: (_, b) => b.clone() },
});

/**
 * A mutant for law 15: a layer whose design for the input has other weights than its forward
 * function.
 *
 * @example const law = inputDesignAsDeclared({ name: 'other', make: Mutants.doubledInputDesign });
 */
export const doubledInputDesign = (): AnyLayer => {
  const { inputDesign, ...inner } = linear(3, 2);
  return {
    ...inner,
    ...(inputDesign === undefined
      ? {}
      : {
          inputDesign: ({ weights, bias }: LinearParameters, count: number) =>
            inputDesign({ weights: mul(weights, 2), bias }, count),
        }),
  };
};
