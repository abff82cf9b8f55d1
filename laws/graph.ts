/** Laws of networks that branch: 27 to 29. Laws 1, 2, 4, 5, 7, 8, 19 to 21 and 23 draw them too. */
import * as fc from 'fast-check';
import {
  advance,
  affineWithNonlinearity,
  type Energy,
  energyOf,
  everyLayer,
  explicit,
  forwardState,
  groupParameters,
  Key,
  type Method,
  opaque,
  toHost,
  Tree,
  x,
} from '../src';
import { blockAt, linkAt, outputOf, runDirection, withDecrement } from '../src/internal';
import { buildNet, type ChainCase, chainsAndNets, logUniform, nets } from './arbitrary';
import { length, plus, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { agree, type TauCase } from './sweep';

/** The function under law that makes the energy of a network. */
export type MakeEnergy = typeof energyOf;

/**
 * Law 27: whatever the grouping, the links of a network compute what the network computes, bit for
 * bit.
 *
 * @param make makes the energy of a network. Default: `energyOf`
 *
 * @example check(linksCompose(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const linksCompose = (make: MakeEnergy = energyOf): Law<ChainCase> => ({
  number: numberOf('linksCompose'),
  name: 'the links of a network give its forward function, bit for bit',
  arbitrary: chainsAndNets(),
  holds: (c) => {
    const { net, parameters, example, loss } = buildNet(c);
    const expected = toHost(net.forward(parameters, example.input));
    return all(
      ...[everyLayer, affineWithNonlinearity, () => false].map((grouping, i): Verdict => {
        const energy = make(net, loss, { grouping });
        const state = forwardState(energy, groupParameters(energy, parameters), example.input);
        const found = toHost(outputOf(state, linkAt(energy, energy.links.length)));
        return atMost(`the distance by grouping ${i}`, length(plus(found, expected, -1)), 0);
      }),
    );
  },
});

/**
 * Law 28: a network and the same network as one node have one direction under backprop, within
 * float32 rounding.
 *
 * @param method backprop, of a step size τ
 *
 * @example check(opaqueAgrees((tau) => backprop({ tau })), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const opaqueAgrees = (method: (tau: number) => Method): Law<TauCase> => ({
  number: numberOf('opaque'),
  name: 'a network and the same as one node have one direction under backprop',
  arbitrary: fc.record({ chain: nets(), tau: logUniform(1e-2, 10) }),
  holds: ({ chain, tau }) => {
    const { net, parameters, example, loss } = buildNet(chain);
    const { energy: options, schedule } = method(tau);
    const [open, closed] = [net, opaque(net)].map((n) => {
      const energy = energyOf(n, loss, options);
      return values(runDirection(energy, schedule(energy.links), parameters, example).direction);
    });
    return open === undefined || closed === undefined ? 'no direction' : agree('Δθ', open, closed, tau);
  },
});

/** ∇E by x[l], frozen, by one explicit step. */
const frozenGradient = (
  energy: Energy,
  state: ReturnType<typeof forwardState>,
  target: Parameters<typeof advance>[3],
  link: number,
  run: typeof advance,
): Float64Array => {
  const block = x(link);
  const { state: after } = run(energy, explicit(block, 1, { frozen: true }), state, target);
  const [before, now] = [blockAt(state, block).decrement, blockAt(after, block).decrement];
  if (now === undefined) return new Float64Array(0);
  return before === undefined ? values(now) : plus(values(now), values(before), -1);
};

/**
 * Law 29: if one input of a sum moves, the frozen gradient by the other input stays as it was, so
 * skip paths are not lost. Tolerance: float32 rounding, 1e-6.
 *
 * @param run what runs a step from a state. Default: `advance`
 *
 * @example check(sumsDoNotForget(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const sumsDoNotForget = (run: typeof advance = advance): Law<ChainCase> => ({
  number: numberOf('sums'),
  name: 'moving one input of a sum leaves the frozen gradient by the other as it was',
  arbitrary: nets(),
  holds: (c) => {
    const { net, parameters, example, loss } = buildNet(c);
    const energy = energyOf(net, loss);
    const start = forwardState(energy, groupParameters(energy, parameters), example.input);
    const key = Key.fold(Key.key(c.seed), 9);
    const moved = (link: number): typeof start =>
      withDecrement(
        start,
        x(link),
        Tree.map((leaf) => Key.uniform(Key.fold(key, link), leaf.shape, -1, 1))(
          blockAt(start, x(link)).anchor,
        ),
      );
    return all(
      ...energy.links
        .filter(({ reads, slope, last }) => reads.length > 1 && slope(0) !== undefined && !last)
        .map(({ number, reads: [first = 0, second = 0] }): Verdict => {
          // What reads the one to give the other pulls at it too.
          if (first === 0 || linkAt(energy, second).reads.includes(first)) return true;
          // Behind the sum something moves too, so that there is a force to hand down.
          const behind = moved(number);
          const both = withDecrement(behind, x(second), blockAt(moved(second), x(second)).decrement ?? []);
          const [a, b] = [behind, both].map((s) => frozenGradient(energy, s, example.target, first, run));
          return a === undefined || b === undefined
            ? 'no gradient'
            : atMost(`the change at x[${first}]`, length(plus(a, b, -1)), 1e-6 * (1 + length(a)));
        }),
    );
  },
});
