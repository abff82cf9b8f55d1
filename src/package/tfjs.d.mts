/** The folder of tfjs's package. */
export const tfjsWasm: string;
/** The plugin of a bundler: the modules of Node and the text of threads in tfjs's backend wasm, made ready for pages. */
export const tfjsForBundlers: {
  readonly name: string;
  readonly transform: (code: string, id: string) => string | null;
};
