export { backends, defaultBackend, start, type Backend, type Running } from './start';
