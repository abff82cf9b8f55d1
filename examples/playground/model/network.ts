/** The network of a state, as a value and as the text of a program. */
import {
  type AnyChain,
  type AnyLayer,
  chainOfLayers,
  fail,
  gelu,
  linear,
  relu,
  reshape,
  residual,
  selfAttention,
  sigmoid,
  silu,
  softplus,
  tanh,
} from '../../../src';
import { dataKinds } from './data/kinds';
import { type OwnLayer } from './own';
import { type ActivationName, type Brick, type State } from './state';

const activations: { readonly [name in ActivationName]: (size: number) => AnyLayer } = {
  tanh,
  relu,
  sigmoid,
  gelu,
  silu,
  softplus,
};

/** The features behind each brick, beginning with those of the input. */
export const widths = ({ data, network }: Pick<State, 'data' | 'network'>): readonly number[] =>
  network.reduce<readonly number[]>(
    (before, brick) => [...before, brick.kind === 'dense' ? brick.units : (before.at(-1) ?? 0)],
    [dataKinds[data.kind].features],
  );

const whole = (i: number, what: string, of: number, by: number): number =>
  of % by === 0 ? of / by : fail('shape', `layer ${i + 1}`, `${what} that divides ${of}`, `${by}`);

const layersOf = (brick: Brick, i: number, width: number, own: OwnLayer): readonly AnyLayer[] => {
  switch (brick.kind) {
    case 'dense':
      return [linear(width, brick.units), activations[brick.activation](brick.units)];
    case 'residual':
      return [
        residual(
          chainOfLayers([linear(width, width), activations[brick.activation](width), linear(width, width)]),
        ),
      ];
    case 'attention': {
      const { tokens, heads } = brick;
      const size = whole(i, 'a number of tokens', width, tokens);
      whole(i, 'a number of heads', size, heads);
      return [
        reshape([width], [tokens, size]),
        residual(selfAttention(tokens, size, { heads })),
        reshape([tokens, size], [width]),
      ];
    }
    case 'own':
      return [own(width)];
  }
};

/** A `Fault` `shape` where a layer does not fit. */
export const networkOf = (state: State, own: OwnLayer): AnyChain => {
  const sizes = widths(state);
  return chainOfLayers([
    ...state.network.flatMap((brick, i) => layersOf(brick, i, sizes[i] ?? 0, own)),
    linear(sizes.at(-1) ?? 0, dataKinds[state.data.kind].outputs),
  ]);
};

const textOf = (brick: Brick, width: number): readonly string[] => {
  switch (brick.kind) {
    case 'dense':
      return [`linear(${width}, ${brick.units})`, `${brick.activation}(${brick.units})`];
    case 'residual':
      return [
        `residual(chain(linear(${width}, ${width}), ${brick.activation}(${width}), linear(${width}, ${width})))`,
      ];
    case 'attention': {
      const { tokens, heads } = brick;
      const size = width / tokens;
      return [
        `reshape([${width}], [${tokens}, ${size}])`,
        `residual(selfAttention(${tokens}, ${size}, { heads: ${heads} }))`,
        `reshape([${tokens}, ${size}], [${width}])`,
      ];
    }
    case 'own':
      return [`own(${width})`];
  }
};

/** `chain(…)`, as a program writes it. */
export const networkText = (state: State): string => {
  const sizes = widths(state);
  const layers = [
    ...state.network.flatMap((brick, i) => textOf(brick, sizes[i] ?? 0)),
    `linear(${sizes.at(-1) ?? 0}, ${dataKinds[state.data.kind].outputs})`,
  ];
  return `chain(\n${layers.map((text) => `  ${text},\n`).join('')})`;
};
