export { data as train, data as test } from './all';
