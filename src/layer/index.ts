export * from './public';
export { activationsOf } from './chain';
export { convolutionDesign } from './convolutionDesign';
export { copiesOf } from './copies';
export { inTraining } from './dropout';
export { denseDesign, matrixDesign } from './linear';
export { bufferPlaces, isJoin, nodesOf, outputOfNode, outputsOf, placeOfNode, withBuffers } from './net';
export { checkParameters } from './parameters';
export { saysAffine } from './residual';
