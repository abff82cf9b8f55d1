/** Mistakes of programs without types: each ends a training with one line that names it. */
import { mul, scalar, square, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import type * as E from 'fp-ts/Either';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  denseDesign,
  attempt,
  backprop,
  chain,
  describe as show,
  evaluate,
  Key,
  layer,
  linear,
  type LinearParameters,
  liveTensors,
  predict,
  type ProxpropError,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  type Solver,
  takeStep,
  topK,
  train,
} from '../../src';
import { isTensor } from '../../src/internal';
import { boxes, messageOf, started } from '../support';

const net = chain(linear(4, 8), relu(8), linear(8, 3));
const data = boxes(1, 10, 4, 3);
const loss = (value: unknown) => ({ name: 'mine', classifies: false, value });
const moved = (change: Readonly<Record<string, unknown>>) => ({
  name: 'mine',
  transforms: [{ name: 'mine', init: () => ({ step: 0, moments: [] }), ...change }],
});

/** A training of a dense layer, in the squares of its weights where it says that it is affine. */
const falselyDeclared = (says: {
  readonly affine?: true;
  readonly design?: (x: Tensor) => Solver.Design<LinearParameters>;
}): Readonly<Record<string, unknown>> => {
  const dense = linear(4, 5);
  const own = layer<LinearParameters, readonly [4], readonly [5]>({
    name: 'mine',
    input: [4],
    output: [5],
    init: (key) => dense.init(key),
    forward: (p, x) =>
      says.affine ? dense.forward({ ...p, weights: square(p.weights) }, x) : dense.forward(p, x),
    ...says,
  });
  const other = chain(own, linear(5, 3));
  return { net: other, parameters: other.init(Key.key(1)), method: proxprop() };
};

/** Free all tensors in anything. */
const disposeAll = (value: unknown): void => {
  if (isTensor(value)) value.dispose();
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    Object.values(value).forEach(disposeAll);
};

/** What a program without types may take for a solver. */
const parsed = (text: string): Solver.Solver => {
  const value: unknown = JSON.parse(text);
  // Boundary with programs without types.
  return value as Solver.Solver;
};

/** What JavaScript lets through: `train` as a function of anything, all of whose arguments may be wrong. */
const untyped = (
  given: Readonly<Record<string, unknown>>,
  parameters: ReturnType<typeof net.init>,
): ReturnType<typeof train> => {
  const options = {
    parameters,
    method: backprop(),
    optimizer: sgd(0.1),
    train: data,
    test: data,
    epochs: 1,
    batchSize: 5,
    key: Key.key(2),
    ...given,
  };
  const of = 'net' in given ? given['net'] : net;
  const by = 'loss' in given ? given['loss'] : softmaxCrossEntropy;
  const all = 'options' in given ? given['options'] : options;
  // Boundary with programs without types: this file is about them.
  return (train as unknown as (...all: readonly unknown[]) => ReturnType<typeof train>)(of, by, all);
};

