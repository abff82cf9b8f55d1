/**
 * Recurrent networks, unrolled over the rows of their input [T, F]: row t is seen at time t. Each
 * time has its own nodes: a join that takes the row, and two dense layers, `input` on the row and
 * `hidden` on h_{t−1}. The dense layers of all times share their parameters. So backprop is
 * backpropagation through time, and an implicit step solves one ridge system with the rows of all
 * times. The rest has no parameters: one join for each state.
 */
import {
  add,
  concat as concatTensors,
  mul,
  ones,
  reshape,
  sigmoid,
  slice,
  sub,
  tanh,
  type Tensor,
  zeros,
} from '@tensorflow/tfjs-core';
import { checkShape, fail, Key, scope } from '../core';
import { glorot, type Initialiser } from './initialiser';
import { join } from './joins';
import { type AnyJoin, type AnyLayer, type Layer } from './layer';
import { linear, type LinearParameters } from './linear';
import { input, met, netOf, type Wiring, wired } from './net';

// A type alias, not an interface: only aliases are trees to the compiler.
/**
 * The parameters of a recurrent layer: `input` has W_x [G·H, F] and b_x [G·H], `hidden` has W_h
 * [G·H, H] and b_h [G·H]. The G gates lie one below the other.
 */
export type RecurrentParameters = { readonly input: LinearParameters; readonly hidden: LinearParameters };

/** Options of `rnn`, `gru` and `lstm`. */
export interface RecurrentOptions {
  /** How the matrices and biases of each gate start. Default `glorot`, with biases 0. */
  readonly initialiser?: Initialiser;
}

/** The G parts of [N, G·H], each [N, H]. */
const gatesOf = (x: Tensor, count: number): readonly Tensor[] => {
  const width = (x.shape[1] ?? 0) / count;
  return Array.from({ length: count }, (_, g) => slice(x, [0, g * width], [-1, width]));
};

const gate = (gates: readonly Tensor[], g: number): Tensor =>
  gates[g] ?? fail('shape', 'recurrent', `gate ${g}`, 'none');

/** How a kind of network goes on from one time to the next. */
interface Cell {
  readonly name: string;
  /** G. */
  readonly gates: number;
  /**
   * The joins of one time: each a new state, of W_x·x_t + b_x, W_h·h_{t−1} + b_h and states. The
   * last is h_t.
   */
  readonly joins: (hidden: number) => readonly {
    readonly name: string;
    readonly join: AnyJoin;
    /** Which states it takes: 0 is h_{t−1}; i that of the i-th join, as it is by then. */
    readonly states: readonly number[];
  }[];
  /** What is added to b_x as it begins. */
  readonly bias?: (hidden: number) => Tensor;
}

const named = ({ nodes, output }: Wiring, name: string): Wiring => ({
  nodes: nodes.map((node, i) => (i === nodes.length - 1 ? { ...node, name } : node)),
  output,
});

