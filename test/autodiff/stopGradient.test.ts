/** Constants of differentiation: their values, and that derivatives of every order end there. */
import { add, mul, round, square, sub, sum, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  type Backend,
  chain,
  jvp,
  Key,
  layer,
  linear,
  liveTensors,
  orThrow,
  scope,
  stopGradient,
  toHost,
  valueAndGradient,
} from '../../src';
import { messageOf, right, started, testBackends } from '../support';

const backends: readonly Backend[] = [...testBackends, 'float64'];

// Type alias: only aliases are trees to the compiler.
type P = { readonly x: Tensor };

/** The gradient of Σ f(x) ⊙ u. */
const gradient = (f: (x: Tensor) => Tensor, x: Tensor, u: readonly number[]): number[] =>
  scope(() => [
    ...toHost(right(valueAndGradient(({ x: y }: P) => sum(mul(f(y), tensor1d([...u]))))({ x })).gradient.x),
  ]);

describe.each(backends)('stopGradient on %s', (backend) => {
  beforeAll(() => started(backend));

  it('has the value and no derivative, of any order', () => {
    const before = liveTensors();
    scope(() => {
      const x = tensor1d([2, -3]);
      expect([...toHost(stopGradient(x))]).toEqual([2, -3]);
      expect(gradient(stopGradient, x, [1, 1])).toEqual([0, 0]);
      expect(gradient((y) => mul(y, stopGradient(y)), x, [1, 1])).toEqual([2, -3]);
      expect(gradient((y) => square(mul(y, stopGradient(y))), x, [1, 1])).toEqual([16, -54]);
      // d/dx of the gradient 2·x·c² with the constant c = x, which is none to the outer derivative.
      const slope = (y: Tensor): Tensor =>
        orThrow(valueAndGradient(({ x: z }: P) => sum(square(mul(z, stopGradient(z)))))({ x: y })).gradient.x;
      expect(gradient(slope, x, [1, 1])).toEqual([8, 18]);
      const { tangent } = right(
        jvp(({ x: y }: P) => mul(y, stopGradient(y)))({ x }, { x: tensor1d([1, 10]) }),
      );
      expect([...toHost(tangent)]).toEqual([2, -30]);
      const straight = (y: Tensor): Tensor => add(y, stopGradient(sub(round(y), y)));
      expect(gradient(straight, tensor1d([0.4, 1.6]), [3, 4])).toEqual([3, 4]);
    });
    expect(liveTensors()).toBe(before);
  });

  it('gives a tensor of its own', () => {
    const x = tensor1d([1]);
    stopGradient(x).dispose();
    expect([...toHost(x)]).toEqual([1]);
    x.dispose();
  });

  it('stands in layers, whose first link then has no gradient', () => {
    const before = liveTensors();
    const held = layer({
      name: 'held',
      input: [3],
      output: [3],
      init: () => ({}),
      forward: (_, x) => stopGradient(x),
    });
    const net = chain(linear(2, 3), held, linear(3, 1));
    scope(() => {
      const p = net.init(Key.key(1));
      const x = Key.uniform(Key.key(2), [4, 2], -1, 1);
      const { gradient: g } = right(valueAndGradient((q: typeof p) => sum(net.forward(q, x)))(p));
      expect([...toHost(g[0].weights), ...toHost(g[0].bias)]).toEqual(new Array(9).fill(0));
      expect([...toHost(g[2].bias)]).toEqual([4]);
    });
    expect(liveTensors()).toBe(before);
  });

  it('refuses what is no tensor, and one that was freed', () => {
    const freed = Key.uniform(Key.key(1), [2], 0, 1);
    freed.dispose();
    // Programs without types give anything.
    const line = (x: unknown): string => messageOf(attempt(() => stopGradient(x as Tensor)));
    expect([undefined, freed].map(line)).toEqual([
      'data error at stopGradient: expected a tensor, found undefined',
      'memory error at stopGradient: expected a tensor that lives, found a freed one',
    ]);
  });
});
