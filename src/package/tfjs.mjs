/** What bundlers have to be told of tfjs's backend wasm: for the packed library, and for pages built from the sources. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const load = createRequire(import.meta.url);

/** The folder of tfjs's package. */
export const tfjsWasm = dirname(load.resolve('@tensorflow/tfjs-backend-wasm/package.json'));

/** The text that tfjs makes of a function for its threads: kept as text, so that no minifier renames what it refers to. */
const threadScript = (factory) =>
  `var _scriptDir = undefined; var WasmBackendModuleThreadedSimd = ${factory.toString()}`;

/** Where Node finds the folder of a script. */
const NODE_FOLDER = /if \(typeof __filename !== 'undefined'\) _scriptDir = _scriptDir \|\| __filename;/;

/** The plugin of a bundler: the modules of Node and the text of threads in tfjs's backend wasm, made ready for pages. */
export const tfjsForBundlers = {
  name: 'tfjs',
  transform: (code, id) => {
    const file = id.replaceAll('\\', '/');
    // Only pages run these; Node starts the files in dist/wasm. webpack takes `typeof __filename` for a string, and leaves the name.
    if (file.includes('/wasm-out/'))
      return code.replace(/require\("[a-z_]+"\)/g, 'undefined').replace(NODE_FOLDER, '');
    if (!file.endsWith('tfjs-backend-wasm/dist/backend_wasm.js')) return null;
    const factory = load(join(tfjsWasm, 'wasm-out/tfjs-backend-wasm-threaded-simd.js'));
    const spoken = /\[`var WasmBackendModuleThreadedSimd = ` \+\s*wasmFactoryThreadedSimd\.toString\(\)\]/;
    if (!spoken.test(code)) throw new Error(`${id}: tfjs starts its threads in another way`);
    return code.replace(spoken, () => `[${JSON.stringify(threadScript(factory))}]`);
  },
};
