/** Where the packed library has the module of tfjs and its .wasm files: in a folder of its own, which its package shows. */
import { createRequire } from 'node:module';

export const load = createRequire(__filename);

export const scriptFile = (name: string): string => load.resolve(`proxprop/wasm/${name}`);
export const binaryFile = scriptFile;
