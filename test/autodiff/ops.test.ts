import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  customGrad,
  einsum,
  elu,
  exp,
  type GradSaveFunc,
  losses,
  matMul,
  max,
  memory,
  mul,
  pow,
  prod,
  reshape,
  square,
  sum,
  Tensor,
  tensor,
  tensor1d,
  topk,
  zerosLike,
} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Backend,
  differentiableOps,
  dot,
  jvp,
  Key,
  liveTensors,
  onReference,
  orThrow,
  scope,
  tensor64,
  toHost,
  toNumber,
  valueAndGradient,
  vjp,
} from '../../src';
import { gradientOf, innerProduct, norm } from '../../src/internal';
import { inner, length, plus, relativeDistance, values } from '../../laws';
import { messageOf, right, started, testBackends } from '../support';
import { type Input, type OpRow, opTable } from './opTable';

/** Numbers on the host, to be made a tensor of on whichever backend is current. */
interface Numbers {
  readonly shape: readonly number[];
  readonly host: Float64Array;
}

type Tensors = readonly Tensor[];
type Place = (numbers: Numbers) => Tensor;

const place32: Place = ({ shape, host }) => tensor(Float32Array.from(host), [...shape]);
const place64: Place = ({ shape, host }) => tensor64(host, [...shape]);

const draw = (key: Key.Key, { shape, low, high, bothSigns = false }: Input): Numbers => ({
  shape,
  host: scope(() => {
    const sizes = toHost(Key.uniform(Key.fold(key, 0), shape, low, high));
    const signs = toHost(Key.uniform(Key.fold(key, 1), shape, -1, 1));
    return sizes.map((x, i) => (bothSigns && (signs[i] ?? 0) < 0 ? -x : x));
  }),
});

const drawAll = (key: Key.Key, inputs: readonly Input[]): readonly Numbers[] =>
  inputs.map((input, i) => draw(Key.fold(key, i), input));

const anywhere = ({ shape }: { readonly shape: readonly number[] }): Input => ({ shape, low: -1, high: 1 });

const flat = (all: readonly Numbers[]): Float64Array =>
  Float64Array.from(all.flatMap(({ host }) => [...host]));

/** at + step · along, over all tensors. */
const moved = (at: readonly Numbers[], along: readonly Numbers[], step: number): readonly Numbers[] =>
  at.map(({ shape, host }, i) => ({ shape, host: plus(host, along[i]?.host ?? host, step) }));

/** The direction that is 1 at the k-th entry of the i-th tensor. */
const unit = (like: readonly Numbers[], i: number, k: number): readonly Numbers[] =>
  like.map(({ shape, host }, j) => ({ shape, host: host.map((_, n) => Number(i === j && n === k)) }));

/** ⟨f, u⟩ as a function of the tensors. */
const paired =
  ({ f }: OpRow, u: Numbers, place: Place) =>
  (xs: Tensors): Tensor =>
    sum(mul(f(...xs), place(u)));

/** ∇⟨∇⟨f, u⟩, v⟩: the second derivative along v, as the gradient of a gradient. */
const secondAlong = (
  row: OpRow,
  u: Numbers,
  v: readonly Numbers[],
  place: Place,
  at: readonly Numbers[],
): Float64Array =>
  scope(() =>
    values(
      gradientOf(
        (xs: Tensors) => dot<Tensors>(gradientOf(paired(row, u, place), xs).gradient, v.map(place)),
        at.map(place),
      ).gradient,
    ),
  );

const gradientAt = (row: OpRow, u: Numbers, place: Place, at: readonly Numbers[]): Float64Array =>
  scope(() => values(gradientOf(paired(row, u, place), at.map(place)).gradient));

interface Case {
  readonly row: OpRow;
  readonly at: readonly Numbers[];
  readonly v: readonly Numbers[];
  readonly u: Numbers;
  /** Central differences in float64: of f along v, of ⟨f, u⟩ along every axis, and of its gradient along v. */
  readonly alongV: Float64Array;
  readonly gradient: Float64Array;
  readonly second: Float64Array;
}

/**
 * Half the step h. The error of a central difference is of the order h² · f‴ / 6 from the curve and 1e-16 / h
 * from rounding: 1e-10 and 1e-11 of numbers of size 1.
 */
const h = 1e-5;

