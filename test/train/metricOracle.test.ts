/** Metrics by plain loops on the host: ties, NaN, infinities, tokens, one-hot rows, weights, and tables of regressions. */
import * as fc from 'fast-check';
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accuracy,
  confusion,
  type Metric,
  type MetricValue,
  perplexity,
  rSquared,
  scope,
  toHost,
  topK,
} from '../../src';
import { casesOf, started, testBackends } from '../support';

const SEED = 3;

/** Outputs [examples, tokens, classes] (without the axis of tokens where there is one for each example), targets and weights. */
interface Case {
  readonly rows: readonly (readonly (readonly number[])[])[];
  readonly classes: readonly (readonly number[])[];
  readonly tokens: boolean;
  readonly oneHot: boolean;
  readonly weights: readonly number[] | undefined;
}

/** Few numbers, so that there are ties. */
const number = fc.oneof(
  { arbitrary: fc.integer({ min: -2, max: 2 }), weight: 8 },
  { arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 60, -60), weight: 1 },
);

const casesBy = (value: fc.Arbitrary<number>): fc.Arbitrary<Case> =>
  fc
    .record({
      n: fc.integer({ min: 1, max: 5 }),
      places: fc.integer({ min: 1, max: 3 }),
      c: fc.integer({ min: 1, max: 5 }),
      tokens: fc.boolean(),
      oneHot: fc.boolean(),
      weighted: fc.boolean(),
    })
    .chain(({ n, places, c, tokens, oneHot, weighted }) => {
      const t = tokens ? places : 1;
      const table = <A>(of: fc.Arbitrary<A>): fc.Arbitrary<readonly (readonly A[])[]> =>
        fc.array(fc.array(of, { minLength: t, maxLength: t }), { minLength: n, maxLength: n });
      return fc.record({
        rows: table(fc.array(value, { minLength: c, maxLength: c })),
        classes: table(fc.integer({ min: 0, max: c - 1 })),
        tokens: fc.constant(tokens),
        oneHot: fc.constant(oneHot),
        weights: weighted
          ? fc
              .array(fc.integer({ min: 0, max: 3 }), { minLength: n, maxLength: n })
              .map((all) => (all.some((w) => w > 0) ? all : all.map(() => 1)))
          : fc.constant(undefined),
      });
    });

const tensorsOf = ({ rows, classes, tokens, oneHot }: Case): readonly [Tensor, Tensor] => {
  const [n, t, c] = [rows.length, rows[0]?.length ?? 0, rows[0]?.[0]?.length ?? 0];
  const places = tokens ? [n, t] : [n];
  const hot = classes.flat().flatMap((own) => Array.from({ length: c }, (_, i) => Number(i === own)));
  return [
    tensor(rows.flat(2), [...places, c]),
    oneHot ? tensor(hot, [...places, c]) : tensor(classes.flat(), places, 'int32'),
  ];
};

/** The value of a metric of a case. */
const valueOf = (m: Metric, one: Case): MetricValue =>
  scope(() => {
    const [output, target] = tensorsOf(one);
    const each = m.each(output, target);
    const { weights } = one;
    return m.reduce({
      values: Float32Array.from(toHost(each)),
      count: one.rows.length,
      shape: each.shape.slice(1),
      ...(weights === undefined ? {} : { weights: Float32Array.from(weights) }),
    });
  });

/** All rows of outputs with the class of each, and the weight of its example. */
const flatOf = ({ rows, classes, weights }: Case) =>
  rows.flatMap((tokens, i) =>
    tokens.map((row, j) => ({ row, own: classes[i]?.[j] ?? -1, w: weights?.[i] ?? 1 })),
  );

/** The mean of numbers by weight; those of weight 0 are not looked at. */
const meanOf = (one: Case, of: (row: readonly number[], own: number) => number): number => {
  const counted = flatOf(one).filter(({ w }) => w > 0);
  const all = counted.reduce((t, { w }) => t + w, 0);
  return counted.reduce((t, { row, own, w }) => t + w * of(row, own), 0) / all;
};

const isSound = (row: readonly number[]): boolean => !row.some(Number.isNaN);

/** How many come before the class: those that are larger, and of equal ones the earlier. */
const before = (row: readonly number[], own: number): number =>
  row.filter((v, i) => v > (row[own] ?? 0) || (v === row[own] && i < own)).length;

const rightAmong = (one: Case, k: number): number =>
  meanOf(one, (row, own) => Number(isSound(row) && before(row, own) < k));

const close = (found: MetricValue, expected: number, tolerance: number): void => {
  if (Number.isNaN(expected)) expect(found).toBeNaN();
  else if (typeof found === 'number' && Number.isFinite(expected))
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected)));
  else expect(found).toBe(expected);
};

