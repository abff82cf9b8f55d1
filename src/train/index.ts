export * from './index.browser';
export { loadCheckpoint, saveCheckpoint } from './checkpointFile';
