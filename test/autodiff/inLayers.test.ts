/** einsum and topk inside of layers: the laws of layers hold, so that every method may train them. */
import { add, mul, sum } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, einsum, Key, layer, topk } from '../../src';
import { checkLayer, showReport } from '../../laws';
import { A_TENTH, casesOf, started, testBackends } from '../support';

const backends: readonly Backend[] = [...testBackends, 'float64'];

/** y_{to} = Σ_{se} w_{ts} · x_{se} · v_{eo}: of tokens and features, bilinear in w and v. */
const mixing = layer({
  name: 'mixing',
  input: [3, 2],
  output: [2, 4],
  init: (key) => ({
    w: Key.uniform(Key.fold(key, 0), [2, 3], -1, 1),
    v: Key.uniform(Key.fold(key, 1), [2, 4], -1, 1),
  }),
  forward: ({ w, v }, x) => einsum('ts,nse,eo->nto', w, x, v),
});

/** y_o = b_o + Σ_k c_{ok} · (the k-th greatest of x): affine in c and b. */
const ranked = layer({
  name: 'ranked',
  input: [5],
  output: [2],
  init: (key) => ({
    c: Key.uniform(Key.fold(key, 0), [2, 3], -1, 1),
    b: Key.uniform(Key.fold(key, 1), [2], -1, 1),
  }),
  affine: true,
  forward: ({ c, b }, x) => add(einsum('ok,nk->no', c, topk(x, 3).values), b),
});

/** y = the sum of squares of the two greatest: of an input that topk has a derivative by, and of nothing else. */
const greatest = layer({
  name: 'greatest',
  input: [4],
  output: [1],
  init: () => ({}),
  forward: (_, x) => {
    const { values } = topk(x, 2);
    return sum(mul(values, values), 1, true);
  },
});

describe.each(backends)('layers of these ops on %s', (backend) => {
  beforeAll(() => started(backend));

  for (const one of [mixing, ranked, greatest])
    it(`keep all laws: ${one.name}`, () => {
      const { reports } = checkLayer({ name: one.name, make: () => one }, { numRuns: casesOf(20, A_TENTH) });
      expect(reports.length).toBeGreaterThan(2);
      expect(reports.filter(({ violation }) => violation !== undefined).map(showReport)).toEqual([]);
    });
});
