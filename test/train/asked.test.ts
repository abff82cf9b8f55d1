/** What a training tells is what its options ask for, and is true. */
import * as fc from 'fast-check';
import { tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  batchesOf,
  chain,
  dispose,
  evaluate,
  type ExampleArrays,
  Key,
  layer,
  linear,
  liveTensors,
  sgd,
  softmaxCrossEntropy,
  train,
  Tree,
} from '../../src';
import { boxes, casesOf, right, started } from '../support';
import { type Asked, methods, metrics, net, splitsOf, type Told, toldBy, trainings } from './asked';

const SEED = 1;

/** The order of events that the options say. */
const expectedOf = (a: Asked): readonly string[] => {
  const batches = Math.ceil(a.counts.train / a.batchSize);
  const due = (n: number, each: number | undefined): boolean => each !== undefined && n % each === 0;
  const all = ['epoch 0'];
  for (let epoch = 1; epoch <= a.epochs; epoch++) {
    for (let batch = 1; batch <= batches; batch++) {
      all.push(`batch ${epoch}.${batch}`);
      if (a.diagnostics === 'batch' || (a.diagnostics === 'epoch' && batch === batches))
        all.push(`diagnostics ${epoch}.${batch}`);
      if (due(batch, a.everyBatches) && batch < batches) all.push(`evaluation ${epoch}.${batch}`);
    }
    const last = epoch === a.epochs;
    if (due(epoch, a.every ?? 1) || last) all.push(`epoch ${epoch}`);
    if (due(epoch, a.checkpointEvery) || (a.checkpointEvery !== undefined && last))
      all.push(`checkpoint ${epoch}`);
  }
  return [...all, 'done'];
};

type Numbers = Readonly<Record<string, unknown>>;
const numbersOf = ({ numbers }: Told): Numbers =>
  typeof numbers === 'object' && numbers !== null ? { ...numbers } : {};

/** The numbers of an `epoch` event, by `evaluate` at its parameters; the training loss where that is measured. */
const measuredBy = async (a: Asked, told: Told, running: boolean): Promise<Numbers> => {
  const like = net.init(Key.key(0));
  const shapes = Tree.leaves(like).map(({ shape }) => shape);
  const parameters = Tree.fromLeaves(
    like,
    (told.parameters ?? []).map((values, i) => tensor([...values], shapes[i])),
  );
  const asked = { ...(a.part === undefined ? {} : { part: a.part }), ...(a.metrics ? { metrics } : {}) };
  const on = async (examples: ExampleArrays) =>
    right(await evaluate(net, softmaxCrossEntropy, parameters, examples, asked)());
  const { train: own, test, validation } = splitsOf(a);
  const [onTrain, onTest, onValidation] = [
    running ? undefined : await on(own),
    test === undefined ? undefined : await on(test),
    validation === undefined ? undefined : await on(validation),
  ];
  const byName = { train: onTrain, test: onTest, validation: onValidation };
  const values = Object.entries(byName).flatMap(([name, found]) =>
    found === undefined ? [] : [[name, found.metrics] as const],
  );
  dispose(like, parameters);
  return {
    tag: 'epoch',
    ...(onTrain === undefined ? {} : { trainLoss: onTrain.loss }),
    testLoss: onTest?.loss ?? null,
    testAccuracy: onTest?.accuracy ?? null,
    ...(onValidation === undefined
      ? {}
      : { validationLoss: onValidation.loss, validationAccuracy: onValidation.accuracy }),
    ...(a.metrics ? { metrics: Object.fromEntries(values) } : {}),
  };
};