const unrolled = (
  { name, gates, joins, bias }: Cell,
  [times, features]: readonly [number, number],
  hidden: number,
  { initialiser = glorot }: RecurrentOptions,
): AnyLayer => {
  const shape = checkShape(name, [times, features]);
  checkShape(`${name}.hidden`, [hidden]);
  const width = gates * hidden;
  /** Each gate is drawn as a layer of its own. */
  const drawn = (fanIn: number, extra?: (hidden: number) => Tensor): Initialiser => ({
    weights: (key, wanted) => initialiser.weights(key, wanted, { fanIn, fanOut: hidden }),
    bias: (key, wanted) =>
      scope(() => {
        const b = initialiser.bias(key, wanted, { fanIn, fanOut: hidden });
        return extra === undefined ? b : add(b, extra(hidden));
      }),
  });
  const ofInput = linear(features, width, drawn(features, bias));
  const ofHidden = linear(hidden, width, drawn(hidden));
  const row = (t: number): AnyJoin =>
    join({
      name: 'row',
      inputs: [shape],
      output: [features],
      arranges: true,
      forward: ([x]) => reshape(slice(x, [0, t, 0], [-1, 1, -1]), [x.shape[0], features]),
    });
  const start: AnyJoin = join({
    name: 'start',
    inputs: [shape],
    output: [hidden],
    arranges: true,
    forward: ([x]) => zeros([x.shape[0], hidden]),
  });
  const states = joins(hidden);
  const begun = named(met(input, start, [0]), 'start');
  interface Time extends Wiring {
    /** h, then the state of each join. */
    readonly carried: readonly number[];
  }
  const first: Time = { ...begun, carried: [begun.output, ...states.map(() => begun.output)] };
  const end = Array.from({ length: times }, (_, t) => t).reduce<Time>((before, t) => {
    const at = (what: string, wiring: Wiring): Wiring => named(wiring, `${what}.${t}`);
    const seen = at('row', met(before, row(t), [0]));
    const x = at('input', wired(seen, seen.output, ofInput, ['input']));
    const h = at('hidden', wired(x, before.carried[0] ?? 0, ofHidden, ['hidden']));
    const after = states.reduce<Time>(
      (now, { name: state, join: cell, states: taken }, i) => {
        const next = at(
          state,
          met(now, cell, [x.output, h.output, ...taken.map((s) => now.carried[s] ?? 0)]),
        );
        return { ...next, carried: now.carried.map((c, s) => (s === i + 1 ? next.output : c)) };
      },
      { ...h, carried: before.carried },
    );
    return { ...after, carried: after.carried.map((c, s) => (s === 0 ? after.output : c)) };
  }, first);
  return netOf({
    name,
    input: shape,
    output: [hidden],
    nodes: end.nodes,
    affine: false,
    init: (key): RecurrentParameters => ({
      input: ofInput.init(Key.fold(key, 0)),
      hidden: ofHidden.init(Key.fold(key, 1)),
    }),
  });
};

type Recurrent<T extends number, F extends number, H extends number> = Layer<
  RecurrentParameters,
  readonly [T, F],
  readonly [H]
>;

/**
 * The simple recurrent network (Elman 1990), from a sequence [T, F] to its last state h_T [H]:
 *
 *     h_t = tanh(W_x·x_t + b_x + W_h·h_{t−1} + b_h),   h_0 = 0
 *
 * Its parameters are `input` (W_x [H, F], b_x [H]) and `hidden` (W_h [H, H], b_h [H]). An implicit
 * step solves one ridge system of the rows of all times for each of the two.
 *
 * @param shape the shape [T, F] of one sequence
 * @param hidden H, the features of a state
 * @param options `initialiser`, default `glorot`
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1
 *
 * @example chain(rnn([28, 28], 64), linear(64, 10))
 */
export const rnn = <const T extends number, const F extends number, const H extends number>(
  shape: readonly [T, F],
  hidden: H,
  options: RecurrentOptions = {},
): Recurrent<T, F, H> =>
  // Its nodes look for the parameters where `init` has put them; its shapes are those given.
  unrolled(RNN, shape, hidden, options) as Recurrent<T, F, H>;

const RNN: Cell = {
  name: 'rnn',
  gates: 1,
  joins: (hidden) => [
    {
      name: 'h',
      states: [],
      join: join({
        name: 'rnnCell',
        inputs: [[hidden], [hidden]],
        output: [hidden],
        forward: ([x, h]) => tanh(add(x, h)),
      }),
    },
  ],
};

