/** The addresses of the .wasm files of the packed library, each written out, as bundlers follow it. From dist/esm/src/backend/wasm. */
import { type WasmFiles } from '../running.js';

/** As much of an address as is used here; the full types bring Node or a browser along. */
declare const URL: new (path: string, base: string) => { readonly href: string };

export const wasmAddresses: WasmFiles = {
  'tfjs-backend-wasm.wasm': new URL('../../../../wasm/tfjs-backend-wasm.wasm', import.meta.url).href,
  'tfjs-backend-wasm-simd.wasm': new URL('../../../../wasm/tfjs-backend-wasm-simd.wasm', import.meta.url)
    .href,
  'tfjs-backend-wasm-threaded-simd.wasm': new URL(
    '../../../../wasm/tfjs-backend-wasm-threaded-simd.wasm',
    import.meta.url,
  ).href,
};
