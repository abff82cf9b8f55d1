/**
 * The addresses of tfjs's .wasm files in a page. A bundle of this project's own has them beside it; the packed library has
 * `addresses.packed.mts` in the place of this.
 */
import { type WasmFiles } from '../running';

/** The address of the folder that the bundle lies in: the build script of the bundle puts it there. */
declare const PROXPROP_BUNDLE_FOLDER: string | undefined;

export const wasmAddresses: string | WasmFiles | undefined =
  typeof PROXPROP_BUNDLE_FOLDER === 'string' ? PROXPROP_BUNDLE_FOLDER : undefined;
