/** The kernels that the library adds to the WASM backend, each beside the plain version of what it computes. */
import {
  add,
  cast,
  concat,
  fill,
  matMul,
  maxPool,
  mul,
  ones,
  pad,
  type Rank,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, attend, Formula, Key, liveTensors, scope, Solver, toHost, toNumber } from '../../src';
import { biasedProduct, filterGradient, record, withGain } from '../../src/internal';
import { attended } from '../../src/ops';
import { placed } from '../../src/backend/wasm/formula';
import { asMatrices } from '../../src/backend/wasm/transpose';
import { messageOf, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);

/** ‖a − b‖ / ‖b‖ in float64. */
const apart = (a: Float64Array, b: Float64Array): number => {
  const norm = (v: Float64Array): number => Math.sqrt(v.reduce((s, x) => s + x * x, 0));
  return norm(a.map((x, i) => x - (b[i] ?? Number.NaN))) / norm(b);
};

/** Sums of n products of float32 numbers, added in any order: √n roundings of 6e-8 each, and some room. */
const rounding = (n: number): number => 6e-8 * (4 + 2 * Math.sqrt(n));

describe('a matrix with itself', () => {
  for (const [n, k] of [
    [1, 1],
    [5, 7],
    [8, 320],
    [125, 33],
    [131, 700],
    [1201, 33],
    // By blocks of rows where they are stored as columns.
    [33, 700],
    [130, 1500],
    [260, 12],
  ] as const)
    it(`${n} lines of ${k}: as the product of two matrices, and symmetric`, () => {
      scope(() => {
        const x = random(n, [n, k]);
        const copy = tensor(x.dataSync().slice(), [n, k]);
        for (const flip of [false, true]) {
          const [a, b] = flip ? [transpose(x), transpose(copy)] : [x, copy];
          const gram = matMul(a, a, flip, !flip);
          expect(apart(toHost(gram), toHost(matMul(a, b, flip, !flip)))).toBeLessThan(rounding(k));
          expect(apart(toHost(transpose(gram)), toHost(gram))).toBeLessThan(rounding(k));
        }
      });
    });
});

describe('a product with a bias', () => {
  // Few rows and columns, edges of tiles, and two blocks of the inner length.
  for (const [rows, inner, units] of [
    [1, 3, 5],
    [8, 700, 130],
    [130, 40, 3],
    [131, 700, 43],
    [500, 33, 1100],
  ] as const)
    it(`of ${rows} × ${inner} → ${units} is the product, and then the sum, to the last bit`, () => {
      scope(() => {
        const [x, w, b] = [random(1, [rows, inner]), random(2, [units, inner]), random(3, [units])];
        expect(toHost(biasedProduct(x, w, b))).toEqual(toHost(add(matMul(x, w, false, true), b)));
      });
    });
  it('of a matrix with itself too', () => {
    scope(() => {
      const [x, b] = [random(1, [131, 20]), random(3, [131])];
      expect(toHost(biasedProduct(x, x, b))).toEqual(
        toHost(add(matMul(x, tensor(x.dataSync().slice(), x.shape), false, true), b)),
      );
    });
  });
  it('is what its parts say of other shapes', () => {
    const [x, w] = [random(1, [4, 3]), random(2, [5, 3])];
    scope(() => {
      expect(toHost(biasedProduct(x, w, random(3, [1])))).toHaveLength(20);
    });
    expect(messageOf(attempt(() => biasedProduct(x, random(2, [5, 4]), random(3, [5]))))).toContain(
      'inner dimensions',
    );
  });
});

