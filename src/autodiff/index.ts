export { differentiableOps } from './gradients';
export { dot, gradientOf, linearise, packRow, unpackRow, type Linearisation } from './linearise';
export { einsum } from './einsum';
export { rematerialised } from './rematerialised';
export { stopGradient } from './stopGradient';
export { withDerivative } from './withDerivative';
export { record, type Recording } from './tape';
export { topk, type TopK } from './topk';
export { jvp, valueAndGradient, vjp, type Jvp, type ValueAndGradient, type Vjp } from './transform';
