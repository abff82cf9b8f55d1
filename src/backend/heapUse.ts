/** What is allocated on the heap of the WASM backend, in bytes: now, and at most since `forgetPeak`. */
export interface HeapUse {
  /** Bytes that tensors take now. */
  readonly live: () => number;
  /** The most bytes that they took since the start, or since `forgetPeak`. */
  readonly peak: () => number;
  /** Count the most bytes from now on. */
  readonly forgetPeak: () => void;
}
