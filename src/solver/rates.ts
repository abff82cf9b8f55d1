/** The measured rates of `solveTime.ts`, written by `npm run bench -- --fit`. */
import { type Rates } from './rate';

/** The rates that `npm run bench -- --fit` measured last. */
export const rates: Rates = {
  machine: 'AMD EPYC, 2 threads',
  date: '2026-11-29',
  gram: {
    product: { call: 55.6, gigaflops: 50.4 },
    patches: { call: 2310, gigaflops: 35.3 },
    lags: { call: 801, gigaflops: 43 },
    dual: { call: 25.1, gigaflops: 58.6 },
  },
  wideGram: { product: { call: 29.1, gigaflops: 26.4 }, dual: { call: 42.7, gigaflops: 19.7 } },
  singleGram: { product: { call: 116, gigaflops: 55.3 }, dual: { call: 104, gigaflops: 60.6 } },
  factor: {
    float64: { call: 19.9, gigaflops: 10.1 },
    float32: { call: 166, gigaflops: 38.5 },
    inverse: { call: 21.7, gigaflops: 15 },
  },
  exact: {
    primal: {
      call: 100,
      solve: { gigaflops: 7.15, gigabytes: 3.2 },
      apply: { gigaflops: 35.7, gigabytes: 4.69 },
    },
    dual: {
      call: 521,
      solve: { gigaflops: 11.4, gigabytes: 4.8 },
      apply: { gigaflops: Infinity, gigabytes: 1.15 },
    },
    inverse: {
      call: 357,
      solve: { gigaflops: 7.45, gigabytes: 1.02 },
      apply: { gigaflops: 4790, gigabytes: 5.7 },
    },
  },
  single: {
    primal: {
      call: 1010,
      solve: { gigaflops: 57, gigabytes: 5.11 },
      apply: { gigaflops: 54.1, gigabytes: 4.52 },
    },
    dual: {
      call: 1140,
      solve: { gigaflops: 63.1, gigabytes: 6.88 },
      apply: { gigaflops: 53.7, gigabytes: 1.76 },
    },
  },
  cg: {
    primal: {
      call: 1120,
      solve: { gigaflops: 43.5, gigabytes: 12.4 },
      apply: { gigaflops: 59.3, gigabytes: 3.31 },
    },
    dual: {
      call: 564,
      solve: { gigaflops: 48.8, gigabytes: 10.8 },
      apply: { gigaflops: 63.5, gigabytes: 2.33 },
    },
    matrixFree: {
      call: 1310,
      solve: { gigaflops: 48, gigabytes: 12.5 },
      apply: { gigaflops: 70.6, gigabytes: Infinity },
    },
  },
  small: { exact: { call: 160, gigaflops: 9.07 }, cg: { call: 211, gigaflops: 0.491 } },
};