const reference = (row: OpRow, seed: number): Case => {
  const key = Key.key(seed);
  const at = drawAll(Key.fold(key, 0), row.inputs);
  const v = drawAll(Key.fold(key, 1), row.inputs.map(anywhere));
  return onReference(() => {
    const value = (from: readonly Numbers[]): Float64Array =>
      scope(() => toHost(row.f(...from.map(place64))));
    const u = draw(Key.fold(key, 2), anywhere(scope(() => ({ shape: row.f(...at.map(place64)).shape }))));
    const difference = (
      f: (from: readonly Numbers[]) => Float64Array,
      along: readonly Numbers[],
    ): Float64Array => plus(f(moved(at, along, h)), f(moved(at, along, -h)), -1).map((d) => d / (2 * h));
    return {
      row,
      at,
      v,
      u,
      alongV: difference(value, v),
      gradient: Float64Array.from(
        at.flatMap(({ host }, i) =>
          Array.from(host, (_, k) => inner(difference(value, unit(at, i, k)), u.host)),
        ),
      ),
      second: difference((from) => gradientAt(row, u, place64, from), v),
    };
  });
};

/** The numbers of a row are the same on every backend, so that their differences are taken once. */
const cases = new Map<OpRow, Case>();
const caseOf = (row: OpRow): Case => {
  const known = cases.get(row) ?? reference(row, 1 + opTable.indexOf(row));
  cases.set(row, known);
  return known;
};

/** ‖a − b‖ ≤ tolerance · ‖b‖. */
const expectClose = (a: Float64Array, b: Float64Array, tolerance: number): void => {
  expect(a.length).toBe(b.length);
  expect(relativeDistance(a, b)).toBeLessThanOrEqual(tolerance);
};

/** What a derivative that is zero everywhere must be: exactly zero, where its difference shows no more than h does. */
const expectZero = (found: Float64Array, difference: Float64Array): void => {
  expect(length(found)).toBe(0);
  expect(length(difference)).toBeLessThan(1e-8);
};

/**
 * How far a derivative may be from the difference, in its norm.
 *
 * float32: each of the dozen operations of a derivative rounds by 6e-8, and the functions are conditioned by less
 * than 10. The largest distance that was seen is 8e-7.
 * webgpu, webgl: the same, where exp, log and tanh are right to some 1e-6 only.
 * float64: only the differences are inexact, see `h`; relative to derivatives that may be as small as 0.01. This
 * proves the rules themselves, to three more digits than float32 could. The largest that was seen is 7e-10.
 */
const tolerances: { readonly [B in Backend]: { readonly first: number; readonly second: number } } = {
  wasm: { first: 2e-6, second: 4e-6 },
  cpu: { first: 2e-6, second: 4e-6 },
  webgpu: { first: 1e-5, second: 2e-5 },
  webgl: { first: 1e-5, second: 2e-5 },
  float64: { first: 5e-9, second: 5e-9 },
};

/** GPUs need compute sines to 2⁻¹¹ only, absolutely; the software adapter does to 1.2e-4, and twice a tan squared. */
const trigonometric = /^(Sin|Cos|Tan) /;
const onCircle = (backend: Backend): { readonly first: number; readonly second: number } =>
  backend === 'webgpu' || backend === 'webgl' ? { first: 1e-3, second: 2e-3 } : tolerances[backend];

const counts = (): readonly number[] => [memory().numTensors, memory().numDataBuffers];

