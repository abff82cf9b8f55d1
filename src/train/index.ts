export * from './index.browser';
export { loadCheckpoint, saveCheckpoint } from './checkpointFile';
export { loadWeights, saveWeights } from './weightsFile';
