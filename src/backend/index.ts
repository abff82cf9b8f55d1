export { tensor64 } from './float64';
export { deviceLost } from './lost';
export { onReference } from './reference';
export { backends, defaultBackend, type Backend, type Running, type StartOptions } from './running';
export { start } from './start';
export { type Threads } from './threads';
export { type HeapUse } from './wasmMemory';