describe('attention', () => {
  // One place; edges of tiles; several parts of queries; a head for each feature; one head.
  for (const [length, features, heads] of [
    [1, 4, 2],
    [7, 6, 2],
    [28, 64, 4],
    [130, 5, 5],
    [247, 40, 1],
  ] as const)
    for (const causal of [false, true])
      it(`of ${length} places, ${heads} heads of ${features / heads}${causal ? ', causal' : ''}: as by ops, with its pull-back`, () => {
        scope(() => {
          const operand = (seed: number): Tensor => random(seed, [3, length, features]);
          const [q, k, v, dy] = [operand(1), operand(2), operand(3), operand(4)];
          const resultsOf = (f: () => Tensor): readonly Float64Array[] => {
            const { value, pullback, release } = record(f);
            const cotangents = pullback(dy, [q, k, v]);
            release();
            return [value, ...cotangents].map((x) => toHost(x ?? zeros([0])));
          };
          const fast = resultsOf(() => attend(length, features, { heads, causal }).forward([q, k, v]));
          const plain = resultsOf(() => attended(q, k, v, { heads, causal }));
          plain.forEach((x, i) => {
            // Five products behind one another, of weights that are positive and sum to one.
            const size = Math.sqrt(x.reduce((s, y) => s + y * y, 0));
            if (size === 0) expect(fast[i]).toEqual(x);
            else expect(apart(fast[i] ?? x, x)).toBeLessThan(3 * rounding(length + features));
          });
        });
      });
});

describe('a gain and a bias for each feature', () => {
  for (const [rows, features] of [
    [1, 1],
    [3, 7],
    [128, 64],
    [1300, 70],
  ] as const)
    it(`of ${rows} rows of ${features}: as by ops, with the sums of the pull-back in float64`, () => {
      scope(() => {
        const [x, dy] = [random(1, [rows, features]), random(2, [rows, features])];
        const [gain, bias] = [random(3, [features]), random(4, [features])];
        const { value, pullback, release } = record(() => withGain(x, gain, bias));
        const cotangents = pullback(dy, [x, gain, bias]).map((t) => toHost(t ?? zeros([0])));
        release();
        expect(toHost(value)).toEqual(toHost(add(mul(x, gain), bias)));
        const sums = [sum(mul(dy, x), 0), sum(dy, 0)].map((t) => toHost(t));
        expect(cotangents[0]).toEqual(toHost(mul(dy, gain)));
        // The same float32 numbers, added in float64 in another order, and rounded once.
        sums.forEach((expected, i) => {
          expect(apart(cotangents[i + 1] ?? expected, expected)).toBeLessThan(1.2e-7);
        });
      });
    });
});

describe('InverseShifted', () => {
  for (const n of [1, 2, 3, 4, 5, 7, 64, 65, 130])
    it(`order ${n}: as the plain version`, () => {
      scope(() => {
        const x = random(n, [n, 2 * n]);
        const k = matMul(x, x, false, true);
        const [fast, plain] = [Solver.invertShifted(k, 0.5), Solver.invertShiftedPlain(k, 0.5)];
        expect(fast.definite).toBe(true);
        // Both in float64, rounded once; the norm is in float32.
        expect(apart(toHost(fast.inverse), toHost(plain.inverse))).toBeLessThan(1e-6);
        expect(Math.abs(fast.norm / plain.norm - 1)).toBeLessThan(1e-6);
      });
    });

  it('says that a matrix is not positive definite', () => {
    scope(() => {
      const k = tensor([1, 2, 2, 1], [2, 2]);
      expect(Solver.invertShifted(k, 0).definite).toBe(false);
      expect(Solver.invertShiftedPlain(k, 0).definite).toBe(false);
    });
  });
});

