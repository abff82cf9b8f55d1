/** The measured rates of `solveTime.ts`, written by `npm run bench -- --fit`. */
import { type Rates } from './rate';

export const rates: Rates = {
  machine: 'AMD EPYC, 1 threads',
  date: '2026-11-28',
  gram: {
    product: { call: 70.6, gigaflops: 32 },
    patches: { call: 1220, gigaflops: 23.3 },
    lags: { call: 2250, gigaflops: 19.4 },
    dual: { call: 38.8, gigaflops: 35.4 },
  },
  wideGram: { product: { call: 93.8, gigaflops: 24.4 }, dual: { call: 90.4, gigaflops: 23.8 } },
  factor: { float64: { call: 42.1, gigaflops: 13.2 }, inverse: { call: 95.8, gigaflops: 4.43 } },
  exact: {
    primal: {
      call: 337,
      solve: { gigaflops: 14.8, gigabytes: 2.27 },
      apply: { gigaflops: 23, gigabytes: 3.84 },
    },
    dual: {
      call: 947,
      solve: { gigaflops: 15.1, gigabytes: 1.63 },
      apply: { gigaflops: 37.5, gigabytes: 1.83 },
    },
    inverse: {
      call: 3610,
      solve: { gigaflops: 7.43, gigabytes: Infinity },
      apply: { gigaflops: Infinity, gigabytes: 1.43 },
    },
  },
  cg: {
    primal: {
      call: 1570,
      solve: { gigaflops: 28, gigabytes: 5.44 },
      apply: { gigaflops: 37.2, gigabytes: 1.82 },
    },
    dual: {
      call: 883,
      solve: { gigaflops: 35.4, gigabytes: 9.86 },
      apply: { gigaflops: 39, gigabytes: 1.72 },
    },
    matrixFree: {
      call: 1610,
      solve: { gigaflops: 30.1, gigabytes: 4.91 },
      apply: { gigaflops: 58.7, gigabytes: 15.4 },
    },
  },
  small: { exact: { call: 511, gigaflops: 15.3 }, cg: { call: 1050, gigaflops: 0.535 } },
};
