/**
 * The bytes that tensors occupy on the heap of the WASM backend: now, and at most since
 * `forgetPeak`.
 */
export interface HeapUse {
  /** The bytes that tensors occupy now. */
  readonly live: () => number;
  /** The most bytes that tensors occupied since the start, or since `forgetPeak`. */
  readonly peak: () => number;
  /** Starts a new measurement of the peak. */
  readonly forgetPeak: () => void;
}