describe('DualConjugateGradients', () => {
  for (const [rows, columns, units, iterations] of [
    [3, 5, 1, 1],
    [7, 20, 130, 3],
    [40, 90, 205, 5],
  ] as const)
    it(`${rows} rows, ${columns} columns, ${units} units, ${iterations} iterations: as primal CG by ops`, () => {
      scope(() => {
        const a = random(1, [rows, columns]);
        const h = random(2, [units, rows]);
        const dual = Solver.dualConjugateGradients(matMul(a, a, false, true), 0.3, h, iterations);
        const m = matMul(a, a, true, false);
        const primal = Solver.conjugateGradients(
          (v) =>
            Formula.evaluate(
              [Formula.add(Formula.input(0), Formula.affine(Formula.input(1), 0.3))],
              [matMul(v, m), v],
            )[0] ?? v,
          matMul(h, a),
          iterations,
        );
        // The same iterates by another order of sums; each iteration amplifies rounding by the condition number's root.
        expect(apart(toHost(matMul(dual.value, a)), toHost(primal.value))).toBeLessThan(1e-4);
        const residualOf = ({ residual }: Solver.CgResult): number =>
          typeof residual === 'number' ? residual : toNumber(residual);
        expect(Math.abs(residualOf(dual) / residualOf(primal) - 1)).toBeLessThan(units <= 64 ? 1e-3 : 0.5);
      });
    });
});

describe('Formula', () => {
  const { abs, add, affine, div, input, max, min, mul, sign, sqrt, sub, where } = Formula;
  const shared = mul(input(0), input(1));
  const formulas = [
    add(shared, affine(input(2), 0.5, -1)),
    div(shared, affine(sqrt(mul(input(2), input(2))), 1, 0.1)),
    sub(input(1), input(2)),
    input(0),
    add(max(input(0), input(1)), affine(min(input(1), input(2)), 2)),
    where(input(2), abs(input(0)), sign(input(1))),
  ];
  const plain = (a: number, b: number, c: number): readonly number[] => [
    a * b + 0.5 * c - 1,
    (a * b) / (Math.abs(c) + 0.1),
    b - c,
    a,
    Math.max(a, b) + 2 * Math.min(b, c),
    c > 0 ? Math.abs(a) : Math.sign(b),
  ];
  const expected = (inputs: readonly Float64Array[]): Float64Array[] =>
    formulas.map((_, j) =>
      Float64Array.from(
        inputs[0] ?? [],
        (a, i) => plain(a, inputs[1]?.[i] ?? 0, inputs[2]?.[i] ?? 0)[j] ?? 0,
      ),
    );
  for (const size of [1, 3, 1024, 1027, 70_001])
    it(`${size} numbers: as the plain formula, and over any inputs that are given away`, () => {
      const before = liveTensors();
      for (const over of [
        [],
        [0],
        [1, 2],
        [2, 0, 1],
        [undefined, 1, 0, 2],
        [0, undefined, undefined, 1],
        [0, 1, 1, 0, 2, 2],
      ])
        scope(() => {
          const inputs = [1, 2, 3].map((seed) => random(seed, [size]));
          const wanted = expected(inputs.map(toHost));
          const kept = inputs.map((x, i) => (over.includes(i) ? undefined : toHost(x)));
          const results = Formula.evaluate(formulas, inputs, over);
          // A few float32 roundings.
          results.forEach((r, j) => {
            expect(apart(toHost(r), wanted[j] ?? new Float64Array(0))).toBeLessThan(1e-6);
          });
          inputs.forEach((x, i) => {
            expect(x.isDisposed).toBe(over.includes(i));
            const value = kept[i];
            if (value !== undefined) expect(toHost(x)).toEqual(value);
          });
        });
      expect(liveTensors()).toBe(before);
    });

  it('takes memory of its own where an input that is given away is shared', () => {
    scope(() => {
      const x = random(1, [100]);
      const alias = x.clone();
      const before = toHost(x);
      Formula.evaluate([affine(input(0), 2)], [alias], [0]);
      expect(toHost(x)).toEqual(before);
    });
  });

  it('takes memory of its own where an input is given away twice, or is another input too', () => {
    scope(() => {
      const before = toHost(random(1, [100]));
      const both = [affine(input(0), 2), affine(input(0), 3)];
      const [a, b] = Formula.evaluate(both, [random(1, [100])], [0, 0]).map(toHost);
      expect([a, b]).toEqual([before.map((v) => Math.fround(2 * v)), before.map((v) => Math.fround(3 * v))]);
      const x = random(1, [100]);
      const [c, d] = Formula.evaluate([affine(input(0), 2), affine(input(1), 3)], [x, x], [0]).map(toHost);
      expect([c, d]).toEqual([a, b]);
    });
  });

  it('refuses more operations than there is room for between them', () => {
    const steps = (count: number): Formula.Formula =>
      Array.from({ length: count }).reduce<Formula.Formula>((f) => affine(f, 1, 1), input(0));
    scope(() => {
      const x = zeros([2000]);
      expect(toHost(Formula.evaluate([steps(363)], [x])[0] ?? x).every((v) => v === 363)).toBe(true);
      expect(messageOf(attempt(() => Formula.evaluate([steps(364)], [x])))).toBe(
        'shape error at formula: expected at most 363 operations, found 364',
      );
    });
  });

  it('keeps a result apart as long as what it lies over is read', () => {
    const program = Formula.programOf([affine(input(0), 2), add(input(0), input(0))], 1);
    const [first, second] = placed(program, [0]);
    // Registers: 0 the input, 1 and 2 the results, from 3 on what is in between.
    expect([first?.to, second?.to]).toEqual([3, 2]);
    const [last] = placed(Formula.programOf([add(input(0), input(0))], 1), [0]);
    expect(last?.to).toBe(1);
  });
});