/** Each mistake, and the line that it gets. Made late: some need a backend. */
const mistakes: readonly (readonly [string, () => Readonly<Record<string, unknown>>, string | RegExp])[] = [
  [
    'a loss that gives a number',
    () => ({ loss: loss(() => 3) }),
    'loss error at epoch 0, evaluation of train, loss mine: expected a scalar tensor, found number',
  ],
  [
    'a loss that gives a promise',
    () => ({ loss: loss(() => Promise.resolve(scalar(1))) }),
    'loss error at epoch 0, evaluation of train, loss mine: expected a result at once, by a synchronous function, found a promise',
  ],
  [
    'a loss that gives a promise that fails',
    () => ({ loss: loss(() => Promise.reject(new Error('no'))) }),
    'loss error at epoch 0, evaluation of train, loss mine: expected a result at once, by a synchronous function, found a promise',
  ],
  [
    'no loss',
    () => ({ loss: undefined }),
    'options error at loss: expected a loss, such as softmaxCrossEntropy, found nothing',
  ],
  [
    'no network',
    () => ({ net: undefined }),
    'options error at net: expected a network, such as chain(linear(4, 3)), found nothing',
  ],
  [
    'no options',
    () => ({ options: undefined }),
    'options error at options: expected the options of a training, found nothing',
  ],
  [
    'no training examples',
    () => ({ train: undefined }),
    'options error at train: expected examples { shape, inputs, targets, count }, found nothing',
  ],
  [
    'a number for examples',
    () => ({ test: 3 }),
    'options error at test: expected examples { shape, inputs, targets, count }, found the number 3',
  ],
  [
    'no method',
    () => ({ method: undefined }),
    'options error at method: expected a method, such as proxprop(), found nothing',
  ],
  [
    'a method that was not called',
    () => ({ method: backprop }),
    'options error at method: expected a method, such as proxprop(), found a function (is it called?)',
  ],
  [
    'no optimizer',
    () => ({ optimizer: undefined }),
    'options error at optimizer: expected an optimizer, such as sgd(0.1), found nothing',
  ],
  [
    'an optimizer that was not called',
    () => ({ optimizer: sgd }),
    'options error at optimizer: expected an optimizer, such as sgd(0.1), found a function (is it called?)',
  ],
  [
    'no key',
    () => ({ key: undefined }),
    'options error at key: expected a key, such as Key.key(1), found nothing',
  ],
  [
    'a number for a key',
    () => ({ key: 5 }),
    'options error at key: expected a key, such as Key.key(1), found the number 5',
  ],
  [
    'a text for a key',
    () => ({ key: 'a' }),
    'options error at key: expected a key, such as Key.key(1), found the text "a"',
  ],
  [
    'no parameters',
    () => ({ parameters: undefined }),
    'options error at parameters: expected parameters of the network, such as net.init(Key.key(1)), found nothing',
  ],
  [
    'null for parameters',
    () => ({ parameters: null }),
    'options error at parameters: expected parameters of the network, such as net.init(Key.key(1)), found null',
  ],
  [
    'no epochs',
    () => ({ epochs: undefined }),
    'options error at epochs: expected a whole number of at least 0, found undefined',
  ],
  [
    'no batch size',
    () => ({ batchSize: undefined }),
    'options error at batch size: expected a whole number of at least 1, found undefined',
  ],
  [
    'plain numbers as inputs',
    () => ({ train: { ...data, inputs: [...data.inputs] } }),
    'data error at train.inputs: expected a Float32Array or a Uint8Array, found an array',
  ],
  [
    'plain numbers as targets',
    () => ({ train: { ...data, targets: [...data.targets] } }),
    'data error at train.targets: expected an Int32Array, a Float32Array or a Uint8Array, found an array',
  ],
  [
    'a tensor as inputs',
    () => ({ train: { ...data, inputs: tensor2d(data.inputs, [10, 4]) } }),
    'data error at train.inputs: expected a Float32Array or a Uint8Array, found object',
  ],
  [
    'a number for a shape',
    () => ({ train: { ...data, shape: 4 } }),
    'data error at train.shape: expected a list, such as [28, 28], found the number 4',
  ],
  [
    'a transform that gives nothing',
    () => ({ optimizer: moved({ update: () => undefined }) }),
    'optimizer error at epoch 1, step 1, optimizer.0 (mine): expected an update { direction, slot }, found undefined',
  ],
  [
    'a rule that gives nothing',
    () => ({ optimizer: moved({ rule: () => undefined }) }),
    'optimizer error at epoch 1, step 1, optimizer.0 (mine): expected a rule { direction, moments }, found undefined',
  ],
  [
    'a transform that begins with nothing',
    () => ({ optimizer: moved({ init: () => undefined, rule: () => undefined }) }),
    'optimizer error at optimizer.0 (mine): expected a slot { step, moments }, found undefined',
  ],
  [
    'a solver that is null',
    () => ({ method: proxprop({ solver: () => parsed('null') }) }),
    'options error at the solver of θ_2: expected exact(…), cg(n), ownSolver(…), or undefined for an explicit step, found null',
  ],
  [
    'a solver of no kind',
    () => ({ method: proxprop({ solver: () => parsed('{"kind":"magic"}') }) }),
    'options error at the solver of θ_2: expected exact(…), cg(n), ownSolver(…), or undefined for an explicit step, found the kind magic',
  ],
  [
    'a learning rate NaN',
    () => ({ optimizer: sgd(() => Number.NaN) }),
    'options error at learning rate at update 0: expected a positive finite number, found NaN',
  ],
  [
    'a learning rate 0',
    () => ({ optimizer: sgd(() => 0) }),
    'options error at learning rate at update 0: expected a positive finite number, found 0',
  ],
  [
    'a schedule that gives nothing',
    () => ({ method: { name: 'mine', energy: {}, schedule: () => undefined } }),
    'schedule error at the schedule of mine: expected a step, such as explicit(theta(1), 0.1), found undefined',
  ],
  [
    'a layer that is falsely called affine',
    () => falselyDeclared({ affine: true }),
    /^layer error at epoch 1, step 1, link 1 \(mine\): expected outputs affine in the parameters, as the layer declares, found outputs that differ by \S+, where rounding explains at most \S+$/,
  ],
  [
    'a design of other weights',
    () => falselyDeclared({ design: (x: Tensor) => denseDesign(mul(x, 1.01), 5) }),
    /^layer error at epoch 1, step 1, link 1 \(mine\): expected outputs that follow/,
  ],
  [
    'evaluation of a part that is no number',
    () => ({ evaluate: { part: 'a' } }),
    'options error at evaluate.part: expected a whole number of at least 1, found a',
  ],
  [
    'a training loss of no known kind',
    () => ({ evaluate: { trainLoss: 'Running' } }),
    'options error at evaluate.trainLoss: expected one of "running", or nothing, found the text "Running"',
  ],
  [
    'diagnostics of no known kind',
    () => ({ diagnostics: 'epochs' }),
    'options error at diagnostics: expected one of "batch", "epoch", or nothing, found the text "epochs"',
  ],
  [
    'a number for evaluation',
    () => ({ evaluate: 5 }),
    'options error at options: expected the options of an evaluation, found the number 5',
  ],
  [
    'one metric in place of a list',
    () => ({ metrics: topK(1) }),
    'options error at metrics: expected a list of metrics, such as [topK(5)], found a record',
  ],
  [
    'a metric that was not called',
    () => ({ metrics: [topK] }),
    'options error at metrics.0: expected a metric, such as topK(5), found a function (is it called?)',
  ],
  [
    'no metric in the list',
    () => ({ metrics: [undefined] }),
    'options error at metrics.0: expected a metric, such as topK(5), found nothing',
  ],
  [
    'two metrics of one name',
    () => ({
      metrics: [
        { name: 'a', each: () => scalar(0), reduce: () => 0 },
        { name: 'a', each: () => scalar(0), reduce: () => 0 },
      ],
    }),
    'options error at metrics: expected metrics of different names, found a twice',
  ],
  [
    'a metric that gives a number',
    () => ({ metrics: [{ name: 'a', each: () => 3, reduce: () => 0 }] }),
    'loss error at epoch 0, evaluation of train, metric a: expected a tensor [N, …], a number for each example, found number',
  ],
  [
    'a metric of the whole batch',
    () => ({ metrics: [{ name: 'a', each: () => scalar(0), reduce: () => 0 }] }),
    'shape error at epoch 0, evaluation of train, metric a: expected a tensor [10, …], a number for each example, found a tensor []',
  ],
  [
    'evaluation every 0 epochs',
    () => ({ evaluate: { every: 0 } }),
    'options error at evaluate.every: expected a whole number of at least 1, found 0',
  ],
];

