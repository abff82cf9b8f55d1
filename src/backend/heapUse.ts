/** What is allocated on the heap of the WASM backend, in bytes: now, and at most since `forgetPeak`. */
export interface HeapUse {
  readonly live: () => number;
  readonly peak: () => number;
  readonly forgetPeak: () => void;
}