describe('filter gradients', () => {
  it('over 131,072 positions lose no more than sums of 128', () => {
    scope(() => {
      // Equal terms, whose roundings all have one sign.
      const x = fill<Rank.R4>([128, 32, 32, 1], 0.3);
      const [found = Number.NaN] = toHost(
        filterGradient(x, x, [1, 1, 1, 1], { strides: [1, 1], pad: 'valid' }),
      );
      // 128 terms in float32 miss 4e-6 of their sum at most, half a rounding of 6e-8 each; 8,192 terms, a sixteenth of all, 7e-5.
      expect(Math.abs(found / (128 * 32 * 32 * Math.fround(0.3) ** 2) - 1)).toBeLessThan(4e-6);
    });
  });
});

describe('transposes', () => {
  it('are seen as those of matrices where they are', () => {
    expect(asMatrices([3, 4], [1, 0])).toEqual([1, 3, 4]);
    expect(asMatrices([2, 3, 4], [0, 2, 1])).toEqual([2, 3, 4]);
    expect(asMatrices([2, 3, 4, 5], [2, 3, 0, 1])).toEqual([1, 6, 20]);
    expect(asMatrices([2, 1, 3, 4], [0, 3, 1, 2])).toEqual([2, 3, 4]);
    expect(asMatrices([2, 3, 4, 5], [3, 1, 2, 0])).toBeUndefined();
    expect(asMatrices([2, 3, 4], [0, 1, 2])).toBeUndefined();
  });
  for (const [shape, perm] of [
    [
      [7, 9],
      [1, 0],
    ],
    [
      [300, 260],
      [1, 0],
    ],
    [
      [3, 33, 5],
      [0, 2, 1],
    ],
    [
      [2, 3, 4, 5],
      [2, 3, 0, 1],
    ],
    [
      [2, 1, 3, 4],
      [0, 3, 1, 2],
    ],
    [
      [2, 3, 4, 5],
      [3, 1, 2, 0],
    ],
  ] as const)
    it(`[${shape.join()}] by [${perm.join()}]`, () => {
      scope(() => {
        const x = random(1, shape);
        const values = toHost(x);
        const strides = shape.map((_, i) => shape.slice(i + 1).reduce<number>((a, b) => a * b, 1));
        const out = perm.map((axis) => shape[axis] ?? 1);
        const wanted = Float64Array.from({ length: x.size }, (_, place) => {
          let rest = place;
          let from = 0;
          for (let i = out.length - 1; i >= 0; i--) {
            const d = out[i] ?? 1;
            from += (rest % d) * (strides[perm[i] ?? 0] ?? 0);
            rest = Math.floor(rest / d);
          }
          return values[from] ?? 0;
        });
        expect(toHost(transpose(x, [...perm]))).toEqual(wanted);
      });
    });
});

