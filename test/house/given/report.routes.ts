export { routes } from '../../../src';