/**
 * The gated recurrent unit (Cho et al. 2014, arXiv 1406.1078), from a sequence [T, F] to its last
 * state h_T [H]. As in cuDNN, the reset gate comes after the matrix. With
 * (r̂, ẑ, n̂) = W_x·x_t + b_x and (r̃, z̃, ñ) = W_h·h_{t−1} + b_h:
 *
 *     r = σ(r̂ + r̃),   z = σ(ẑ + z̃),   n = tanh(n̂ + r ⊙ ñ)
 *     h_t = (1 − z) ⊙ n + z ⊙ h_{t−1},   h_0 = 0
 *
 * Its parameters are `input` (W_x [3H, F], b_x [3H]) and `hidden` (W_h [3H, H], b_h [3H]).
 *
 * @param shape the shape [T, F] of one sequence
 * @param hidden H, the features of a state
 * @param options `initialiser` of each gate, default `glorot`
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1
 *
 * @example chain(gru([28, 28], 64), linear(64, 10))
 */
export const gru = <const T extends number, const F extends number, const H extends number>(
  shape: readonly [T, F],
  hidden: H,
  options: RecurrentOptions = {},
): Recurrent<T, F, H> =>
  // As of `rnn`.
  unrolled(GRU, shape, hidden, options) as Recurrent<T, F, H>;

const GRU: Cell = {
  name: 'gru',
  gates: 3,
  joins: (hidden) => [
    {
      name: 'h',
      states: [0],
      join: join({
        name: 'gruCell',
        inputs: [[3 * hidden], [3 * hidden], [hidden]],
        output: [hidden],
        forward: ([x, h, before]) => {
          const [a, b] = [gatesOf(x, 3), gatesOf(h, 3)];
          const r = sigmoid(add(gate(a, 0), gate(b, 0)));
          const z = sigmoid(add(gate(a, 1), gate(b, 1)));
          const n = tanh(add(gate(a, 2), mul(r, gate(b, 2))));
          return add(n, mul(z, sub(before, n)));
        },
      }),
    },
  ],
};

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates (Gers et al. 2000),
 * from a sequence [T, F] to its last output h_T [H]. With
 * (i, f, g, o) = W_x·x_t + b_x + W_h·h_{t−1} + b_h:
 *
 *     c_t = σ(f) ⊙ c_{t−1} + σ(i) ⊙ tanh(g),   h_t = σ(o) ⊙ tanh(c_t),   h_0 = c_0 = 0
 *
 * Its parameters are `input` (W_x [4H, F], b_x [4H]) and `hidden` (W_h [4H, H], b_h [4H]). The bias
 * of the forget gate starts 1 higher than the others (Jozefowicz et al. 2015). c_t and h_t are
 * separate variables of the energy.
 *
 * @param shape the shape [T, F] of one sequence
 * @param hidden H, the features of a state
 * @param options `initialiser` of each gate, default `glorot`
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1
 *
 * @example chain(lstm([28, 28], 64), linear(64, 10))
 */
export const lstm = <const T extends number, const F extends number, const H extends number>(
  shape: readonly [T, F],
  hidden: H,
  options: RecurrentOptions = {},
): Recurrent<T, F, H> =>
  // As of `rnn`.
  unrolled(LSTM, shape, hidden, options) as Recurrent<T, F, H>;

const LSTM: Cell = {
  name: 'lstm',
  gates: 4,
  joins: (hidden) => {
    const inputs = [[4 * hidden], [4 * hidden], [hidden]] as const;
    return [
      {
        name: 'c',
        states: [1],
        join: join({
          name: 'lstmMemory',
          inputs,
          output: [hidden],
          forward: ([x, h, before]) => {
            const gates = gatesOf(add(x, h), 4);
            const kept = mul(sigmoid(gate(gates, 1)), before);
            return add(kept, mul(sigmoid(gate(gates, 0)), tanh(gate(gates, 2))));
          },
        }),
      },
      {
        name: 'h',
        states: [1],
        join: join({
          name: 'lstmOutput',
          inputs,
          output: [hidden],
          forward: ([x, h, c]) => mul(sigmoid(gate(gatesOf(add(x, h), 4), 3)), tanh(c)),
        }),
      },
    ];
  },
  bias: (hidden) => concatTensors([zeros([hidden]), ones([hidden]), zeros([2 * hidden])]),
};