describe('sums', () => {
  for (const [shape, axes] of [
    [[700, 33], [0]],
    [[700, 33], [1]],
    [
      [3, 300, 20],
      [0, 1],
    ],
    [
      [3, 300, 20],
      [1, 2],
    ],
    [[3, 300, 20], [1]],
    [[70_000], [0]],
    [
      [5, 3],
      [0, 1],
    ],
  ] as const)
    it(`of [${shape.join()}] over ${axes.join()}`, () => {
      scope(() => {
        const x = random(1, shape);
        const values = toHost(x);
        const kept = shape.map((d, i) => (axes.some((a) => a === i) ? 1 : d));
        const size = kept.reduce<number>((a, b) => a * b, 1);
        const wanted = new Float64Array(size);
        values.forEach((v, place) => {
          let rest = place;
          let to = 0;
          let stride = 1;
          for (let i = shape.length - 1; i >= 0; i--) {
            const d = shape[i] ?? 1;
            if (kept[i] !== 1 || d === 1) {
              to += (rest % d) * stride;
              stride *= d;
            }
            rest = Math.floor(rest / d);
          }
          wanted[to] = (wanted[to] ?? 0) + v;
        });
        const found = toHost(sum(x, [...axes]));
        // Against the size of what is added, as the sum itself may be near zero.
        const scale = Math.sqrt(values.length / size);
        found.forEach((v, i) => {
          expect(Math.abs(v - (wanted[i] ?? 0))).toBeLessThan(rounding(values.length / size) * scale * 4);
        });
      });
    });
});

describe('slices', () => {
  for (const [shape, begin, size] of [
    [
      [9, 7],
      [2, 3],
      [5, 2],
    ],
    [
      [9, 7],
      [2, 0],
      [5, 7],
    ],
    [
      [50, 8, 9, 3],
      [0, 2, 0, 0],
      [50, 1, 9, 3],
    ],
    [
      [50, 8, 9, 3],
      [10, 2, 4, 1],
      [30, 3, 2, 2],
    ],
    [[6], [1], [4]],
  ] as const)
    it(`[${shape.join()}] from [${begin.join()}], [${size.join()}]`, () => {
      scope(() => {
        const x = random(1, shape);
        const whole = toHost(x);
        const strides = shape.map((_, i) => shape.slice(i + 1).reduce<number>((a, b) => a * b, 1));
        const n = size.reduce<number>((a, b) => a * b, 1);
        const wanted = Float64Array.from({ length: n }, (_, place) => {
          let rest = place;
          let from = 0;
          for (let i = size.length - 1; i >= 0; i--) {
            const d = size[i] ?? 1;
            from += ((rest % d) + (begin[i] ?? 0)) * (strides[i] ?? 0);
            rest = Math.floor(rest / d);
          }
          return whole[from] ?? 0;
        });
        expect(toHost(slice(x, [...begin], [...size]))).toEqual(wanted);
      });
    });
});

