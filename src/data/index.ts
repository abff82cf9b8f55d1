export { cifar10, type ImageLayout } from './cifar10';
export { type Dataset, type Split } from './dataset';
export { fashionMnist } from './fashionMnist';
export { parseIdx, readIdx, type Idx } from './idx';
export { firstExamples, type Selection } from './selection';
export { usps } from './usps';
