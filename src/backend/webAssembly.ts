/** As much of the WebAssembly interface as is used here; Node's types leave it out, and the DOM's bring a browser along. */

import { fail } from '../core';

/** A memory, which may be shared between threads and may grow: then its buffer is another one. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
}

export type Exports = { readonly [name: string]: unknown };

declare const WebAssembly: {
  readonly Memory: abstract new () => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
};

const isMemory = (value: unknown): value is Memory => value instanceof WebAssembly.Memory;

/** The memory of an emscripten module. */
export const memoryOf = (module: object): Memory => {
  const asm: unknown = Reflect.get(module, 'asm');
  const exported: readonly unknown[] = typeof asm === 'object' && asm !== null ? Object.values(asm) : [];
  return (
    [Reflect.get(module, 'wasmMemory'), ...exported].find(isMemory) ??
    fail('backend', 'wasm', 'a module that shows its memory', 'none')
  );
};

export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** A small module. */
export const compiled = (bytes: Uint8Array): object => new WebAssembly.Module(bytes);

/** The same, linked with a memory that exists. */
export const linked = (module: object, memory: Memory): Exports =>
  new WebAssembly.Instance(module, { env: { memory } }).exports;
