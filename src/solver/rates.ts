/** The measured rates of `solveTime.ts`, written by `npm run bench -- --fit`. */
import { type Rates } from './rate';

/** The rates that `npm run bench -- --fit` measured last. */
export const rates: Rates = {
  machine: 'AMD EPYC, 2 threads',
  date: '2026-11-28',
  gram: {
    product: { call: 61.3, gigaflops: 60.3 },
    patches: { call: 1520, gigaflops: 40.4 },
    lags: { call: 688, gigaflops: 50.3 },
    dual: { call: 22.4, gigaflops: 68.8 },
  },
  wideGram: { product: { call: 34.9, gigaflops: 40.8 }, dual: { call: 63.8, gigaflops: 39.9 } },
  factor: { float64: { call: 21.5, gigaflops: 20.6 }, inverse: { call: 24.6, gigaflops: 17.6 } },
  exact: {
    primal: {
      call: 117,
      solve: { gigaflops: 28.4, gigabytes: 1.16 },
      apply: { gigaflops: 44, gigabytes: 8.26 },
    },
    dual: {
      call: 521,
      solve: { gigaflops: 31.5, gigabytes: 1.68 },
      apply: { gigaflops: 74.3, gigabytes: 2.56 },
    },
    inverse: {
      call: 397,
      solve: { gigaflops: 26.2, gigabytes: 1.06 },
      apply: { gigaflops: 50.3, gigabytes: Infinity },
    },
  },
  cg: {
    primal: {
      call: 1040,
      solve: { gigaflops: 48.8, gigabytes: 13.1 },
      apply: { gigaflops: 70.5, gigabytes: 3.47 },
    },
    dual: {
      call: 525,
      solve: { gigaflops: 55.9, gigabytes: 16.1 },
      apply: { gigaflops: 102, gigabytes: 1.88 },
    },
    matrixFree: {
      call: 1260,
      solve: { gigaflops: 57.3, gigabytes: 12.5 },
      apply: { gigaflops: 77.3, gigabytes: Infinity },
    },
  },
  small: { exact: { call: 119, gigaflops: 8.29 }, cg: { call: 180, gigaflops: 0.564 } },
};
