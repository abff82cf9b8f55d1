/** The block, not the tensor of that name. */
export { x } from '../../../src';
