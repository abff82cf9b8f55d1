/**
 * Where the module of tfjs and its .wasm files lie, in Node: in tfjs's package. The packed library brings copies of them, and
 * `files.packed.ts` in the place of this.
 */
import { createRequire } from 'node:module';

// These files are CommonJS, and may not be meant for a bundler to follow.
export const load = createRequire(__filename);

/** The path of a script that starts the module, or that a thread of it runs. */
export const scriptFile = (name: string): string =>
  load.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/${name}`);

/** The path of a .wasm file. */
export const binaryFile = (name: string): string =>
  load.resolve(`@tensorflow/tfjs-backend-wasm/dist/${name}`);
