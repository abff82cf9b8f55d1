export { parameters as trained } from './all';
