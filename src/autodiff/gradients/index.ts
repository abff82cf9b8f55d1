/** All gradients of the library, and their registration with tfjs. */
import { getGradient, registerGradient } from '@tensorflow/tfjs-core';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { normalisation } from './normalise';
import { pooling } from './pooling';
import { product } from './product';
import { reduction } from './reduction';
import { structure } from './structure';
import { type GradientRule } from './rule';

const rules: readonly GradientRule[] = [
  ...convolution,
  ...elementwise,
  ...normalisation,
  ...pooling,
  ...product,
  ...reduction,
  ...structure,
];

/** The names of the kernels that have a gradient: what may stand in a layer's forward function. */
export const differentiableOps: readonly string[] = rules.map((r) => r.kernelName).sort();

/**
 * Make sure that tfjs uses these gradients, also when something else has registered its own in between. tfjs
 * itself comes without any; its optional ones take slow paths, or give wrong second derivatives.
 */
export const installGradients = (): void => {
  for (const r of rules) if (getGradient(r.kernelName) !== r) registerGradient(r);
};

/** Ops whose rules look at the shapes of what the tape saved only: their memory need not be kept. */
export const shapesOnly: ReadonlySet<string> = new Set(['Add', 'Sub']);
