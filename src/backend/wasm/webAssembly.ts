/**
 * The part of the WebAssembly interface that this library uses. Node's types lack it, and those of
 * the DOM would add a whole browser.
 */

import { fail } from '../../core';

/** A memory, which threads may share and which may grow; its buffer is then a new one. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

export type WasmExports = { readonly [name: string]: unknown };

declare const WebAssembly: {
  readonly Memory: abstract new () => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Instance: new (module: object, imports: object) => { readonly exports: WasmExports };
};

const isMemory = (value: unknown): value is WasmMemory => value instanceof WebAssembly.Memory;

/** The memory of an emscripten module. */
export const wasmMemory = (module: object): WasmMemory => {
  const asm: unknown = Reflect.get(module, 'asm');
  const exported: readonly unknown[] = typeof asm === 'object' && asm !== null ? Object.values(asm) : [];
  return (
    [Reflect.get(module, 'wasmMemory'), ...exported].find(isMemory) ??
    fail('backend', 'wasm', 'a module that shows its memory', 'none')
  );
};

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Compiles a small module. */
export const compiled = (bytes: Uint8Array): object => new WebAssembly.Module(bytes);

/** Links a module with an existing memory. */
export const linked = (module: object, memory: WasmMemory): WasmExports =>
  new WebAssembly.Instance(module, { env: { memory } }).exports;

/**
 * A module of one function, `f32x4.relaxed_madd` of three zeros (opcode 0xfd 0x105). An engine
 * without relaxed SIMD rejects it.
 */
const RELAXED = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // One type, of no parameters, to a v128; one function of it.
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  // Its body: i32.const 0, i8x16.splat, three times; the sum; end.
  ...[0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f],
  ...[0xfd, 0x85, 0x02, 0x0b],
);

/**
 * Whether the engine has relaxed SIMD, as Node 22 and later and current browsers do. `start` uses
 * it if you set `relaxed`.
 *
 * @example const relaxed = relaxedSimd(); // as in start('wasm', { relaxed })
 */
export const relaxedSimd = (): boolean => WebAssembly.validate(RELAXED);
