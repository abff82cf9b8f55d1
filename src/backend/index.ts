export { tensor64 } from './float64';
export { deviceLost } from './lost';
export { onReference } from './reference';
export {
  backends,
  defaultBackend,
  wasmFileNames,
  type Backend,
  type Running,
  type StartOptions,
  type WasmFiles,
} from './running';
export { start } from './start';
export { type Threads } from './threads';
export { type HeapUse } from './heapUse';
export { relaxedSimd } from './wasm/webAssembly';
