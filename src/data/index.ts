export { type Dataset, type Split } from './dataset';
export { fashionMnist } from './fashionMnist';
export { parseIdx, readIdx, type Idx } from './idx';