describe('a mistake in a training', () => {
  beforeAll(() => started('cpu'));

  for (const [name, given, line] of mistakes)
    it(`is one line: ${name}`, async () => {
      const before = liveTensors();
      const change = given();
      const parameters = net.init(Key.key(1));
      const events = [];
      for await (const event of untyped(change, parameters)) events.push(event);
      const last = events.at(-1);
      expect(events.slice(0, -1).every(({ tag }) => tag === 'epoch')).toBe(true);
      expect(last?.tag).toBe('failed');
      if (last?.tag !== 'failed') return;
      const found = show(last.error);
      expect(found).not.toMatch(/Cannot (read|destructure)|is not a function|undefined is/);
      if (typeof line === 'string') expect(found).toBe(line);
      else expect(found).toMatch(line);
      expect(found.length).toBeLessThanOrEqual(300);
      // All that is alive are the parameters handed over, and what the mistake itself made.
      for (const made of [parameters, last.parameters, change['parameters'], change['train']])
        disposeAll(made);
      expect(liveTensors()).toBe(before);
    });

  it.each([
    ['watch', [true, false, undefined]],
    ['profile', [true, false, undefined]],
    ['diagnostics', ['batch', 'epoch', undefined]],
    ['evaluate', [{ trainLoss: 'running' }, { trainLoss: undefined }, {}, undefined]],
  ] as const)('is not seen in what may be said: %s', async (name, values) => {
    for (const value of values) {
      const parameters = net.init(Key.key(1));
      const ends: string[] = [];
      for await (const event of untyped({ [name]: value }, parameters))
        if (event.tag === 'done' || event.tag === 'failed') {
          ends.push(event.tag);
          disposeAll(event.parameters);
        }
      expect([value, ends]).toEqual([value, ['done']]);
      disposeAll(parameters);
    }
  });

  /** All fields that a value of the options has to have, by the value that has them. */
  const parts: readonly (readonly [string, string, readonly string[], (value: unknown) => object, object])[] =
    [
      ['net', 'net', ['name', 'input', 'output', 'init', 'forward'], (of) => ({ net: of }), { ...net }],
      ['loss', 'loss', ['name', 'value'], (of) => ({ loss: of }), { ...softmaxCrossEntropy }],
      ['method', 'method', ['name', 'schedule', 'energy'], (of) => ({ method: of }), { ...backprop() }],
      ['optimizer', 'optimizer', ['name', 'transforms'], (of) => ({ optimizer: of }), { ...sgd(0.1) }],
      [
        'optimizer.0',
        'transform',
        ['name', 'init', 'rule'],
        (of) => ({ optimizer: { name: 'mine', transforms: [of] } }),
        { name: 'mine', init: () => ({ step: 0, moments: [] }), rule: () => undefined },
      ],
      ['metrics.0', 'metric', ['name', 'each', 'reduce'], (of) => ({ metrics: [of] }), { ...topK(1) }],
      ['key', 'key', ['high', 'low'], (of) => ({ key: of }), { ...Key.key(1) }],
    ];
  for (const [path, what, fields, optionsOf, whole] of parts)
    for (const field of fields)
      it(`is one line: ${path} without its ${field}`, async () => {
        const without = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== field));
        const parameters = net.init(Key.key(1));
        const change: Readonly<Record<string, unknown>> = { ...optionsOf(without) };
        const lines: string[] = [];
        for await (const event of untyped(change, parameters)) {
          lines.push(event.tag === 'failed' ? show(event.error) : event.tag);
          if (event.tag === 'failed' || event.tag === 'done') disposeAll(event.parameters);
        }
        disposeAll(parameters);
        // A transform has one of two functions: without both it lacks an update.
        const lacking = field === 'rule' ? 'update' : field;
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(
          new RegExp(
            String.raw`^options error at ${path}: expected an? (\S+ )*?${what}.*, found .*${lacking} is nothing$`,
          ),
        );
      });

  it('is a fault where a method is made', () => {
    expect(messageOf(attempt(() => proxprop({ solver: parsed('null') })))).toBe(
      'options error at proxprop.solver: expected exact(…), cg(n), ownSolver(…), or undefined for an explicit step, found null',
    );
  });
});

