/** As much of the WebAssembly interface as is used here; Node's types leave it out, and the DOM's bring a browser along. */

/** A memory, which may be shared between threads and may grow: then its buffer is another one. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
}

type Exports = { readonly [name: string]: unknown };

declare const WebAssembly: {
  readonly Memory: abstract new () => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
};

export const isMemory = (value: unknown): value is Memory => value instanceof WebAssembly.Memory;

/** Compile a small module and link it with a memory that exists. */
export const linked = (bytes: Uint8Array, memory: Memory): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