describe.each(testBackends)('metrics on %s', (backend) => {
  beforeAll(() => started(backend));
  const numRuns = casesOf(100);
  const always = <A>(of: fc.Arbitrary<A>, holds: (a: A) => void): void => {
    console.log(`metrics by loops on ${backend}: ${numRuns} cases, seed ${SEED}`);
    fc.assert(fc.property(of, holds), { seed: SEED, numRuns });
  };

  it('accuracy and top-k: of equal numbers the first, and no row with NaN', () => {
    always(casesBy(number), (one) => {
      // Ratios of small whole numbers, in float64.
      close(valueOf(accuracy, one), rightAmong(one, 1), 1e-12);
      const c = one.rows[0]?.[0]?.length ?? 0;
      for (let k = 1; k <= c; k++) close(valueOf(topK(k), one), rightAmong(one, k), 1e-12);
    });
  });

  it('a confusion table: rows are classes, columns what they were taken for', () => {
    always(casesBy(number), (one) => {
      const c = one.rows[0]?.[0]?.length ?? 0;
      const table = Array.from({ length: c }, () => Array.from({ length: c }, () => 0));
      for (const { row, own, w } of flatOf(one)) {
        const column = row.findIndex((_, i) => isSound(row) && before(row, i) === 0);
        const counts = table[own];
        if (counts !== undefined && column >= 0) counts[column] = (counts[column] ?? 0) + w;
      }
      expect(valueOf(confusion(c), one)).toEqual(table);
    });
  });

  it('perplexity: exp of the mean of −log softmax, also where others have overflowed', () => {
    always(casesBy(fc.constantFrom(-100, -3, 0, 0.5, 2, 100)), (one) => {
      const lost = meanOf(one, (row, own) => {
        const most = Math.max(...row);
        return Math.log(row.reduce((t, v) => t + Math.exp(v - most), 0)) - ((row[own] ?? 0) - most);
      });
      // Logarithms of float32, each right to some units of its last place, and up to 200.
      close(valueOf(perplexity, one), Math.exp(lost), 1e-5 * (1 + lost));
    });
  });

  it('R²: by weights, about the mean of each target', () => {
    const tables = fc
      .record({ n: fc.integer({ min: 1, max: 6 }), size: fc.integer({ min: 1, max: 3 }) })
      .chain(({ n, size }) => {
        const rows = fc.array(
          fc.array(fc.integer({ min: -3, max: 3 }), { minLength: size, maxLength: size }),
          {
            minLength: n,
            maxLength: n,
          },
        );
        const weights = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: n, maxLength: n });
        return fc.record({ y: rows, t: rows, weights: fc.option(weights, { nil: undefined }) });
      });
    always(tables, ({ y, t, weights }) => {
      const counted = t.map((own, i) => ({ own, out: y[i] ?? [], w: weights?.[i] ?? 1 }));
      const all = counted.reduce((sum, { w }) => sum + w, 0);
      if (all === 0) return;
      const size = t[0]?.length ?? 0;
      let [residual, total] = [0, 0];
      for (let i = 0; i < size; i++) {
        const mean = counted.reduce((sum, { own, w }) => sum + w * (own[i] ?? 0), 0) / all;
        for (const { own, out, w } of counted) {
          residual += w * ((out[i] ?? 0) - (own[i] ?? 0)) ** 2;
          total += w * ((own[i] ?? 0) - mean) ** 2;
        }
      }
      const found = scope(() => {
        const each = rSquared.each(tensor(y.flat(), [y.length, size]), tensor(t.flat(), [t.length, size]));
        return rSquared.reduce({
          values: Float32Array.from(toHost(each)),
          count: y.length,
          shape: each.shape.slice(1),
          ...(weights === undefined ? {} : { weights: Float32Array.from(weights) }),
        });
      });
      // Of targets that are all equal there is no R², but by rounding of their mean.
      if (total < 1e-12) return;
      close(found, 1 - residual / total, 1e-12);
    });
    const equal = { values: Float32Array.of(1, 2, 3, 2), count: 2, shape: [2, 1] };
    expect(rSquared.reduce(equal)).toBeNaN();
  });

  it('are judged: of equal numbers the last, and a table the other way round, are found', () => {
    const one: Case = {
      rows: [[[1, 1, 0]], [[2, 0, 1]]],
      classes: [[1], [2]],
      ...{ tokens: false, oneHot: false, weights: undefined },
    };
    expect(rightAmong(one, 1)).toBe(0);
    expect(rightAmong(one, 2)).toBe(1);
    expect(valueOf(confusion(3), one)).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });
});
