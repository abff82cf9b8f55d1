/** Deliberately wrong implicit steps, and layers that lie about themselves: what laws 5 and 8 to 12 have to reject. */
import { mul, tanh } from '@tensorflow/tfjs-core';
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

/** Laws 5, 10 and, by 2, law 12: a displacement times a factor; by −1, law 8. */
export const scaledStep =
  (step: ImplicitStep, by: number): ImplicitStep =>
  (setting, tauTheta) => {
    const solved = step(setting, tauTheta);
    return { ...solved, u: solved.u.map((e) => by * e) };
  };

/** Laws 5, 11: the damping of another τ_θ. */
export const otherDamping =
  (step: ImplicitStep): ImplicitStep =>
  (setting, tauTheta) =>
    step(setting, tauTheta / 3);

/** Law 5: says that it has converged, whether or not. */
export const boastingStep =
  (step: ImplicitStep): ImplicitStep =>
  (setting, tauTheta) => ({ ...step(setting, tauTheta), report: { converged: true, residual: 0 } });

/** Law 9: the explicit step u = −τ_θ·∇q: it raises q for step sizes above 2/λ. */
export const explicitStep: ImplicitStep = stepWith((tauTheta) => explicit(theta(1), tauTheta));

/** Law 10: gives up after two iterations. */
export const impatientCg: CgStep = (k) => stepBy(cg(Math.min(k, 2), { scalars: 'perLayer' }));

/** Law 10: scalars for each unit, where one for the layer is meant. */
export const unitwiseCg: CgStep = (k) => stepBy(cg(k, { scalars: 'perUnit' }));

/** Laws 5, 9: a layer that is called affine in its parameters and is not. */
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

/** Laws 5, 11: a design operator of other inputs than the forward function's. */
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

/** Law 15: a design whose blocks of AᵀA are those of other inputs. */
export const otherBlocks = (): AnyLayer =>
  withOtherDesign(({ blocks, ...own }) => ({
    ...own,
    ...(blocks === undefined ? {} : { blocks: { ...blocks, form: () => mul(blocks.form(), 1.1) } }),
  }));

/** Law 15: a design that unpacks gains as biases. */
export const misplacedUnpacking = (): AnyLayer =>
  withOtherDesign(({ unpack, ...own }) => ({
    ...own,
    unpack: (m) => {
      const { gain, bias } = unpack(m);
      return { gain: bias, bias: gain };
    },
  }));

/** Law 15: a layer that is called elementwise, and mixes its numbers. */
export const falselyElementwise = (): AnyLayer => ({ ...softmax(4), elementwise: {} });

/** Law 15: a minimiser that stays where the second term alone would have it. */
export const lazyMinimiser = (): AnyLayer => ({
  ...relu(4),
  elementwise: { minimiser: (_, b) => b.clone() },
});

/** Law 15: a design operator for the input at other weights than the forward function's. */
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