describe('a mistake beside a training', () => {
  beforeAll(() => started('cpu'));

  /** The message of a function of tasks that is given nothing of anything but what stands here. */
  const lineOf = async (of: unknown, ...given: readonly unknown[]): Promise<string> => {
    // Boundary with programs without types.
    const task = (of as (...all: readonly unknown[]) => () => Promise<E.Either<ProxpropError, unknown>>)(
      ...given,
    );
    return messageOf(await task());
  };

  it.each([
    ['evaluate', [], 'options error at net: expected a network, such as chain(linear(4, 3)), found nothing'],
    ['evaluate', [net], 'options error at loss: expected a loss, such as softmaxCrossEntropy, found nothing'],
    [
      'evaluate',
      [net, softmaxCrossEntropy, undefined],
      'options error at examples: expected examples { shape, inputs, targets, count }, found nothing',
    ],
    ['predict', [], 'options error at net: expected a network, such as chain(linear(4, 3)), found nothing'],
    [
      'predict',
      [net, undefined],
      'options error at inputs: expected inputs { shape, inputs, count }, found nothing',
    ],
  ] as const)('%s of %#: one line', async (name, given, line) => {
    expect(await lineOf({ evaluate, predict }[name], ...given)).toBe(line);
  });

  it.each([
    [undefined, 'nothing', 'input'],
    [{ input: [1, 2], target: 3 }, 'a list', 'input'],
    [{ target: 3 }, 'nothing', 'input'],
    ['no target', 'the number 3', 'target'],
  ] as const)('takeStep of an example that is none, %#: one line', async (given, found, name) => {
    const before = liveTensors();
    const parameters = net.init(Key.key(1));
    const input = tensor2d([[1, 2, 3, 4]]);
    const example = given === 'no target' ? { input, target: 3 } : given;
    // Boundary with programs without types.
    const step = takeStep(net, softmaxCrossEntropy, backprop(), sgd(0.1)) as unknown as (
      ...all: readonly unknown[]
    ) => unknown;
    expect(await lineOf(step, { parameters, optimizerState: [] }, example, Key.key(1))).toBe(
      `options error at example.${name}: expected a tensor [N, …], such as batchOf gives, found ${found}`,
    );
    disposeAll([parameters, input]);
    expect(liveTensors()).toBe(before);
  });

  it.each([
    [[], 'options error at net: expected a network, such as chain(linear(4, 3)), found nothing'],
    [[net], 'options error at loss: expected a loss, such as softmaxCrossEntropy, found nothing'],
    [
      [net, softmaxCrossEntropy],
      'options error at method: expected a method, such as proxprop(), found nothing',
    ],
    [
      [net, softmaxCrossEntropy, backprop()],
      'options error at optimizer: expected an optimizer, such as sgd(0.1), found nothing',
    ],
    [
      [net, softmaxCrossEntropy, backprop(), sgd(0.1)],
      'options error at state: expected a state { parameters, optimizerState }, such as initialState gives, found nothing',
    ],
  ] as const)('takeStep of %#: one line, by its task', async (given, line) => {
    // Boundary with programs without types.
    const of = takeStep as unknown as (...all: readonly unknown[]) => unknown;
    expect(await lineOf(of(...given))).toBe(line);
  });
});