describe('gradients of ops', () => {
  it('has a row for every differentiable op', () => {
    const tested = new Set(opTable.map(({ kernel }) => kernel));
    expect(differentiableOps.filter((op) => !tested.has(op))).toEqual([]);
    expect([...tested].filter((op) => !differentiableOps.includes(op))).toEqual(['composed']);
  });

  for (const backend of [...testBackends, 'float64' as const])
    describe(backend, () => {
      beforeAll(() => started(backend));
      const place = backend === 'float64' ? place64 : place32;
      for (const row of opTable.filter(({ wrongOn }) => wrongOn !== backend))
        it(row.name, () => {
          const { first, second } = trigonometric.test(row.name) ? onCircle(backend) : tolerances[backend];
          const before = counts();
          const c = caseOf(row);
          scope(() => {
            const [at, v, u] = [c.at.map(place), c.v.map(place), place(c.u)];
            const f = (xs: Tensors): Tensor => row.f(...xs);
            const { tangent } = right(jvp(f)(at, v));
            const { cotangent } = right(vjp(f)(at, u));
            // ⟨Jv, u⟩ = ⟨v, Jᵀu⟩, relative to the products of the norms: what rounding is relative to.
            const scale = norm(tangent) * norm(u) + norm(v) * norm(cotangent);
            expect(
              Math.abs(innerProduct(tangent, u) - innerProduct<Tensors>(v, cotangent)),
            ).toBeLessThanOrEqual(first * scale);
            const found = gradientAt(row, c.u, place, c.at);
            if (row.order >= 1) {
              expect(length(c.gradient)).toBeGreaterThan(1e-3);
              expectClose(toHost(tangent), c.alongV, first);
              expectClose(values(cotangent), c.gradient, first);
              expectClose(found, c.gradient, first);
            } else {
              expectZero(toHost(tangent), c.alongV);
              expectZero(values(cotangent), c.gradient);
              expectZero(found, c.gradient);
            }
            const curved = secondAlong(row, c.u, c.v, place, c.at);
            if (row.order === 2) {
              expect(length(c.second)).toBeGreaterThan(1e-3);
              expectClose(curved, c.second, second);
            } else expectZero(curved, c.second);
          });
          expect(counts()).toEqual(before);
        });
    });

  it('draws numbers that do not repeat', () => {
    const drawn = opTable.map((row) => flat(caseOf(row).at)[0]);
    expect(new Set(drawn).size).toBeGreaterThan(drawn.length * 0.9);
  });
});

// Type alias: only aliases are trees to the compiler.
type P = { readonly x: Tensor };

const numbers = (x: Tensor): number[] => [...toHost(x)];

/** f′ at each of the points, for an elementwise f. */
const derivative =
  (f: (x: Tensor) => Tensor) =>
  (...points: number[]): number[] =>
    scope(() =>
      numbers(right(valueAndGradient(({ x }: P) => sum(f(x)))({ x: tensor1d(points) })).gradient.x),
    );

/** The gradient of the sum of f′. */
const secondDerivative =
  (f: (x: Tensor) => Tensor) =>
  (...points: number[]): number[] =>
    derivative((x) => orThrow(valueAndGradient(({ x: y }: P) => sum(f(y)))({ x })).gradient.x)(...points);

for (const backend of testBackends)
  describe(`derivatives at singular points, on ${backend}`, () => {
    beforeAll(() => started(backend));

    // The documented values: see the README of autodiff.
    const kinks: readonly (readonly [string, (x: Tensor) => Tensor, number, number])[] = [
      ['relu', tf.relu, 0, 0],
      ['relu6', tf.relu6, 0, 0],
      ['relu6', tf.relu6, 6, 0],
      ['abs', tf.abs, 0, 0],
      ['leakyRelu', (x) => tf.leakyRelu(x, 0.25), 0, 0.25],
      ['prelu', (x) => tf.prelu(x, tensor1d([0.25])), 0, 0.25],
      ['elu', tf.elu, 0, 1],
      ['selu', tf.selu, 0, Math.fround(1.7580993408473768)],
      ['clipByValue', (x) => tf.clipByValue(x, -1, 2), -1, 1],
      ['clipByValue', (x) => tf.clipByValue(x, -1, 2), 2, 1],
      ['maximum', (x) => tf.maximum(x, 0), 0, 1],
      ['minimum', (x) => tf.minimum(0, x), 0, 0],
      ['floor', tf.floor, 1, 0],
      ['sign', tf.sign, 0, 0],
      ['step', (x) => tf.step(x), 0, 0],
    ];
    for (const [name, f, point, slope] of kinks)
      it(`${name}′(${point}) = ${slope}`, () => {
        expect(derivative(f)(point)).toEqual([slope]);
      });

    it('shares ties of max equally, and gives those of maximum to the first', () => {
      expect(derivative(max)(3, 1, 3)).toEqual([0.5, 0, 0.5]);
      expect(derivative((x) => tf.min(reshape(x, [2, 2]), 0))(1, 4, 1, 5)).toEqual([0.5, 1, 0.5, 0]);
      expect(derivative((x) => tf.maximum(x, x))(1)).toEqual([1]);
    });

    it('stays finite in saturation', () => {
      for (const f of [elu, tf.selu, tf.sigmoid, tf.tanh, tf.softplus, tf.logSigmoid])
        for (const d of [derivative(f), secondDerivative(f)])
          expect(d(-200, 200).every(Number.isFinite)).toBe(true);
      expect(secondDerivative(elu)(200, -1)).toEqual([0, expect.closeTo(Math.exp(-1), 6)]);
    });

    it('takes powers at zero', () => {
      expect(derivative((x) => pow(x, 2))(0, -3)).toEqual([0, expect.closeTo(-6, 5)]);
      expect(derivative((x) => pow(x, 1))(0)).toEqual([1]);
      expect(derivative((x) => pow(x, 0))(0)).toEqual([0]);
      expect(secondDerivative((x) => pow(x, 1))(0)).toEqual([0]);
      expect(secondDerivative((x) => pow(x, 2))(0)).toEqual([2]);
      const byExponent = (x: Tensor): Tensor => pow(tensor1d([0, -2, Math.E]), x);
      const slopes = derivative(byExponent)(2, 2, 1);
      expect(slopes).toEqual([0, 0, expect.closeTo(Math.E, 5)]);
    });

    it('takes products with factors that are zero', () => {
      expect(derivative(prod)(0, 2, 3)).toEqual([6, 0, 0]);
      expect(derivative(prod)(0, 0, 3)).toEqual([0, 0, 0]);
      // Σᵢ ∂ᵢ of xyz is yz + xz + xy, whose gradient is (y + z, x + z, x + y).
      expect(secondDerivative(prod)(0, 0, 3)).toEqual([3, 3, 0]);
    });
  });

