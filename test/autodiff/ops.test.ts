import { beforeAll, describe, expect, it } from 'vitest';
import { add, mul, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import {
  type Backend,
  differentiableOps,
  gradientOf,
  innerProduct,
  Key,
  linearise,
  liveTensors,
  norm,
  onReference,
  scope,
  tensor64,
  toHost,
} from '../../src';
import { inner, relativeDistance, values } from '../../laws';
import { started } from '../support';
import { type OpRow, opTable } from './opTable';

type Pair = readonly [Tensor, Tensor];

const apply =
  ({ f }: OpRow) =>
  ([a, b]: Pair): Tensor =>
    f(a, b);

/** Inputs of a row: unary ops get a second tensor that they do not use. */
const inputs = ({ shapes, range }: OpRow, seed: number): Pair => {
  const at = (i: number): Tensor =>
    Key.uniform(Key.fold(Key.key(seed), i), shapes[i] ?? [1], range[0], range[1]);
  return [at(0), at(1)];
};

const alike = ([a, b]: Pair, seed: number): Pair => [
  Key.uniform(Key.fold(Key.key(seed), 10), a.shape, -1, 1),
  Key.uniform(Key.fold(Key.key(seed), 11), b.shape, -1, 1),
];

/** The same computation of numbers on the float64 reference. */
const inFloat64 = (pair: Pair, along: Pair, step: number, f: (p: Pair) => Tensor): Float64Array => {
  const hosts = pair.map((t) => ({ shape: t.shape, host: toHost(t) }));
  const directions = along.map(toHost);
  return onReference(() =>
    scope(() => {
      const at = (i: number): Tensor => {
        const { shape, host } = hosts[i] ?? { shape: [1], host: new Float64Array(1) };
        return tensor64(
          host.map((v, k) => v + step * (directions[i]?.[k] ?? 0)),
          shape,
        );
      };
      return toHost(f([at(0), at(1)]));
    }),
  );
};

/** Central differences in float64: h = 1e-5 leaves an error of about 1e-9. */
const difference = (pair: Pair, along: Pair, f: (p: Pair) => Tensor): Float64Array => {
  const h = 1e-5;
  const below = inFloat64(pair, along, -h, f);
  return inFloat64(pair, along, h, f).map((v, i) => (v - (below[i] ?? 0)) / (2 * h));
};

/** Float32 gradients of a few operations on numbers of size 1. */
const FIRST = 2e-5;
/** Two passes of them. */
const SECOND = 1e-4;

const gradientAlong =
  (row: OpRow, u: Float64Array, shape: number[], on: (values: Float64Array, shape: number[]) => Tensor) =>
  (p: Pair): Pair =>
    gradientOf((q: Pair) => sum(mul(apply(row)(q), on(u, shape))), p).gradient;

const on32 = (host: Float64Array, shape: number[]): Tensor => tensor(Float32Array.from(host), shape);

describe('gradients of ops', () => {
  it('has a row for every differentiable op', () => {
    const tested = new Set(opTable.map(({ kernel }) => kernel));
    expect(differentiableOps.filter((op) => !tested.has(op))).toEqual([]);
  });

  for (const backend of ['wasm', 'cpu'] satisfies Backend[])
    describe(backend, () => {
      beforeAll(() => started(backend));
      opTable.forEach((row, i) => {
        it(row.name, () => {
          const alive = liveTensors();
          scope(() => {
            const p = inputs(row, i);
            const v = alike(p, i);
            const linear = linearise(apply(row), p);
            const { shape } = linear.value;
            const u = Key.uniform(Key.fold(Key.key(i), 20), shape, -1, 1);
            const jv = linear.jvp(v);
            const jtu = linear.vjp(u);
            const size = norm(jv) * norm(u) + 1e-2;
            // ⟨Jv, u⟩ = ⟨v, Jᵀu⟩
            expect(Math.abs(innerProduct(jv, u) - innerProduct<Pair>(v, jtu))).toBeLessThan(FIRST * size);
            // First order: Jv against differences of f.
            const numeric = difference(p, v, apply(row));
            expect(relativeDistance(toHost(jv), numeric)).toBeLessThan(
              Math.max(FIRST, (FIRST * 1e-2) / (Math.hypot(...numeric) + 1e-30)),
            );
            linear.release();
            // Second order: the derivative of ⟨∇⟨f, u⟩, w⟩ along v, against differences of float64 gradients.
            const w = alike(p, i + 1000);
            const uHost = toHost(u);
            const wHosts = values([...w]);
            const second = gradientOf((q: Pair) => {
              const [ga, gb] = gradientAlong(row, uHost, shape, on32)(q);
              return add(sum(mul(ga, w[0])), sum(mul(gb, w[1])));
            }, p).gradient;
            const analytic = innerProduct<Pair>(second, v);
            const [h, hosts] = [1e-5, p.map((t) => toHost(t))];
            const along = v.map((t) => toHost(t));
            const shapes = p.map((t) => t.shape);
            const gradientAt = (step: number): number =>
              onReference(() =>
                scope(() => {
                  const moved = [0, 1].map((k) =>
                    tensor64(
                      (hosts[k] ?? new Float64Array(1)).map((e, n) => e + step * (along[k]?.[n] ?? 0)),
                      shapes[k] ?? [1],
                    ),
                  );
                  const [a, b] = moved;
                  if (a === undefined || b === undefined) return Number.NaN;
                  const g = gradientAlong(row, uHost, shape, tensor64)([a, b]);
                  return inner(values([...g]), wHosts);
                }),
              );
            const expected = (gradientAt(h) - gradientAt(-h)) / (2 * h);
            expect(Math.abs(analytic - expected)).toBeLessThan(
              SECOND * (norm([...second]) * norm([...v]) + 1e-1),
            );
          });
          expect(liveTensors()).toBe(alive);
        });
      });
    });
});
