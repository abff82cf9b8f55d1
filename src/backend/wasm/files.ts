/**
 * The paths of tfjs's module and its .wasm files in Node: they are in tfjs's package. In the packed
 * library, which has copies of them, `files.packed.ts` replaces this file.
 */
import { createRequire } from 'node:module';

// These files are CommonJS, and may not be meant for a bundler to follow.
export const load = createRequire(__filename);

/** The path of a script that starts the module, or that one of its threads runs. */
export const scriptFile = (name: string): string =>
  load.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/${name}`);

/** The path of a .wasm file. */
export const binaryFile = (name: string): string =>
  load.resolve(`@tensorflow/tfjs-backend-wasm/dist/${name}`);
