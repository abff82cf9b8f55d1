/** The measured rates of `solveTime.ts`, written by `npm run bench -- --fit`. */
import { type Rates } from './rate';

export const rates: Rates = {
  machine: 'AMD EPYC, 2 threads',
  date: '2026-11-28',
  gram: {
    product: { call: 347, gigaflops: 10.6 },
    patches: { call: 14000, gigaflops: 2.11 },
    lags: { call: 3500, gigaflops: 0.476 },
    dual: { call: 115, gigaflops: 14.3 },
  },
  wideGram: { product: { call: 0, gigaflops: 7.21 }, dual: { call: 0, gigaflops: 4.02 } },
  factor: { float64: { call: 49.5, gigaflops: 5.86 }, inverse: { call: 85.1, gigaflops: 0.0565 } },
  exact: {
    primal: {
      call: 448,
      solve: { gigaflops: 2.52, gigabytes: Infinity },
      apply: { gigaflops: 5.62, gigabytes: Infinity },
    },
    dual: {
      call: 8610,
      solve: { gigaflops: 3.98, gigabytes: Infinity },
      apply: { gigaflops: 1.24, gigabytes: Infinity },
    },
    inverse: {
      call: 16400,
      solve: { gigaflops: Infinity, gigabytes: 0.0000847 },
      apply: { gigaflops: Infinity, gigabytes: Infinity },
    },
  },
  cg: {
    primal: {
      call: 14500,
      solve: { gigaflops: 3.04, gigabytes: Infinity },
      apply: { gigaflops: 7.65, gigabytes: 2.58 },
    },
    dual: {
      call: 4200,
      solve: { gigaflops: 9.56, gigabytes: 3.92 },
      apply: { gigaflops: 2.16, gigabytes: Infinity },
    },
    matrixFree: {
      call: 9560,
      solve: { gigaflops: 8.97, gigabytes: 0.476 },
      apply: { gigaflops: Infinity, gigabytes: Infinity },
    },
  },
  small: { exact: { call: 0, gigaflops: Infinity }, cg: { call: 50000, gigaflops: Infinity } },
};
