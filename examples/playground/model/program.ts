/** The TypeScript program that reproduces a run in Node. */
import { dataKinds } from './data/kinds';
import { lossText, testCount } from './experiment';
import { writeMethod } from './methods';
import { rowOf } from './methodTable';
import { networkText } from './network';
import { sourceOf } from './sources';
import { type State } from './state';

/** Everything of `proxprop` that a program may use, as it is written there. */
const FROM_PROXPROP = [
  ...['adam', 'admm', 'backprop', 'blockCoordinateDescent', 'cg', 'chain', 'crossEntropy', 'descend'],
  ...[
    'describe',
    'dispose',
    'exact',
    'gelu',
    'Key',
    'layer',
    'linear',
    'mac',
    'nesterov',
    'Optimizer',
    'orThrow',
  ],
  ...[
    'predictiveCoding',
    'proxprop',
    'relu',
    'reshape',
    'residual',
    'selfAttention',
    'sgd',
    'sigmoid',
    'silu',
  ],
  ...['softmaxCrossEntropy', 'softplus', 'squaredError', 'start', 'tanh', 'train'],
] as const;

const FROM_TFJS = [
  ...[
    'abs',
    'add',
    'clipByValue',
    'concat',
    'cos',
    'div',
    'exp',
    'log',
    'matMul',
    'max',
    'maximum',
    'mean',
    'min',
  ],
  ...['minimum', 'mul', 'neg', 'sin', 'slice', 'softmax', 'sqrt', 'square', 'sub', 'sum', 'transpose'],
] as const;

/** Ops that the layers of the library have the names of: those of tfjs go by these names in a layer of the reader's own. */
const SHADOWED = ['relu', 'reshape', 'sigmoid', 'softplus', 'tanh'] as const;

const used = (names: readonly string[], text: string): readonly string[] =>
  names.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(text));

const imports = (names: readonly string[], from: string): string =>
  names.length === 0 ? '' : `import {\n${names.map((n) => `  ${n},\n`).join('')}} from '${from}';\n`;

const usesOwn = ({ network }: State): boolean => network.some(({ kind }) => kind === 'own');

const ownText = ({ own }: State): string => {
  const code = own.trim();
  const shadowed = used(SHADOWED, code);
  const inner = shadowed.map((name) => `  const ${name} = ops.${name};\n`).join('');
  return `/** The layer of your own: n numbers to n numbers. */\nconst own = (n) => {\n${inner}  const parts = (${code}\n  );\n  return layer({ ...parts, input: [n], output: [n] });\n};\n\n`;
};

const examplesText = (state: State, key: number, count: number): string => {
  const { kind, noise } = state.data;
  return `examples(${kind}(Key.fold(seed, ${key}), ${count}, ${noise}), ${count})`;
};

const targetsText = (state: State): string => {
  const { classifies, outputs } = dataKinds[state.data.kind];
  if (state.loss !== 'squaredError') return '';
  return classifies
    ? `\n  targetShape: [${outputs}],\n  targets: Float32Array.from({ length: count * ${outputs} }, (_, j) => (targets[Math.floor(j / ${outputs})] === j % ${outputs} ? 1 : 0)),`
    : `\n  targetShape: [${outputs}],\n  targets,`;
};

const methodsText = (state: State): string =>
  state.methods
    .map((chosen) => {
      const { method, optimizer } = writeMethod(chosen);
      const { name } = rowOf(chosen.id);
      return optimizer === undefined
        ? `  {\n    name: '${name}',\n    events: descend(net, loss, {\n      ...common,\n      method: ${method},\n      sweeps: STEPS,\n    }),\n  },\n`
        : `  {\n    name: '${name}',\n    events: train(net, loss, {\n      ...common,\n      method: ${method},\n      optimizer: ${optimizer},\n      batchSize: BATCH,\n      epochs: Math.ceil((STEPS * BATCH) / common.train.count),\n      key: Key.fold(seed, 3),\n      evaluate: { everyBatches: 1 },\n    }),\n  },\n`;
    })
    .join('');

/**
 * The program of a state: its examples, its network and its methods, and a line `{ method, step, loss }` for each method at the end, in
 * JSON. `address` is that of the page with this state.
 */
export const programOf = (state: State, address: string): string => {
  const { features } = dataKinds[state.data.kind];
  const count = testCount(state);
  const batch = state.batch === 0 ? state.data.count : Math.min(state.batch, state.data.count);
  const targets = targetsText(state);
  const main = `${sourceOf(state.data.kind)}

/** Examples on the host, as the library takes them. */
const examples = ({ inputs, targets }: ReturnType<typeof ${state.data.kind}>, count: number) => ({
  shape: [${features}],
  inputs,
  count,${targets === '' ? '\n  targets,' : targets}
});

orThrow(await start('${state.backend}')());

const STEPS = ${state.steps};
const BATCH = ${batch};
const seed = Key.key(${state.seed});
const net = ${networkText(state)};
const loss = ${lossText[state.loss]};
const common = {
  parameters: net.init(Key.fold(seed, 2)),
  train: ${examplesText(state, 0, state.data.count)},
  test: ${examplesText(state, 1, count)},
};

const methods = [
${methodsText(state)}];

for (const { name, events } of methods) {
  let step = 0;
  for await (const event of events) {
    if (event.tag === 'batch') step = step + 1;
    if (event.tag === 'failed') {
      console.log(JSON.stringify({ method: name, step, failure: describe(event.error) }));
      dispose(event.parameters);
    }
    if (event.tag === 'done') dispose(event.parameters);
    if (event.tag !== 'epoch' && event.tag !== 'evaluation') continue;
    if (step === STEPS) {
      console.log(JSON.stringify({ method: name, step, loss: event.trainLoss, testLoss: event.testLoss }));
      break;
    }
  }
}
`;
  const own = usesOwn(state) ? ownText(state) : '';
  const whole = `${own}${main}`;
  const ops = used(FROM_TFJS, own);
  const shadowed = own.includes('= ops.') ? "import * as ops from '@tensorflow/tfjs-core';\n" : '';
  return `${own === '' ? '' : '// @ts-nocheck: the layer of your own is JavaScript.\n'}/**
 * A run of the proxprop playground. Save it as run.mts beside an installed \`proxprop\`, and run it by \`node run.mts\`
 * (before Node 22.18: \`npx tsx run.mts\`).
 *
 * ${address}
 */
${imports(ops, '@tensorflow/tfjs-core')}${shadowed}${imports(used(FROM_PROXPROP, whole), 'proxprop')}
${whole}`;
};
