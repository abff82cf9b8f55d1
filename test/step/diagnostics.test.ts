/** What a schedule is said to have done, beside the same by the host from values alone. */
import { mul, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  andThen,
  chain,
  energyOf,
  energyTerms,
  explicit,
  Key,
  linear,
  nothing,
  orThrow,
  runStep,
  scope,
  squaredError,
  type Step,
  tanh,
  theta,
  toHost,
  toNumber,
  Tree,
  valueAndGradient,
  x,
} from '../../src';
import { valueOf } from '../../src/internal';
import { diagnose } from '../../src/step';
import { inner, length, plus, values } from '../../laws';
import { started } from '../support';

const net = chain(linear(5, 4), tanh(4), linear(4, 3));
type P = ReturnType<typeof net.init>;

describe('diagnostics', () => {
  beforeAll(() => started('wasm'));

  const seen = (step: Step, parameters: P = net.init(Key.key(1))) => {
    const example = {
      input: Key.uniform(Key.key(2), [6, 5], -1, 1),
      target: Key.uniform(Key.key(3), [6, 3], -1, 1),
    };
    const energy = energyOf(net, squaredError);
    const { gradient } = orThrow(
      valueAndGradient((p: P) => squaredError.value(net.forward(p, example.input), example.target))(
        parameters,
      ),
    );
    return runStep(energy, step, parameters, example, 'plain', ({ state }, start) => ({
      found: diagnose(energy, start, state, example.target),
      change: state.parameters.map((v, i) =>
        plus(
          values(valueOf(v)),
          values(start.parameters[i] === undefined ? [] : valueOf(start.parameters[i])),
          -1,
        ),
      ),
      gradient: gradient.map((g) => values(g)),
      input: example.input,
      terms: [start, state].map((s) => energyTerms(energy, s, example.target).map(toNumber)),
      output: toHost(state.activations[1] === undefined ? example.input : valueOf(state.activations[1])),
    }));
  };

  it('are the cosines between what moved and −∇J, link by link and of all', () => {
    scope(() => {
      const { found, change, gradient } = seen(
        andThen(explicit(theta(3), 0.3), explicit(x(2), 1), explicit(x(1), 1), explicit(theta(1), 0.5)),
      );
      const cosine = (a: Float64Array, b: Float64Array): number => -inner(a, b) / (length(a) * length(b));
      const joined = (all: readonly Float64Array[]): Float64Array =>
        Float64Array.from(all.flatMap((a) => [...a]));
      // Float32 rounding of some dozen products.
      for (const i of [0, 2])
        expect(found.links[i]?.cosine).toBeCloseTo(
          cosine(change[i] ?? new Float64Array(0), gradient[i] ?? new Float64Array(0)),
          5,
        );
      expect(found.links[1]?.cosine).toBeNull();
      // The last link was moved by the gradient itself.
      expect(found.links[2]?.cosine).toBeCloseTo(1, 5);
      expect(found.cosine).toBeCloseTo(cosine(joined(change), joined(gradient)), 5);
    });
  });

  it('are null where nothing moved, or nothing is to be gained', () => {
    scope(() => {
      const { found } = seen(nothing);
      expect([found.cosine, ...found.links.map((l) => l.cosine)]).toEqual([null, null, null, null]);
      const zero = seen(nothing, Tree.map((p) => zerosLike(mul(p, 1)))(net.init(Key.key(1))));
      // f of the first link is zero: how far its activation is from it has no share.
      expect(zero.found.links[0]?.infeasibility).toBeNull();
    });
  });

  it('are the terms of E before and after, and how far activations are from feasible', () => {
    scope(() => {
      const { found, terms, output, input } = seen(andThen(explicit(x(2), 0.3), explicit(x(1), 0.3)));
      const sum = (all: readonly number[] = []): number => all.reduce((a, b) => a + b, 0);
      expect(found.before).toBeCloseTo(sum(terms[0]), 6);
      expect(found.energy).toBeCloseTo(sum(terms[1]), 6);
      expect(found.energy).toBeLessThan(found.before);
      expect(found.links.map((l) => l.energy)).toEqual(terms[1]);
      expect(found.links[2]?.infeasibility).toBeNull();
      const f = values(net.layers[0].forward(net.init(Key.key(1))[0], input));
      expect(found.links[0]?.infeasibility).toBeCloseTo(length(plus(f, output, -1)) / length(f), 4);
    });
  });
});
