export { train } from '../../../src';
export { data } from './all';
