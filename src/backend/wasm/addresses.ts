/**
 * The addresses of tfjs's .wasm files in a page. A bundle of this project has them beside it. In
 * the packed library, `addresses.packed.mts` replaces this file.
 */
import { type WasmFiles } from '../running';

/** The address of the folder of the bundle, which the build script of the bundle inserts. */
declare const PROXPROP_BUNDLE_FOLDER: string | undefined;

export const wasmAddresses: string | WasmFiles | undefined =
  typeof PROXPROP_BUNDLE_FOLDER === 'string' ? PROXPROP_BUNDLE_FOLDER : undefined;
