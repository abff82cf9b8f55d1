export { augmented } from './augmented';
export { cutout, flipLeftRight, randomCrop } from './augmentations';
export { checkExamples, checked } from './check';
export { type Example } from './example';
export {
  areArrays,
  type Augmentation,
  type ExampleArrays,
  type Examples,
  type ExampleSource,
  type ExampleStream,
} from './examples';
export { inMemory } from './inMemory';
export { mixup } from './mixup';
export { batchesOf, inOrder } from './order';
export { checkClasses, passOver, passOverChecked, type PassBatch, type PassOptions } from './pass';
export { batchOf, gathered, exampleOf } from './rows';
export { shuffled, split, subset } from './subset';