describe('paddings', () => {
  for (const [shape, paddings] of [
    [[6], [[1, 2]]],
    [
      [9, 7],
      [
        [2, 0],
        [0, 3],
      ],
    ],
    [
      [9, 7],
      [
        [1, 4],
        [0, 0],
      ],
    ],
    [
      [40, 8, 9, 3],
      [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 0],
      ],
    ],
    [
      [40, 8, 9, 3],
      [
        [1, 1],
        [0, 0],
        [2, 1],
        [1, 2],
      ],
    ],
  ] as const)
    for (const value of [0, -2.5])
      it(`of ${value} around [${shape.join()}], ${JSON.stringify(paddings)}`, () => {
        scope(() => {
          const x = random(1, shape);
          const around = paddings.map(([before, after]): [number, number] => [before, after]);
          const found = pad(x, around, value);
          const within = slice(
            found,
            around.map(([before]) => before),
            [...shape],
          );
          expect(toHost(within)).toEqual(toHost(x));
          expect(found.shape).toEqual(
            shape.map((d, i) => d + (around[i] ?? [0, 0])[0] + (around[i] ?? [0, 0])[1]),
          );
          // All others are that value: their sum, and how many numbers are it.
          const numbers = [...toHost(found)];
          expect(numbers.filter((v) => v === value).length).toBe(found.size - x.size);
        });
      });
});

describe('concatenation', () => {
  /** Shapes but for the axis, the axis, and the lengths along it. */
  const cases: readonly (readonly [readonly number[], number, readonly number[]])[] = [
    [[0], 0, [3, 1, 4]],
    [[0, 5], 0, [700, 0, 301]],
    [[300, 0], 1, [257, 1]],
    [[300, 0], -1, [1, 1, 3]],
    [[1, 0, 4], 1, [2, 3]],
    [[9, 0, 31, 3], 1, [40, 60, 1]],
    [[2, 3, 4, 0, 5], 3, [1, 2]],
  ];
  for (const dtype of ['float32', 'int32', 'bool'] as const)
    it.each(cases)(`of ${dtype} in shape %j along axis %i, lengths %j`, (around, axis, lengths) => {
      scope(() => {
        const at = axis < 0 ? axis + around.length : axis;
        const parts = lengths.map((n, k) => {
          const shape = around.map((d, i) => (i === at ? n : d));
          const numbers = Array.from(toHost(random(k, shape)), (v) => Math.round(1000 * v));
          return cast(tensor(numbers, shape), dtype);
        });
        const found = concat(parts, axis);
        const total = lengths.reduce((a, b) => a + b, 0);
        expect([found.shape, found.dtype]).toEqual([around.map((d, i) => (i === at ? total : d)), dtype]);
        let from = 0;
        for (const part of parts) {
          const begin = around.map((_, i) => (i === at ? from : 0));
          expect(toHost(slice(found, begin, part.shape))).toEqual(toHost(part));
          from += part.shape[at] ?? 0;
        }
      });
    });
});

describe('concatenation of what does not fit', () => {
  it.each([
    [[2, 3], [3, 3], 1],
    [[2, 3], [2, 4], 0],
    [[2, 3], [2, 3, 1], 0],
  ] as const)('%j and %j along axis %i: an error, and nothing is left', (a, b, axis) => {
    const before = liveTensors();
    expect(() => scope(() => concat([zeros([...a]), zeros([...b])], axis))).toThrow();
    expect(liveTensors()).toBe(before);
  });
});

describe('max pooling', () => {
  it('gives the same gradient four channels at a time as one by one', () => {
    scope(() => {
      const x = random(1, [3, 9, 7, 4]);
      const gradientOf = (images: Tensor, dy: Tensor): Tensor => {
        const r = record(() => maxPool(reshape<Rank.R4>(images, four(images)), 2, 2, 'same'));
        const [dx = zeros(images.shape)] = r.pullback(dy, [images]);
        r.release();
        return dx;
      };
      const dy = random(2, [3, 5, 4, 4]);
      // Five channels are not four: the same images with one more channel take the other way.
      const more = concat([x, ones([3, 9, 7, 1])], 3);
      const other = gradientOf(more, concat([dy, ones([3, 5, 4, 1])], 3));
      expect(toHost(gradientOf(x, dy))).toEqual(toHost(slice(other, [0, 0, 0, 0], [3, 9, 7, 4])));
    });
  });
});

const four = (x: Tensor): [number, number, number, number] => {
  const [a = 1, b = 1, c = 1, d = 1] = x.shape;
  return [a, b, c, d];
};
