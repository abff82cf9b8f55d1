/** All gradients of the library, and their registration with tfjs. */
import { getGradient, registerGradient } from '@tensorflow/tfjs-core';
import { attention } from './attention';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { entropy } from './entropy';
import { formula } from './formula';
import { gains } from './gains';
import { normalisation } from './normalise';
import { pooling } from './pooling';
import { product } from './product';
import { reduction } from './reduction';
import { structure } from './structure';
import { type GradientRule } from './rule';

const rules: readonly GradientRule[] = [
  ...attention,
  ...convolution,
  ...elementwise,
  ...entropy,
  ...formula,
  ...gains,
  ...normalisation,
  ...pooling,
  ...product,
  ...reduction,
  ...structure,
];

/**
 * The names of the kernels that have a gradient, sorted: what the forward function of a layer may
 * use.
 *
 * @example differentiableOps.includes('BatchMatMul') // true
 */
export const differentiableOps: readonly string[] = rules.map((r) => r.kernelName).sort();

/**
 * Makes tfjs use these gradients, even if something else has registered its own in between. tfjs
 * itself has none; its optional ones take slow paths, or give wrong second derivatives.
 */
export const installGradients = (): void => {
  for (const r of rules) if (getGradient(r.kernelName) !== r) registerGradient(r);
};

/**
 * Ops whose rules use only the shapes of the tensors that the tape saved, so their memory need not
 * be kept.
 */
export const shapesOnly: ReadonlySet<string> = new Set(['Add', 'Sub']);