for (const backend of testBackends)
  describe(`ops with a gradient of their own, or with none, on ${backend}`, () => {
    beforeAll(() => started(backend));

    const given = (f: (x: Tensor, save: GradSaveFunc) => ReturnType<Parameters<typeof customGrad>[0]>) =>
      customGrad((...args) => {
        const [x, save] = args;
        if (!(x instanceof Tensor) || typeof save !== 'function')
          throw new TypeError('a tensor and a function');
        return f(x, save);
      });

    it('takes second derivatives of a customGrad that uses its input, or its output', () => {
      const byInput = given((x) => ({
        value: mul(x, square(x)),
        gradFunc: (dy: Tensor) => mul(dy, mul(square(x), 3)),
      }));
      const bySavedInput = given((x, save) => {
        save([x]);
        return {
          value: mul(x, square(x)),
          gradFunc: (dy: Tensor, [kept = x]: Tensor[]) => mul(dy, mul(square(kept), 3)),
        };
      });
      const byOutput = given((x, save) => {
        const value = exp(x);
        save([value]);
        return { value, gradFunc: (dy: Tensor, [kept = x]: Tensor[]) => mul(dy, kept) };
      });
      for (const cube of [byInput, bySavedInput]) {
        expect(derivative(cube)(2, -1)).toEqual([12, 3]);
        expect(secondDerivative(cube)(2, -1)).toEqual([12, -6]);
      }
      expect(secondDerivative(byOutput)(0)).toEqual([1]);
    });

    it('takes what a customGrad keeps of its inside for a constant, as documented', () => {
      const byInside = given((x, save) => {
        const inside = exp(x);
        save([inside]);
        return { value: add(inside, 1), gradFunc: (dy: Tensor, [kept = x]: Tensor[]) => mul(dy, kept) };
      });
      expect(derivative(byInside)(0)).toEqual([1]);
      expect(secondDerivative(byInside)(0)).toEqual([0]);
      // The one op of tfjs that does this. Its gradient is softmax − target; logSoftmax gives both derivatives.
      const target = tensor([1, 0, 0], [1, 3]);
      const stock = (x: Tensor): Tensor => losses.softmaxCrossEntropy(target, reshape(x, [1, 3]));
      const own = (x: Tensor): Tensor => sum(mul(target, tf.neg(tf.logSoftmax(reshape(x, [1, 3])))));
      const [found, expected] = [derivative(stock)(1, 2, 3), derivative(own)(1, 2, 3)];
      expectClose(Float64Array.from(found), Float64Array.from(expected), 1e-6);
      const along = (f: (x: Tensor) => Tensor): number =>
        scope(() => {
          const [x, v] = [tensor1d([1, 2, 3]), tensor1d([1, -1, 0.5])];
          return toNumber(right(jvp(({ x: y }: P) => f(y))({ x }, { x: v })).tangent);
        });
      expect(along(stock)).toBeCloseTo(along(own), 5);
      const weighted = (f: (x: Tensor) => Tensor) => (x: Tensor) =>
        mul(orThrow(valueAndGradient(({ x: y }: P) => f(y))({ x })).gradient.x, tensor1d([1, 0, 0]));
      expect(derivative(weighted(stock))(1, 2, 3)).toEqual([0, 0, 0]);
      // p (1 − p), −p q, −p r for the softmax (p, q, r) of (1, 2, 3).
      const [p, q, r] = [0.0900306, 0.2447285, 0.665241];
      expectClose(
        Float64Array.from(derivative(weighted(own))(1, 2, 3)),
        Float64Array.of(p * (1 - p), -p * q, -p * r),
        1e-5,
      );
      target.dispose();
    });

    const found = (kernel: string): string =>
      `gradient error at ${kernel}: expected an op with a gradient (the list is in src/autodiff/README.md), found op ${kernel}, which has none`;
    const without: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
      ['TopK', (x) => topk(x, 1).values],
      ['Cumprod', (x) => tf.cumprod(x)],
      ['MirrorPad', (x) => tf.mirrorPad(x, [[1, 1]], 'reflect')],
      // Not on wasm, which lacks the op itself.
      ...(backend === 'cpu' ? [['Einsum', (x: Tensor) => einsum('i,i->', x, x)] as const] : []),
    ];
    for (const [kernel, f] of without)
      it(`names ${kernel}, which has no gradient`, () => {
        const before = liveTensors();
        scope(() => {
          const x = tensor1d([1, 2, 3, 4]);
          expect(messageOf(valueAndGradient(({ x: y }: P) => sum(f(y)))({ x }))).toBe(found(kernel));
          expect(messageOf(jvp(({ x: y }: P) => f(y))({ x }, { x: zerosLike(x) }))).toBe(found(kernel));
          // Off the path from the argument to the value, no gradient is needed.
          const off = ({ x: y }: P): Tensor => mul(sum(y), toNumber(sum(f(y))));
          expect(messageOf(valueAndGradient(off)({ x }))).toBe('no error');
        });
        expect(liveTensors()).toBe(before);
      });

    it('refuses pooling whose sizes are not rounded down', () => {
      scope(() => {
        const x = tf.ones<tf.Rank.R4>([1, 5, 5, 1]);
        const pooled = ({ x: y }: P): Tensor =>
          sum(tf.avgPool(reshape<tf.Rank.R4>(y, [1, 5, 5, 1]), 2, 2, 0, 'ceil'));
        expect(messageOf(valueAndGradient(pooled)({ x }))).toBe(
          'gradient error at pooling: expected sizes rounded down, found another rounding',
        );
      });
    });

    if (backend === 'wasm')
      it('names an op that the backend lacks', () => {
        scope(() => {
          const x = tensor1d([1, 2]);
          expect(messageOf(valueAndGradient(({ x: y }: P) => einsum('i,i->', y, y))({ x }))).toBe(
            'backend error at a differentiated function: expected ops that the backend wasm has, found Einsum, which it has not',
          );
        });
      });

    it('takes the jvp of a vjp', () => {
      scope(() => {
        // x ↦ Jᵀu for f(x) = (x · W)², which is 2 W (u ⊙ (x · W)); along v it changes by 2 W (u ⊙ (v · W)).
        const w = Key.uniform(Key.key(1), [3, 2], -1, 1);
        const [x, v, u] = [2, 3, 4].map((seed) => Key.uniform(Key.key(seed), [1, seed === 4 ? 2 : 3], -1, 1));
        if (x === undefined || v === undefined || u === undefined) throw new RangeError('three tensors');
        const f = ({ x: y }: P): Tensor => square(matMul(y, w));
        const pulled = (p: P): Tensor => orThrow(vjp(f)(p, u)).cotangent.x;
        const { tangent } = right(jvp(pulled)({ x }, { x: v }));
        const expected = mul(matMul(mul(u, matMul(v, w)), w, false, true), 2);
        // A dozen float32 operations.
        expectClose(toHost(tangent), toHost(expected), 1e-6);
      });
    });
  });
