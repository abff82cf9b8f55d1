/** The state of the page: all that a run depends on, as plain data. It is what the address holds. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { type Context, type Errors } from 'io-ts';
import { error, type ProxpropError } from '../../../src';
import { dataKinds } from './data/kinds';
import { methodTable, rowOf, startValues } from './methodTable';

const bounded = (about: string, holds: (n: number) => boolean): t.Type<number> =>
  new t.Type<number>(
    about,
    (u): u is number => typeof u === 'number' && holds(u),
    (u, context) => (typeof u === 'number' && holds(u) ? t.success(u) : t.failure(u, context)),
    t.identity,
  );
const between = (min: number, max: number): t.Type<number> =>
  bounded(`a number from ${min} to ${max}`, (n) => n >= min && n <= max);
const whole = (min: number, max: number): t.Type<number> =>
  bounded(`a whole number from ${min} to ${max}`, (n) => Number.isInteger(n) && n >= min && n <= max);

export const activationNames = ['tanh', 'relu', 'sigmoid', 'gelu', 'silu', 'softplus'] as const;
export type ActivationName = (typeof activationNames)[number];
const activation = t.union(
  [
    t.literal('tanh'),
    t.literal('relu'),
    t.literal('sigmoid'),
    t.literal('gelu'),
    t.literal('silu'),
    t.literal('softplus'),
  ],
  `one of ${activationNames.join(', ')}`,
);

/** What a network is built of, in its order; the affine layer to the outputs comes behind them by itself. */
const brick = t.union(
  [
    t.strict({ kind: t.literal('dense'), units: whole(1, 64), activation }),
    t.strict({ kind: t.literal('residual'), activation }),
    t.strict({ kind: t.literal('attention'), tokens: whole(1, 16), heads: whole(1, 8) }),
    t.strict({ kind: t.literal('own') }),
  ],
  'a layer of kind dense, residual, attention or own',
);
export type Brick = t.TypeOf<typeof brick>;

const dataState = t.strict({
  kind: t.keyof(dataKinds, `one of ${Object.keys(dataKinds).join(', ')}`),
  noise: between(0, 1),
  count: whole(20, 2000),
});
export type DataState = t.TypeOf<typeof dataState>;

export const lossNames = {
  crossEntropy: 'cross-entropy',
  smoothed: 'cross-entropy, smoothed 0.1',
  squaredError: 'squared error',
} as const;
const lossName = t.keyof(lossNames, `one of ${Object.keys(lossNames).join(', ')}`);
export type LossName = keyof typeof lossNames;

export const backendNames = { wasm: 'WebAssembly', cpu: 'plain JavaScript', webgpu: 'WebGPU' } as const;
export type BackendName = keyof typeof backendNames;

export const paces = { 10: '10 steps/s', 30: '30 steps/s', 0: 'full speed' } as const;

/** A method, and where its sliders stand. */
const methodState = t.strict({
  id: t.keyof(methodTable, `one of ${Object.keys(methodTable).join(', ')}`),
  values: t.record(t.string, bounded('a finite number', Number.isFinite)),
});
export type MethodState = t.TypeOf<typeof methodState>;

export const lessonIds = {
  free: 'Playground',
  valley: 'A step beyond 2/λ',
  sweep: 'Backprop is a sweep',
  metric: 'What τ_θ does',
  robust: 'Robust to τ',
  layer: 'Your own layer',
} as const;
export type LessonId = keyof typeof lessonIds;

const state = t.strict({
  lesson: t.keyof(lessonIds, `one of ${Object.keys(lessonIds).join(', ')}`),
  data: dataState,
  network: t.array(brick, 'at most 8 layers'),
  loss: lossName,
  /** Examples of a batch; 0 for all. */
  batch: whole(0, 2000),
  /** Steps after which a run ends. */
  steps: whole(1, 5000),
  seed: whole(0, 9999),
  backend: t.keyof(backendNames, `one of ${Object.keys(backendNames).join(', ')}`),
  pace: whole(0, 60),
  methods: t.array(methodState, 'one to four methods'),
  /** The JavaScript of the layer `own`. */
  own: t.string,
  /** The step size η of the lesson on one layer's quadratic. */
  eta: between(0.01, 100),
  /** How far the reader has moved each activation of the lesson on the sweep from its forward value, and how far the sweep is. */
  moved: t.array(between(-2, 2), 'four numbers'),
  stage: whole(0, 5),
  /** The link whose angle to −∇J is shown; 0 for all parameters. */
  angleOf: whole(0, 40),
});
export type State = t.TypeOf<typeof state>;

const pathOf = (context: Context): string =>
  context
    .map(({ key }) => key)
    // Members of unions have numbers of their own, which say nothing.
    .filter((key, i) => key !== '' && !(/^\d+$/.test(key) && 'types' in (context[i - 1]?.type ?? {})))
    .join('.');

const lineOf = (errors: Errors): ProxpropError => {
  const [first] = errors;
  const at = first?.context.at(-1);
  const found = JSON.stringify(first?.value) as string | undefined;
  return error(
    'options',
    `state.${first === undefined ? '' : pathOf(first.context)}`,
    at?.type.name ?? 'a state',
    found ?? 'nothing',
  );
};

const wrong = (path: string, expected: string, found: string): E.Either<ProxpropError, never> =>
  E.left(error('options', `state.${path}`, expected, found));

const withValues = (given: State): E.Either<ProxpropError, State> => {
  const methods: MethodState[] = [];
  for (const [i, { id, values }] of given.methods.entries()) {
    for (const [key, value] of Object.entries(values)) {
      const slider = rowOf(id).sliders.find((s) => s.key === key);
      const path = `methods.${i}.values.${key}`;
      if (slider === undefined)
        return wrong(
          path,
          `one of ${rowOf(id)
            .sliders.map((s) => s.key)
            .join(', ')}`,
          key,
        );
      if (value < slider.min || value > slider.max || (slider.scale === 'whole' && !Number.isInteger(value)))
        return wrong(
          path,
          `${slider.scale === 'whole' ? 'a whole number' : 'a number'} from ${slider.min} to ${slider.max}`,
          `${value}`,
        );
    }
    methods.push({ id, values: { ...startValues(id), ...values } });
  }
  return E.right({ ...given, methods });
};

/** A state from unknown data. Left: `options`, with the place and what was expected there. */
export const decodeState = (u: unknown): E.Either<ProxpropError, State> => {
  const decoded = state.decode(u);
  if (E.isLeft(decoded)) return E.left(lineOf(decoded.left));
  const { right: given } = decoded;
  if (given.methods.length < 1 || given.methods.length > 4)
    return wrong('methods', 'one to four methods', `${given.methods.length}`);
  if (given.network.length > 8) return wrong('network', 'at most 8 layers', `${given.network.length}`);
  if (given.moved.length !== 4) return wrong('moved', 'four numbers', `${given.moved.length}`);
  if (!dataKinds[given.data.kind].classifies && given.loss !== 'squaredError')
    return wrong('loss', 'squaredError, as the targets are numbers', given.loss);
  return withValues(given);
};
