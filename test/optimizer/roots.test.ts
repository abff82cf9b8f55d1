/** Eigenvalues and roots of symmetric matrices, by what they have to satisfy. */
import { matMul, sub, eye, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { attempt, Key, Optimizer, scope, Tree, toHost } from '../../src';
import { inverseRoot, symmetricEigen } from '../../src/optimizer/roots';
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

it.each([1, 2, 7, 30])('A·V = V·Λ and VᵀV = I for order %i, to float64 rounding', (n) => {
  scope(() => {
    const a = definite(n, 0.1);
    const { values, vectors: v, residual } = symmetricEigen('a', a, n);
    const size = Math.hypot(...a);
    let [worst, off] = [0, 0];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let [av, vv] = [0, 0];
        for (let k = 0; k < n; k++) {
          av += (a[i * n + k] ?? 0) * (v[k * n + j] ?? 0);
          vv += (v[k * n + i] ?? 0) * (v[k * n + j] ?? 0);
        }
        worst = Math.max(worst, Math.abs(av - (v[i * n + j] ?? 0) * (values[j] ?? 0)) / size);
        off = Math.max(off, Math.abs(vv - Number(i === j)));
      }
    console.log(`order ${n}: residual ${residual.toExponential(1)}, A·V − V·Λ ${worst.toExponential(1)}`);
    // Rounding of sums of n products, n sweeps of rotations.
    expect(worst).toBeLessThan(1e-13);
    expect(off).toBeLessThan(1e-13);
  });
});

it.each([2, 4])('X^%i·A = I for X = inverseRoot(A), to float32 rounding', (p) => {
  scope(() => {
    const n = 8;
    const a = tensor(Float32Array.from(definite(n, 1)), [n, n]);
    const x = inverseRoot('a', a, p);
    let power = a;
    for (let k = 0; k < p; k++) power = matMul(x, power);
    // Condition number 50, float32 products.
    expect(Math.max(...toHost(sub(power, eye(n))).map(Math.abs))).toBeLessThan(1e-4);
  });
});

it('refuses what has no such root, in one line', () => {
  scope(() => {
    const of = (numbers: readonly number[]): string =>
      messageOf(attempt(() => inverseRoot('here', tensor([...numbers], [2, 2]), 4)));
    expect(of([1, 2, 2, 1])).toMatch(
      /^solver error at here: expected a positive definite matrix, found an eigenvalue -1\.00$/,
    );
    expect(of([1, Number.NaN, Number.NaN, 1])).toMatch(
      /^solver error at here: expected a symmetric matrix whose eigenvalues converge, found one of order 2/,
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
