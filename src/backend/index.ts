export { tensor64 } from './float64';
export { onReference } from './reference';
export {
  backends,
  defaultBackend,
  start,
  type Backend,
  type Running,
  type StartOptions,
  type Threads,
} from './start';
export { type HeapUse } from './wasmMemory';