/** What of the events is not as it was asked for; nothing where all is. */
const wrongOf = async (a: Asked, told: readonly Told[]): Promise<string | undefined> => {
  const [found, expected] = [told.map(({ at }) => at).join(), expectedOf(a).join()];
  if (found !== expected) return `the events ${found} for ${expected}`;
  for (const one of told) {
    const [kind = '', place = ''] = one.at.split(' ');
    const numbers = numbersOf(one);
    if (kind === 'batch' && (numbers['profiled'] === true) !== a.profile) return `${one.at}: a profile`;
    if (kind === 'batch' && (one.parameters !== undefined) !== a.watch) return `${one.at}: what was watched`;
    if (kind !== 'epoch') continue;
    const running = a.running && place !== '0';
    const measured = await measuredBy(a, one, running);
    const { trainLoss, ...rest } = numbers;
    const { trainLoss: own, ...others } = measured;
    if (JSON.stringify(rest) !== JSON.stringify(others))
      return `${one.at}: ${JSON.stringify(rest)}, measured ${JSON.stringify(others)}`;
    if (!running && trainLoss !== own) return `${one.at}: training loss ${String(trainLoss)}`;
    if (!running) continue;
    // The mean over the batches of that epoch, each by the weights of its examples.
    const losses = told.filter(({ at }) => at.startsWith(`batch ${place}.`)).map(numbersOf);
    const { weights = new Float32Array(a.counts.train).fill(1) } = splitsOf(a).train;
    const order = Key.permutation(Key.fold(Key.key(a.seed), Number(place)), a.counts.train);
    const sizes = batchesOf(order, a.batchSize).map((batch) =>
      batch.reduce((t, i) => t + (weights[i] ?? Number.NaN), 0),
    );
    const mean =
      losses.reduce((t, { loss }, i) => t + Number(loss) * (sizes[i] ?? 0), 0) /
      sizes.reduce((t, w) => t + w, 0);
    // Sums of a dozen numbers in float64, in the same order.
    if (!(Math.abs(Number(trainLoss) - mean) <= 1e-12 * (1 + mean)))
      return `${one.at}: running loss ${String(trainLoss)}, of its batches ${mean}`;
  }
  return undefined;
};

/** What is told of one event is told of another of its kind instead. */
const swapped = (told: readonly Told[], a: string, b: string): readonly Told[] => {
  const [first, second] = [a, b].map((at) => told.find((one) => one.at === at));
  return told.map((one) =>
    one === first && second !== undefined
      ? { ...second, at: one.at }
      : one === second && first !== undefined
        ? { ...first, at: one.at }
        : one,
  );
};

describe('what a training tells', () => {
  beforeAll(() => started('wasm'));

  it('is what its options ask for, and its measures are those of its parameters', async () => {
    const numRuns = casesOf(60);
    console.log(`events by options: ${numRuns} cases, seed ${SEED}`);
    await fc.assert(
      fc.asyncProperty(trainings(Object.keys(methods)), async (asked) => {
        const before = liveTensors();
        expect(await wrongOf(asked, await toldBy(asked))).toBeUndefined();
        expect(liveTensors()).toBe(before);
      }),
      { seed: SEED, numRuns },
    );
  });

  it('is judged: an event that is missing, and one with the numbers of another, are found', async () => {
    const [asked] = fc.sample(trainings(['backprop']), { seed: SEED, numRuns: 1 });
    if (asked === undefined) return expect.fail('a training');
    const one: Asked = { ...asked, epochs: 2, every: undefined, running: false, weighted: false };
    const told = await toldBy(one);
    expect(await wrongOf(one, told)).toBeUndefined();
    expect(await wrongOf(one, told.slice(1))).toContain('the events');
    const [first, second] = ['epoch 1', 'epoch 2'].map((at) => told.find((e) => e.at === at));
    const mixed = told.map((e) => (e === first ? { ...e, numbers: second?.numbers } : e));
    expect(await wrongOf(one, mixed)).toContain('epoch 1: ');
    const all: Asked = { ...one, running: true, counts: { ...one.counts, train: 9 }, batchSize: 4 };
    const running = await toldBy(all);
    expect(await wrongOf(all, running)).toBeUndefined();
    expect(await wrongOf(all, swapped(running, 'batch 1.1', 'batch 1.3'))).toContain('running loss');
    const weighted: Asked = { ...all, weighted: true };
    expect(await wrongOf(weighted, await toldBy(weighted))).toBeUndefined();
    expect(await wrongOf({ ...weighted, weighted: false }, await toldBy(weighted))).toBeDefined();
  });

  it('is measured on as many examples at once as a batch has, and on a hundred of small batches', async () => {
    const data = boxes(1, 260, 4, 3);
    for (const [batchSize, most] of [
      [7, 100],
      [100, 100],
      [130, 130],
    ] as const) {
      const seen: number[] = [];
      const spy = layer<Tree.NoParameters, readonly [4], readonly [4]>({
        name: 'spy',
        input: [4],
        output: [4],
        init: () => ({}),
        forward: (_, x) => {
          seen.push(x.shape[0]);
          return x.clone();
        },
      });
      const spied = chain(spy, linear(4, 3));
      const parameters = spied.init(Key.key(1));
      const stream = train(spied, softmaxCrossEntropy, {
        ...{ parameters, method: backprop(), optimizer: sgd(0.1), train: data },
        ...{ epochs: 0, batchSize, key: Key.key(1) },
      });
      for await (const event of stream) if (event.tag === 'done') dispose(event.parameters);
      dispose(parameters);
      expect(seen).toEqual([most, most, 260 - 2 * most].filter((n) => n > 0));
    }
  });
});
