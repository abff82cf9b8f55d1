/** As much of the WebAssembly interface as is used here; Node's types leave it out, and the DOM's bring a browser along. */

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

export const isMemory = (value: unknown): value is Memory => value instanceof WebAssembly.Memory;

/** A small module, from base64. */
export const compiled = (base64: string): object =>
  new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));

/** The same, linked with a memory that exists. */
export const linked = (module: object, memory: Memory): Exports =>
  new WebAssembly.Instance(module, { env: { memory } }).exports;
