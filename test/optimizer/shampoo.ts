/** Shampoo (Gupta, Koren and Singer 2018) as a user would write it: what it remembers of a matrix are two square ones. */
import { add, eye, matMul, mul, norm, pow, scalar, div, type Tensor } from '@tensorflow/tfjs-core';
import { Optimizer } from '../../src';
import { type TreeReference } from '../../laws';

/** A^(−1/4) of a positive definite matrix: M → I by M ← PᵖM with P = (1 + 1/4)I − M/4, X ← X·P (Guo and Higham 2006). */
const inverseFourthRoot = (a: Tensor): Tensor => {
  const identity = eye(Math.sqrt(a.size));
  const z = div(scalar(2.5), norm(a));
  let m: Tensor = mul(a, z);
  let x: Tensor = mul(identity, pow(z, 0.25));
  for (let i = 0; i < 15; i++) {
    const p = add(mul(identity, 1.25), mul(m, -0.25));
    const squared = matMul(p, p);
    m = matMul(matMul(squared, squared), m);
    x = matMul(x, p);
  }
  return x;
};

/** L ← L + G·Gᵀ, R ← R + Gᵀ·G; update = L^(−1/4)·G·R^(−1/4). Other tensors pass. */
const shampooed = Optimizer.perTensor({
  name: 'shampoo',
  init: ({ shape }) => (shape.length === 2 ? shape.map((side) => eye(side)) : []),
  update: (g, memory) => {
    const [left, right] = memory;
    if (g.shape.length !== 2 || left === undefined || right === undefined) return { direction: g, memory };
    const [l, r] = [add(left, matMul(g, g, false, true)), add(right, matMul(g, g, true, false))];
    return {
      direction: matMul(matMul(inverseFourthRoot(l), g), inverseFourthRoot(r)),
      memory: [l, r],
    };
  },
});

export const shampoo = (rate: number): Optimizer.Optimizer =>
  Optimizer.chain({ name: 'shampoo', transforms: [shampooed] }, Optimizer.scale(rate));

type Matrix = number[][];
const at = (a: Matrix, i: number, j: number): number => a[i]?.[j] ?? Number.NaN;
const square = (n: number, f: (i: number, j: number) => number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_unused, j) => f(i, j)));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((s, v, k) => s + v * at(b, k, j), 0)));
const transposed = (a: Matrix): Matrix => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));

/** The same root by the eigenvalues, by Jacobi's rotations. */
const rootByEigenvalues = (matrix: Matrix): Matrix => {
  const n = matrix.length;
  let [a, v] = [matrix, square(n, (i, j) => Number(i === j))];
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const angle = Math.atan2(2 * at(a, p, q), at(a, p, p) - at(a, q, q)) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const turn = square(n, (i, j) =>
          i === j ? (i === p || i === q ? c : 1) : i === p && j === q ? -s : i === q && j === p ? s : 0,
        );
        a = product(transposed(turn), product(a, turn));
        v = product(v, turn);
      }
  const scaled = v.map((row) => row.map((x, j) => x * at(a, j, j) ** -0.25));
  return product(scaled, transposed(v));
};

export const shampooReference =
  (rate: number): TreeReference =>
  () => {
    const memory = new Map<string, readonly [Matrix, Matrix]>();
    return (directions) =>
      directions.map(({ path, shape, numbers }) => {
        const [rows = 1, columns = 1] = shape;
        if (shape.length !== 2) return numbers.map((g) => rate * g);
        const g = Array.from({ length: rows }, (_, i) => [
          ...numbers.subarray(i * columns, (i + 1) * columns),
        ]);
        const identity = (n: number): Matrix => square(n, (i, j) => Number(i === j));
        const [left, right] = memory.get(path) ?? [identity(rows), identity(columns)];
        const more = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + at(b, i, j)));
        const [l, r] = [more(left, product(g, transposed(g))), more(right, product(transposed(g), g))];
        memory.set(path, [l, r]);
        const update = product(product(rootByEigenvalues(l), g), rootByEigenvalues(r));
        return Float64Array.from(update.flat(), (u) => rate * u);
      });
  };
