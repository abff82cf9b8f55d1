export { differentiableOps } from './gradients';
export { dot, gradientOf, linearise, packRow, unpackRow, type Linearisation } from './linearise';
export { rematerialised } from './rematerialised';
export { withDerivative } from './withDerivative';
export { record, type Recording } from './tape';
export { jvp, valueAndGradient, vjp, type Jvp, type ValueAndGradient, type Vjp } from './transform';
