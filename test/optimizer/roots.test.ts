/** Eigenvalues and roots of symmetric matrices, by what they have to satisfy. */
import { matMul, sub, eye, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { attempt, Key, Optimizer, scope, Tree, toHost } from '../../src';
import { symmetricEigen } from '../../src/optimizer/eigen';
import { inverseRoot } from '../../src/optimizer/roots';
import { shampooReference } from '../../src/registry/treeReferences';
import { messageOf, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

/** G·Gᵀ + c·I. */
const definite = (n: number, c: number): Float64Array => {
  const g = toHost(Key.normal(Key.key(n), [n, n]));
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    let total = i === j ? c : 0;
    for (let m = 0; m < n; m++) total += (g[i * n + m] ?? 0) * (g[j * n + m] ?? 0);
    return total;
  });
};

it.each([1, 2, 7, 30, 100])('A·V = V·Λ and VᵀV = I for order %i, to float64 rounding', (n) => {
  scope(() => {
    const a = definite(n, 0.1);
    const { values, vectors } = symmetricEigen('a', a, n);
    const v = (i: number, j: number): number => vectors[j]?.[i] ?? Number.NaN;
    const size = Math.hypot(...a);
    let [worst, off] = [0, 0];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let [av, vv] = [0, 0];
        for (let k = 0; k < n; k++) {
          av += (a[i * n + k] ?? 0) * v(k, j);
          vv += v(k, i) * v(k, j);
        }
        worst = Math.max(worst, Math.abs(av - v(i, j) * (values[j] ?? 0)) / size);
        off = Math.max(off, Math.abs(vv - Number(i === j)));
      }
    console.log(`order ${n}: A·V − V·Λ ${worst.toExponential(1)}, VᵀV − I ${off.toExponential(1)}`);
    // Rounding of sums of n products, n reflections and about 2n steps of rotations.
    expect(worst).toBeLessThan(1e-13);
    expect(off).toBeLessThan(1e-13);
  });
});

it.each([2, 4])('X^%i·A = I for X = inverseRoot(A), to float32 rounding', (p) => {
  scope(() => {
    const n = 8;
    const a = tensor(Float32Array.from(definite(n, 1)), [n, n]);
    const x = inverseRoot('a', a, p, 1);
    let power = a;
    for (let k = 0; k < p; k++) power = matMul(x, power);
    // Condition number 50, float32 products.
    expect(Math.max(...toHost(sub(power, eye(n))).map(Math.abs))).toBeLessThan(1e-4);
  });
});

it.each([
  ['zero', [0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0]],
  ['diagonal', [3, 0, 0, 0, -1, 0, 0, 0, 2], [-1, 2, 3]],
  ['of equal eigenvalues', [2, 1, 1, 1, 2, 1, 1, 1, 2], [1, 1, 4]],
  ['of rank 1', [1, 2, 3, 2, 4, 6, 3, 6, 9], [0, 0, 14]],
  ['over twelve decades', [1e6, 0, 1e-3, 0, 1, 0, 1e-3, 0, 1e-6], [1e-6 - 1e-12, 1, 1e6]],
])('finds the eigenvalues of a matrix that is %s', (_name, matrix, wanted) => {
  const { values } = symmetricEigen('a', Float64Array.from(matrix), 3);
  // A few roundings of the largest.
  const bound = 4e-16 * Math.max(...wanted.map(Math.abs));
  [...values]
    .sort((a, b) => a - b)
    .forEach((value, i) => {
      expect(Math.abs(value - (wanted[i] ?? Number.NaN))).toBeLessThanOrEqual(4 * bound);
    });
});

it('counts an eigenvalue below the least as that, and refuses what is not finite, in one line', () => {
  scope(() => {
    const of = (numbers: readonly number[]) => inverseRoot('here', tensor([...numbers], [2, 2]), 2, 0.25);
    // Eigenvalues 3 and −1, which counts as 1/4.
    const [a, b] = [(1 / Math.sqrt(3) + 2) / 2, (1 / Math.sqrt(3) - 2) / 2];
    toHost(of([1, 2, 2, 1])).forEach((x, i) => {
      expect(x).toBeCloseTo(i === 0 || i === 3 ? a : b, 6);
    });
    expect(messageOf(attempt(() => of([1, Number.NaN, Number.NaN, 1])))).toBe(
      'solver error at here: expected a symmetric matrix whose eigenvalues converge, found one of order 2 that is not finite',
    );
  });
});

it('shampoo follows its formula in float64', () => {
  scope(() => {
    const optimizer = Optimizer.shampoo(0.1, 0.1);
    const parameters = { w: Key.normal(Key.key(1), [6, 4]), b: Key.normal(Key.key(2), [5]) };
    const reference = shampooReference(0.1, 0.1)();
    let state = Optimizer.initOptimizer(optimizer, parameters);
    let worst = 0;
    for (let t = 1; t <= 20; t++) {
      const direction = {
        w: Key.normal(Key.fold(Key.key(3), t), [6, 4]),
        b: Key.normal(Key.fold(Key.key(4), t), [5]),
      };
      const { update, state: next } = Optimizer.updateOptimizer(optimizer, direction, state, parameters);
      state = next;
      const host = (tree: Tree.Tree) =>
        Tree.leavesWithPath(tree).map(([path, leaf]) => ({ path, shape: leaf.shape, numbers: toHost(leaf) }));
      const wanted = reference(host(direction), host(parameters), t);
      host(update).forEach(({ numbers }, l) => {
        const right = wanted[l] ?? numbers;
        const size = Math.hypot(...right);
        worst = Math.max(worst, Math.hypot(...numbers.map((v, i) => v - (right[i] ?? 0))) / size);
      });
    }
    console.log(`shampoo: the largest relative error of 20 updates is ${worst.toExponential(1)}`);
    // float32 sums of L and R, whose roots are taken in float64.
    expect(worst).toBeLessThan(1e-5);
  });
});
