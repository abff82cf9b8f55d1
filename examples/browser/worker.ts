/** The same training in a Web Worker, where wasm has all threads: it is told the backend, and posts what is to be shown. */
import { type Backend } from '../../src';
import { run } from './training';

/** As much of a worker's surroundings as is used here; the full types would let Node's code use it too. */
declare const self: {
  onmessage: ((event: { readonly data: Backend }) => void) | null;
  readonly postMessage: (message: object) => void;
};

self.onmessage = ({ data }) => {
  run(data, self.postMessage.bind(self)).catch((thrown: unknown) => {
    self.postMessage({ failure: String(thrown) });
  });
};
