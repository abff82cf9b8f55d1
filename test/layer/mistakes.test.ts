/** What users do wrong in a layer of their own, and the line that tells them what to do. */
import {
  add,
  concat,
  gather,
  keep,
  mean,
  mul,
  scalar,
  sub,
  sum,
  type Tensor,
  tensor,
  topk,
} from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  backprop,
  chain,
  describe as line,
  direction,
  dispose,
  Key,
  layer,
  linear,
  squaredError,
} from '../../src';
import { check, type LayerCase, layerLaws } from '../../laws';
import { messageOf, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

type Gain = { readonly gain: Tensor };

/** A layer [3] → [3] with a gain, and one thing wrong. */
const wrong = (
  forward: (p: Gain, x: Tensor) => Tensor,
  more: { readonly init?: (key: Key.Key) => Gain; readonly affine?: boolean } = {},
) =>
  layer<Gain, readonly [3], readonly [3]>({
    name: 'mine',
    input: [3],
    output: [3],
    init: (key) => ({ gain: Key.uniform(key, [3], 0.5, 1) }),
    forward,
    ...more,
  });

type Mine = ReturnType<typeof wrong>;

/** The line of a call with a batch of 5. */
const called = (l: Mine): string => {
  const x = Key.uniform(Key.key(1), [5, 3], -1, 1);
  const result = attempt(() => l.forward(l.init(Key.key(0)), x));
  const text = E.isLeft(result) ? line(result.left) : 'nothing';
  dispose(x);
  return text;
};

/** The lines of the laws that it breaks. */
const broken = (make: LayerCase['make']): readonly string[] =>
  layerLaws({ name: 'mine', make }).flatMap((law) => {
    const { violation } = check(law, { numRuns: 20 });
    return violation === undefined ? [] : [`${law.name}: ${violation.replace(/; smallest case.*/, '')}`];
  });

/** The line of a gradient step. */
const stepped = (l: Mine): string => {
  const net = chain(l, linear(3, 2));
  const parameters = net.init(Key.key(0));
  const example = { input: Key.uniform(Key.key(1), [5, 3], -1, 1), target: Key.uniform(Key.key(2), [5, 2]) };
  return messageOf(direction(net, squaredError, backprop())(parameters, example));
};

describe('a mistake in a layer gets a line that says what to do', () => {
  it('another output shape than declared', () => {
    expect(called(wrong(({ gain }, x) => sum(mul(x, gain), 1, true)))).toBe(
      'shape error at mine.output: expected [5, 3] as declared for a batch of 5 (one output for each input, whatever its values), found [5, 1]',
    );
  });

  it('an output whose shape depends on the data', () => {
    const positive = (x: Tensor): Tensor => {
      const rows = x.arraySync() as number[][];
      const kept = rows.flatMap((row, i) => ((row[0] ?? 0) > 0 ? [i] : []));
      return gather(x, tensor(Int32Array.from(kept), [kept.length], 'int32'));
    };
    expect(called(wrong(({ gain }, x) => mul(positive(x), gain)))).toMatch(
      /^shape error at mine\.output: expected \[5, 3\] as declared for a batch of 5 \(one output for each input, whatever its values\), found \[[0-4], 3\]$/,
    );
  });

  it('a tensor kept from an earlier call', () => {
    let shift: Tensor | undefined;
    const mine = wrong(({ gain }, x) => {
      shift ??= scalar(1);
      return add(mul(x, gain), shift);
    });
    const twice = (): string => {
      stepped(mine);
      return called(mine);
    };
    expect(twice()).toBe(
      'memory error at mine.forward: expected tensors that are alive (make constants inside the function, or hold them as numbers), found one that was freed at the end of its scope',
    );
  });

  it('a chained method', () => {
    // What the compiler refuses has no type, which is what the linter minds.
    // @ts-expect-error the compiler says so too
    // oxlint-disable-next-line typescript/no-unsafe-return, typescript/no-unsafe-call
    expect(called(wrong(({ gain }, x) => x.mul(gain)))).toBe(
      'layer error at mine.forward: expected ops as functions: mul(…), imported from @tensorflow/tfjs-core, found the method x.mul(…), which is not loaded',
    );
  });

  it('operands that do not go together', () => {
    expect(called(wrong(({ gain }, x) => add(x, concat([gain, gain]))))).toMatch(
      /^layer error at mine\.forward: expected a function that runs on its inputs, found Operands could not be broadcast together with shapes 5,3 and 6/,
    );
  });

  it('a promise', () => {
    // @ts-expect-error the compiler says so too
    expect(called(wrong(async ({ gain }, x) => mul(x, (await gain.data())[0] ?? 0)))).toBe(
      'layer error at mine.forward: expected a tensor, at once (forward is a synchronous function of tensors), found a promise',
    );
  });

  it('no tensor', () => {
    // @ts-expect-error the compiler says so too
    expect(called(wrong(() => 3))).toBe(
      'layer error at mine.forward: expected a tensor, at once (forward is a synchronous function of tensors), found number',
    );
  });

  it('an op without a gradient', () => {
    expect(stepped(wrong(({ gain }, x) => topk(mul(x, gain), 3).values))).toBe(
      'gradient error at link 1 (mine), θ_1, TopK: expected an op with a gradient (the list is in src/autodiff/README.md), found op TopK, which has none',
    );
  });

  it('random numbers of no key, in forward', () => {
    expect(broken(() => wrong(({ gain }, x) => mul(mul(x, gain), Math.random())))).toContainEqual(
      expect.stringMatching(
        /^mine: pure: the difference of two calls with one input \(no state, and no random numbers, but those of a key\) is /,
      ),
    );
  });

  it('random numbers of no key, in init', () => {
    const init = (): Gain => ({ gain: tensor([Math.random(), 1, 1]) });
    expect(broken(() => wrong(({ gain }, x) => mul(x, gain), { init }))).toContainEqual(
      expect.stringMatching(
        /^mine: parameters are a function of their key: the difference of the parameters of one key \(draw them by Key\.uniform or Key\.normal\) is /,
      ),
    );
  });

  it('a freed input', () => {
    const greedy = wrong(({ gain }, x) => {
      const y = mul(x, gain);
      x.dispose();
      return y;
    });
    expect(broken(() => greedy)).toContainEqual(
      'mine: pure: an input was freed: forward must leave alone what it is given, scopes free what it makes',
    );
  });

  it('examples that are mixed', () => {
    expect(broken(() => wrong(({ gain }, x) => mul(sub(x, mean(x, 0)), gain)))).toContainEqual(
      expect.stringMatching(
        /^mine: batch-equivariant: the distance of a joined batch from its parts \(each example is treated alone\) is /,
      ),
    );
  });

  it('values read from a tensor, which no gradient passes', () => {
    const read = (x: Tensor): Tensor => tensor(x.arraySync());
    expect(broken(() => wrong(({ gain }, x) => mul(read(x), gain)))).toContainEqual(
      expect.stringMatching(
        /^mine: gradients match float64 differences: the error of the gradient \(does forward read values, or stop gradients\?\) is /,
      ),
    );
  });

  it('a layer called affine that is not', () => {
    expect(broken(() => wrong(({ gain }, x) => mul(x, mul(gain, gain)), { affine: true }))).toContainEqual(
      expect.stringMatching(
        /^mine: affine in its parameters, if it says so: the distance of .* \(declared affine: leave that out, if it is not\) is /,
      ),
    );
  });

  // Last: it leaves tensors behind.
  it('a tensor that is kept for good', () => {
    expect(broken(() => wrong(({ gain }, x) => keep(mul(x, gain)).clone()))).toContainEqual(
      expect.stringMatching(
        /^mine: leaves no tensor behind: \d+ tensors were left behind \(keep, or a scope that was left open\)$/,
      ),
    );
  });
});

describe('no mistake', () => {
  it('breaks no law', () => {
    expect(broken(() => wrong(({ gain }, x) => mul(x, gain), { affine: true }))).toEqual([]);
  });
});
