import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  cumprod,
  customGrad,
  greater,
  keep,
  matMul,
  mul,
  ones,
  prod,
  reshape,
  square,
  sum,
  tanh,
  Tensor,
  tensor1d,
  tidy,
  topk,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import {
  differentiableOps,
  jvp,
  Key,
  liveTensors,
  orThrow,
  scope,
  toHost,
  toNumber,
  valueAndGradient,
  vjp,
} from '../../src';
import { record } from '../../src/internal';
import { messageOf, right, started } from '../support';

// Type alias: only aliases are trees to the compiler.
type P = { readonly x: Tensor };

const at = (...values: number[]): P => ({ x: tensor1d(values) });
const numbers = (t: Tensor): number[] => [...toHost(t)];

describe('the tape', () => {
  beforeAll(() => started('wasm'));

  it('gives sums and products of nothing a gradient of their shape', () => {
    scope(() => {
      for (const f of [sum, prod])
        for (const axis of [1, undefined]) {
          const of = ({ x }: P): Tensor => sum(f(x, axis));
          const { gradient } = orThrow(valueAndGradient(of)({ x: zeros([2, 0]) }));
          expect(gradient.x.shape).toEqual([2, 0]);
        }
    });
  });

  it('differentiates through nested tidies, masks and custom gradients', () => {
    const cube = customGrad((...args) => {
      const [t] = args;
      if (!(t instanceof Tensor)) throw new TypeError('a tensor');
      return { value: mul(t, square(t)), gradFunc: (dy: Tensor) => mul(dy, mul(square(t), 3)) };
    });
    scope(() => {
      const f = ({ x }: P): Tensor => sum(tidy(() => add(where(greater(x, 0), x, zerosLike(x)), cube(x))));
      expect(numbers(right(valueAndGradient(f)(at(2, -1))).gradient.x)).toEqual([13, 3]);
    });
  });

  it('gives a value of its own for an input, and for a tensor that somebody keeps', () => {
    const x = tensor1d([1, 2]);
    const kept: Tensor[] = [];
    for (const f of [
      () => x,
      () => {
        const y = keep(square(x));
        kept.push(y);
        return y;
      },
    ]) {
      const r = record(f);
      expect([x, ...kept]).not.toContain(r.value);
      const [g] = r.pullback(ones([2]), [x]);
      r.value.dispose();
      r.release();
      expect([...toHost(g ?? zeros([2]))]).toEqual(kept.length === 0 ? [1, 1] : [2, 4]);
      g?.dispose();
    }
    for (const y of [x, ...kept]) {
      expect(y.isDisposed).toBe(false);
      y.dispose();
    }
  });

  it('pulls back any number of times, until released', () => {
    scope(() => {
      const { x } = at(1, 2);
      const recording = record(() => square(x));
      for (const c of [1, 10]) {
        const [g] = recording.pullback(mul(ones([2]), c), [x]);
        expect(g === undefined ? [] : numbers(g)).toEqual([2 * c, 4 * c]);
      }
      recording.release();
      recording.release();
      expect(() => recording.pullback(ones([2]), [x])).toThrow(
        'memory error at pullback: expected a recording that is still held, found one that was released',
      );
    });
  });

  it('gives derivatives by tensors inside of the computation', () => {
    scope(() => {
      const { x } = at(3);
      let inside: Tensor | undefined;
      const recording = record(() => {
        inside = square(x);
        return mul(inside, 5);
      });
      const [byInside, byX] = recording.pullback(ones([1]), [inside ?? x, x]);
      expect([byInside, byX].map((t) => (t === undefined ? [] : numbers(t)))).toEqual([[5], [30]]);
      recording.release();
    });
  });

  it('nests: the derivative of a derivative, and a jvp of a vjp', () => {
    scope(() => {
      const cube = ({ x }: P): Tensor => sum(mul(x, square(x)));
      const slope = ({ x }: P): Tensor => sum(orThrow(valueAndGradient(cube)({ x })).gradient.x);
      expect(numbers(right(valueAndGradient(slope)(at(2, 3))).gradient.x)).toEqual([12, 18]);
      const pulled = ({ x }: P): Tensor =>
        orThrow(vjp(({ x: y }: P) => square(y))({ x }, ones([2]))).cotangent.x;
      expect(numbers(right(jvp(pulled)(at(2, 3), at(1, 10))).tangent)).toEqual([2, 20]);
    });
  });

  it('knows of an inner recording what was computed in it alone', () => {
    scope(() => {
      const { x } = at(2, 3);
      const seen: (number[] | undefined)[] = [];
      const outer = record(() => {
        const y = square(x);
        const inner = record(() => mul(y, 5));
        // What is computed later, of its value, is not its computation either.
        const z = mul(inner.value, 7);
        for (const wrt of [y, x, z]) {
          const [g] = inner.pullback(ones([2]), [wrt]);
          seen.push(g === undefined ? undefined : numbers(g));
        }
        inner.release();
        return sum(z);
      });
      expect(seen).toEqual([[5, 5], undefined, undefined]);
      const [g] = outer.pullback(ones([]), [x]);
      expect(g === undefined ? [] : numbers(g)).toEqual([140, 210]);
      outer.release();
    });
  });

  it('gives zero where the value does not depend on a tensor', () => {
    scope(() => {
      const f = ({ a }: { readonly a: Tensor; readonly b: Tensor }): Tensor => sum(a);
      const { gradient } = right(valueAndGradient(f)({ a: tensor1d([1]), b: tensor1d([1, 2]) }));
      expect(numbers(gradient.b)).toEqual([0, 0]);
    });
  });

  it('sums the cotangents of a tensor used twice, and of an op that returns its input', () => {
    scope(() => {
      expect(numbers(right(valueAndGradient(({ x }: P) => sum(add(x, x)))(at(1))).gradient.x)).toEqual([2]);
      expect(numbers(right(vjp(({ x }: P) => x)(at(1, 2), tensor1d([3, 4]))).cotangent.x)).toEqual([3, 4]);
    });
  });

  it('survives a long chain of ops', () => {
    scope(() => {
      const deep = ({ x }: P): Tensor => {
        let y = x;
        for (let i = 0; i < 3000; i++) y = add(y, 0.001);
        return sum(y);
      };
      expect(numbers(right(valueAndGradient(deep)(at(1))).gradient.x)).toEqual([1]);
    });
  });

  describe('errors are values of one line', () => {
    const cases: readonly (readonly [string, () => string, string])[] = [
      [
        'an op without a gradient',
        () => messageOf(valueAndGradient(({ x }: P) => sum(topk(x, 1).values))(at(1, 2))),
        'gradient error at TopK: expected an op with a gradient (the list is in src/autodiff/README.md), found op TopK, which has none',
      ],
      [
        'another',
        () => messageOf(valueAndGradient(({ x }: P) => sum(cumprod(x)))(at(1, 2))),
        'gradient error at Cumprod: expected an op with a gradient (the list is in src/autodiff/README.md), found op Cumprod, which has none',
      ],
      [
        'a value that is no scalar',
        () => messageOf(valueAndGradient(({ x }: P) => x)(at(1, 2))),
        'gradient error at valueAndGradient: expected a scalar function, found a value [2]',
      ],
      [
        'a cotangent of another shape',
        () => messageOf(vjp(({ x }: P) => x)(at(1, 2), ones([3]))),
        'shape error at cotangent: expected a tensor [2], found a tensor [3]',
      ],
      [
        'a tangent of another shape',
        () => messageOf(jvp(({ x }: P) => x)(at(1, 2), at(1))),
        'shape error at tangent.x: expected a tensor [2], found a tensor [1]',
      ],
    ];
    for (const [name, run, line] of cases)
      it(name, () => {
        const before = liveTensors();
        expect(scope(run)).toBe(line);
        expect(liveTensors()).toBe(before);
      });
  });

  it('an op off the path needs no gradient', () => {
    scope(() => {
      const f = ({ x }: P): Tensor => mul(sum(x), toNumber(sum(topk(x, 1).values)));
      expect(numbers(right(valueAndGradient(f)(at(1, 4))).gradient.x)).toEqual([4, 4]);
    });
  });

  it('frees everything when the function throws', () => {
    const before = liveTensors();
    expect(() => {
      scope(() => {
        const { x } = at(1);
        record(() => {
          tanh(square(x));
          throw new Error('from inside');
        });
      });
    }).toThrow('from inside');
    expect(liveTensors()).toBe(before);
  });

  it('documents every op', () => {
    const readme = readFileSync(join(__dirname, '..', '..', 'src', 'autodiff', 'README.md'), 'utf8');
    expect(differentiableOps.filter((op) => !new RegExp(`\\b${op}\\b`).test(readme))).toEqual([]);
  });
});

