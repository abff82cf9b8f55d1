export { differentiableOps } from './gradients';
export { dot, gradientOf, linearise, packRow, unpackRow, type Linearisation } from './linearise';
export { record, type Recording } from './tape';
export { jvp, valueAndGradient, vjp, type Jvp, type ValueAndGradient, type Vjp } from './transform';
