/** The programs of those who depend on the packed library: the same small training in each, and what it must print. */

/** Trains a 2-8-3 network for two epochs; `print` gets one line, the same wherever it runs. `library` is the module. */
export const training = (options = '{ threads: 2 }') => `
const trained = async (library) => {
  const { backprop, batchOf, chain, describe, Key, linear, nesterov, softmaxCrossEntropy, start, tanh, train } = library;
  const started = await start('wasm', ${options})();
  if (started._tag === 'Left') return describe(started.left);
  const count = 60;
  const noise = Key.bits(Key.key(1), 2 * count);
  const inputs = Float32Array.from(noise, (bits) => bits / 2 ** 32 - 0.5);
  const targets = Int32Array.from({ length: count }, (_, i) => (inputs[2 * i] > 0 ? (inputs[2 * i + 1] > 0 ? 1 : 2) : 0));
  const data = { shape: [2], inputs, targets, count };
  const net = chain(linear(2, 8), tanh(8), linear(8, 3));
  const losses = [];
  for await (const event of train(net, softmaxCrossEntropy, {
    parameters: net.init(Key.key(2)),
    method: backprop(),
    optimizer: nesterov(0.3, 0.9),
    train: data,
    test: data,
    epochs: 2,
    batchSize: 20,
    key: Key.key(3),
  })) {
    if (event.tag === 'epoch') losses.push(event.trainLoss);
    if (event.tag === 'failed') return describe(event.error);
  }
  return \`threads \${started.right.threads}, losses \${losses.map((loss) => loss.toFixed(6)).join(' ')}\`;
};
`;

/** What is missing says what to install. */
export const missing = `
const lines = async (library) => {
  const { describe, Report, start } = library;
  const gpu = await start('webgpu')();
  const plot = await Report.draw('p', {})();
  return [gpu, plot].map((value) => (value._tag === 'Left' ? describe(value.left) : 'it is there')).join('\\n');
};
`;

/** All entries, and types that a user's own declarations name. */
export const typed = `
import { type Tensor, mul } from '@tensorflow/tfjs-core';
import { bind, chain, type Examples, exact, graph, Key, linear, nesterov, output, proxprop, relu, routes, Solver, softmaxCrossEntropy, start, train, Tree } from 'proxprop';
import { check, checkLayer, layerTable, trajectory } from 'proxprop/laws';
import { lossPlot, type PlotSpec, spreadSpec } from 'proxprop/report';
import { cifar10, obtain } from 'proxprop/data';
import { Disk, saveCheckpoint } from 'proxprop/node';

export const net = chain(linear(4, 3), relu(3), linear(3, 2));
export const parameters = net.init(Key.key(1));
export const weights: Tensor = mul(parameters[0].weights, 2);
export const solver = exact({ precision: 'float64' });
export const method = proxprop({ tauTheta: 0.05, solver });
export const optimizer = nesterov(0.1, 0.9);
export const shown = routes(net, softmaxCrossEntropy, method);
export const wired = bind('up', linear(784, 64), 'input')(graph([784]));
export const law = trajectory(optimizer, () => (d: number) => d);
export const spec: PlotSpec = spreadSpec({ title: 't', names: [], measures: [] });
export const others = { check, checkLayer, cifar10, Disk, layerTable, lossPlot, obtain, output, saveCheckpoint, Solver, start, train, Tree };
export const examples = (inputs: Float32Array): Examples => ({ shape: [4], inputs, targets: Int32Array.of(0), count: 1 });
// @ts-expect-error: a wrong shape does not compile.
export const wrong = chain(linear(4, 3), relu(4));
`;

/** A module that registers a layer, as README has it. */
export const ownModule = `
import { mul } from '@tensorflow/tfjs-core';
import { elementwise } from 'proxprop';
import { defineLayer, positive } from 'proxprop/experiment';
export const scaled = defineLayer({
  name: 'scaled',
  keys: () => ({ required: { by: positive }, optional: {} }),
  build: ({ by }, { input }) => elementwise('scaled', (x) => mul(x, by))(input),
  cases: [{ input: [3], config: { by: 2 } }],
});
`;

/** An experiment of two short trainings, without data. */
export const experiment = (more = {}) => ({
  kind: 'training',
  name: 'small',
  title: 'A small experiment',
  question: 'Does it run?',
  data: { name: 'spirals', train: 60, test: 30 },
  network: [
    { layer: 'linear', units: 4 },
    { layer: 'scaled', by: 2 },
    { layer: 'linear', units: 3 },
  ],
  loss: 'softmaxCrossEntropy',
  batchSize: 20,
  epochs: 2,
  seeds: [1],
  methods: ['backprop', 'proxprop'].map((type) => ({
    name: type,
    schedule: type === 'backprop' ? { type } : { type, tauTheta: 0.05 },
    optimizer: { type: 'sgd', rate: 0.1 },
  })),
  ...more,
});

/** Reads and plans it by functions. */
export const planning = `
(async () => {
  const read = await readExperiment('planned.json')();
  if (read._tag === 'Left') throw new Error(JSON.stringify(read.left));
  const plan = planned(read.right);
  if (plan._tag === 'Left') throw new Error(JSON.stringify(plan.left));
  const own = read.right.registry.layers.length - builtIn.layers.length;
  console.log(plan.right.plan.final(new Map()).length + ' trainings, ' + read.right.registry.layers.at(-own).name);
})();
`;
