/** The measured rates of `solveTime.ts`, written by `npm run bench -- --fit`. */
import { type Rates } from './rate';

export const rates: Rates = {
  machine: 'AMD EPYC, 1 thread',
  date: '2026-11-28',
  gram: {
    product: { call: 71.4, gigaflops: 31.3 },
    patches: { call: 1240, gigaflops: 22.8 },
    lags: { call: 1770, gigaflops: 19.4 },
    dual: { call: 34.2, gigaflops: 34.7 },
  },
  wideGram: { product: { call: 71.5, gigaflops: 24.9 }, dual: { call: 106, gigaflops: 24.2 } },
  factor: { float64: { call: 34.5, gigaflops: 13.1 }, inverse: { call: 102, gigaflops: 4.33 } },
  exact: {
    primal: {
      call: 275,
      solve: { gigaflops: 16.1, gigabytes: 1.39 },
      apply: { gigaflops: 21.6, gigabytes: 11.3 },
    },
    dual: {
      call: 1040,
      solve: { gigaflops: 14.9, gigabytes: 2.21 },
      apply: { gigaflops: 43.2, gigabytes: 1.52 },
    },
    inverse: {
      call: 3190,
      solve: { gigaflops: 12.3, gigabytes: Infinity },
      apply: { gigaflops: Infinity, gigabytes: 1.2 },
    },
  },
  cg: {
    primal: {
      call: 2360,
      solve: { gigaflops: 31.8, gigabytes: 4.6 },
      apply: { gigaflops: 41.9, gigabytes: 2.12 },
    },
    dual: {
      call: 1100,
      solve: { gigaflops: 35.8, gigabytes: 88.9 },
      apply: { gigaflops: 67.2, gigabytes: 1.07 },
    },
    matrixFree: {
      call: 1810,
      solve: { gigaflops: 32.7, gigabytes: 4.53 },
      apply: { gigaflops: 41.8, gigabytes: Infinity },
    },
  },
  small: { exact: { call: 257, gigaflops: 6.75 }, cg: { call: 180, gigaflops: 0.303 } },
};
