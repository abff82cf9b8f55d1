/** What runs in Node alone: readers of datasets, files of checkpoints, files that are there whole or not at all. */
export * from './data';
export * as Disk from './disk/public';
export { loadCheckpoint, loadWeights, saveCheckpoint, saveWeights } from './train';
