/** Functions of which a recording keeps no more than the arguments. */
import { add, exp, matMul, mul, square, sub, sum, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  dispose,
  Formula,
  jvp,
  Key,
  liveTensors,
  orThrow,
  scope,
  type Tree,
  valueAndGradient,
  vjp,
} from '../../src';
import { record, rematerialised, withDerivative } from '../../src/autodiff';
import { relativeDistance, values } from '../../laws';
import { started, testBackends } from '../support';

/** Of x it is no polynomial, so that no second derivative is zero. */
const plain = (x: Tensor, y: Tensor): Tensor => mul(exp(tanh(matMul(x, y))), x);
const again = rematerialised(plain);

const at = () => ({ x: Key.uniform(Key.key(1), [3, 3], -1, 1), y: Key.uniform(Key.key(2), [3, 3], -1, 1) });
type Point = ReturnType<typeof at>;

/** What derivatives of both orders are, of a function that has more around it. */
const derivatives = (f: (x: Tensor, y: Tensor) => Tensor): readonly Tree.Tree[] => {
  const whole = ({ x, y }: Point): Tensor => mul(f(mul(x, 2), add(x, y)), x);
  const [p, v] = [at(), { x: Key.uniform(Key.key(3), [3, 3]), y: Key.uniform(Key.key(4), [3, 3]) }];
  const u = Key.uniform(Key.key(5), [3, 3], -1, 1);
  const { cotangent, value } = orThrow(vjp(whole)(p, u));
  const gradient = (q: Point): Tensor => {
    const { x, y } = orThrow(vjp(whole)(q, u)).cotangent;
    return add(x, y);
  };
  return [value, cotangent, orThrow(jvp(whole)(p, v)).tangent, orThrow(jvp(gradient)(p, v)).tangent];
};

describe.each(testBackends)('rematerialised functions on %s', (backend) => {
  beforeAll(() => started(backend));

  it('have the values and the derivatives of both orders of the function', () => {
    scope(() => {
      const [expected, found] = [derivatives(plain), derivatives(again)];
      expected.forEach((tree, i) => {
        // The same ops on the same numbers; sums of cotangents may take another order, which float32 rounds by 1e-7 each.
        expect(relativeDistance(values(found[i] ?? []), values(tree))).toBeLessThan(1e-6);
      });
    });
  });

  it('are recorded by their arguments alone', () => {
    const { x, y } = at();
    const before = liveTensors();
    const held = [plain, again].map((f) => {
      const recording = record(() => f(x, y));
      const alive = liveTensors() - before;
      recording.release();
      dispose(recording.value);
      return alive;
    });
    // Beside the value: x and y as they were saved.
    expect(held[1]).toBe(3);
    expect(held[0]).toBeGreaterThan(3);
    expect(liveTensors()).toBe(before);
    dispose(x, y);
  });

  it('may return an argument, or do without one', () => {
    scope(() => {
      const { x, y } = at();
      const same = rematerialised((a: Tensor, b: Tensor) => (b.size > 0 ? a : b));
      const { gradient } = orThrow(valueAndGradient((p: Point) => sum(mul(same(p.x, p.y), p.x)))({ x, y }));
      expect(relativeDistance(values(gradient.x), values(mul(x, 2)))).toBeLessThan(1e-6);
      expect([...values(gradient.y)].every((v) => v === 0)).toBe(true);
    });
  });

  it('may have a derivative of their own, as a formula', () => {
    scope(() => {
      const own = withDerivative(
        (x: Tensor) => mul(tanh(x), x),
        (x: Tensor) => add(tanh(x), mul(x, sub(1, square(tanh(x))))),
      );
      const [expected, found] = [(x: Tensor) => mul(tanh(x), x), own].map((f) =>
        derivatives((x, y) => f(matMul(x, y))),
      );
      expected?.forEach((tree, i) => {
        // Another formula for the same number: some roundings of 6e-8 more.
        expect(relativeDistance(values(found?.[i] ?? []), values(tree))).toBeLessThan(1e-5);
      });
      // What the formula says counts, and nothing else.
      const wrong = withDerivative(tanh, (x) => mul(x, 0));
      const { gradient } = orThrow(valueAndGradient((p: Tensor) => sum(wrong(p)))(at().x));
      expect([...values(gradient)].every((v) => v === 0)).toBe(true);
    });
  });

  it('of a formula keeps only its argument, and leaves it where a result may have its memory', () => {
    scope(() => {
      const { x } = at();
      const step = (p: Tensor): Tensor => {
        const [moved = p] = Formula.evaluate([Formula.affine(Formula.input(0), 3)], [p.clone()], [0]);
        return sum(mul(moved, p));
      };
      const { gradient } = orThrow(valueAndGradient(step)(x));
      expect(relativeDistance(values(gradient), values(mul(x, 6)))).toBeLessThan(1e-6);
    });
  });
});