describe('no slow path: products of a dense layer, forward and backward', () => {
  beforeAll(() => started('wasm'));
  it('gives the numbers of the plain product for every transpose, also of large operands', () => {
    scope(() => {
      for (const [m, k, n] of [
        [3, 4, 5],
        [2, 600, 500],
        [500, 3, 600],
      ] as const)
        for (const ta of [false, true])
          for (const tb of [false, true]) {
            const a = Key.uniform(Key.key(1), ta ? [k, m] : [m, k], -1, 1);
            const b = Key.uniform(Key.key(2), tb ? [n, k] : [k, n], -1, 1);
            const [ah, bh] = [toHost(a), toHost(b)];
            const found = toHost(matMul(a, b, ta, tb));
            // A few entries by hand; float32 sums of k products of size 1/3.
            for (const [i, j] of [
              [0, 0],
              [m - 1, n - 1],
              [m >> 1, n >> 1],
            ] as const) {
              let total = 0;
              for (let l = 0; l < k; l++)
                total += (ah[ta ? l * m + i : i * k + l] ?? 0) * (bh[tb ? j * k + l : l * n + j] ?? 0);
              expect(Math.abs((found[i * n + j] ?? Number.NaN) - total)).toBeLessThan(
                1e-5 * Math.sqrt(k) + 1e-6,
              );
            }
          }
    });
  });
  it('is right for a reshaped operand, whose packing another shape has cached', () => {
    scope(() => {
      const b = Key.uniform(Key.key(3), [4, 6], -1, 1);
      const one = matMul(Key.uniform(Key.key(4), [2, 4]), b);
      expect(one.shape).toEqual([2, 6]);
      const a = Key.uniform(Key.key(5), [2, 6]);
      const [ah, bh] = [toHost(a), toHost(b)];
      const found = toHost(matMul(a, reshape(b, [6, 4])));
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 4; j++) {
          let total = 0;
          for (let l = 0; l < 6; l++) total += (ah[i * 6 + l] ?? 0) * (bh[l * 4 + j] ?? 0);
          expect(found[i * 4 + j]).toBeCloseTo(total, 5);
        }
    });
  });
  it('names inner dimensions that do not agree', () => {
    expect(() => scope(() => matMul(ones([2, 3]), ones([4, 2])))).toThrow(/inner/i);
  });
});
