/** A training whose numbers are read one batch behind, as on a GPU: on wasm, told to take reads for stalling. */
import * as fc from 'fast-check';
import { engine } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  descend,
  dispose,
  Key,
  layer,
  liveTensors,
  type LoopOptions,
  chain,
  linear,
  mac,
  predictiveCoding,
  sgd,
  softmaxCrossEntropy,
  train,
  type Tree,
  describe as lineOf,
} from '../../src';
import { readsStallOn } from '../../src/core/stall';
import { readsStall } from '../../src/internal';
import { boxes, casesOf, started } from '../support';
import { type Asked, hostsOf, net, optionsOf, type P, type Told, toldBy, trainings } from './asked';

const SEED = 2;

/** The kinds of events, each with its own in order: a batch is told of later, and what is told of it is the same. */
const byKind = (told: readonly Told[]): Readonly<Record<string, readonly Told[]>> => {
  const kinds: Record<string, Told[]> = {};
  for (const one of told) (kinds[one.at.split(' ')[0] ?? ''] ??= []).push(one);
  return kinds;
};

/** Numbers of two tellings that are farther from each other than that, relative to their size; nothing where none are. */
const apart = (a: unknown, b: unknown, tolerance: number, place = ''): string | undefined => {
  if (typeof a === 'number' && typeof b === 'number')
    return Object.is(a, b) || Math.abs(a - b) <= tolerance * (1 + Math.abs(b))
      ? undefined
      : `${place}: ${a}, ${b}`;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b ? undefined : `${place}: ${String(a)}, ${String(b)}`;
  const [x, y] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  if (x.length !== y.size) return `${place}: ${x.map(([name]) => name).join()}, ${[...y.keys()].join()}`;
  for (const [name, value] of x) {
    const found = apart(value, y.get(name), tolerance, `${place}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** By explicit steps alone all numbers are those of the same kernels: to the byte. */
const explicit = fc.sample(trainings(['backprop', 'predictive coding']), {
  seed: SEED,
  numRuns: casesOf(40),
});
/** Implicit steps are solved otherwise where nothing is read: what they report, and the digits, are others. */
const implicit = fc
  .sample(trainings(['proxprop exact', 'proxprop cg3']), { seed: SEED, numRuns: casesOf(20) })
  .map((asked): Asked => ({ ...asked, optimizer: 'sgd' }));

/** Float32 at condition numbers of some ten, over a few steps. */
const CLOSE = 1e-3;

/** What an implicit step says of itself apart, and measures that jump. */
const comparable = (told: readonly Told[]): unknown =>
  byKind(
    told
      .filter(({ at }) => /^(epoch|batch|done)/.test(at))
      .map(({ at, parameters, numbers }) => {
        const { trainLoss, loss, testLoss, directionNorm } = Object.fromEntries(
          Object.entries(typeof numbers === 'object' && numbers !== null ? numbers : {}),
        ) as Readonly<Record<string, unknown>>;
        return { at, parameters: parameters ?? [], numbers: [trainLoss, loss, testLoss, directionNorm] };
      }),
  );

const diverging: Partial<LoopOptions<P>> = { optimizer: sgd(1e30), epochs: 3 };
const failing: Asked = {
  ...{ method: 'backprop', optimizer: 'sgd', weighted: false, epochs: 2, batchSize: 4, seed: 5 },
  ...{ counts: { train: 12, test: 0, validation: 0 }, every: undefined, everyBatches: undefined },
  ...{ part: undefined, running: false, metrics: false, diagnostics: undefined },
  ...{ checkpointEvery: undefined, watch: true, profile: false },
};

/** The events of a descent. */
const descended = async (fixed: boolean): Promise<readonly unknown[]> => {
  const parameters = net.init(Key.key(1));
  const all: unknown[] = [];
  const data = boxes(1, 12, 4, 3);
  const method = fixed ? predictiveCoding({ fixedPrediction: true }) : mac();
  const given = { parameters, method, train: data, test: data, sweeps: 3, diagnostics: true };
  for await (const event of descend(net, softmaxCrossEntropy, given))
    if (event.tag === 'done' || event.tag === 'failed') {
      all.push(event.tag, hostsOf(event.parameters));
      dispose(event.parameters);
    } else if (event.tag === 'epoch') all.push(event.epoch, event.trainLoss, event.testAccuracy);
    else if (event.tag === 'batch') all.push(event.loss, event.batch, event.batches);
    else all.push(event.tag);
  dispose(parameters);
  return all;
};

describe('a training without reads', () => {
  const read: { explicit: readonly Told[][]; implicit: readonly Told[][]; diverged: readonly Told[] } = {
    explicit: [],
    implicit: [],
    diverged: [],
  };
  let swept: readonly (readonly unknown[])[] = [];
  beforeAll(async () => {
    await started('wasm');
    const all = async (cases: readonly Asked[]): Promise<Told[][]> => {
      const found: Told[][] = [];
      for (const asked of cases) found.push([...(await toldBy(asked))]);
      return found;
    };
    Object.assign(read, {
      explicit: await all(explicit),
      implicit: await all(implicit),
      diverged: await toldBy(failing, diverging),
    });
    swept = [await descended(true), await descended(false)];
    readsStallOn(engine().backend);
  });

  it('takes reads for stalling', () => {
    expect(readsStall()).toBe(true);
  });

  it('tells the same, to the byte, of explicit steps', async () => {
    console.log(`trainings without reads: ${explicit.length} explicit cases, seed ${SEED}`);
    for (const [i, asked] of explicit.entries()) {
      const before = liveTensors();
      const told = await toldBy(asked);
      expect(apart(byKind(told), byKind(read.explicit[i] ?? []), 0)).toBeUndefined();
      expect(liveTensors()).toBe(before);
    }
  });

  it('tells the same, but for rounding, of implicit steps', async () => {
    console.log(`trainings without reads: ${implicit.length} implicit cases, seed ${SEED}`);
    for (const [i, asked] of implicit.entries()) {
      const before = liveTensors();
      const told = await toldBy(asked);
      expect(apart(comparable(told), comparable(read.implicit[i] ?? []), CLOSE)).toBeUndefined();
      expect(liveTensors()).toBe(before);
    }
  });

  it('tells of a batch once the next one is computed, and of the last before the epoch', async () => {
    const told = await toldBy({ ...failing, everyBatches: 1, epochs: 1 });
    expect(told.map(({ at }) => at)).toEqual([
      'epoch 0',
      'evaluation 1.1',
      'batch 1.1',
      'evaluation 1.2',
      'batch 1.2',
      'batch 1.3',
      'epoch 1',
      'done',
    ]);
  });

  it('fails as one that reads: at the same step, with the same parameters', async () => {
    const before = liveTensors();
    const told = await toldBy(failing, diverging);
    expect(told.at(-1)?.at).toMatch(/^failed: loss error at epoch 1, step 2: /);
    expect(apart(byKind(told), byKind(read.diverged), 0)).toBeUndefined();
    expect(liveTensors()).toBe(before);
  });

  it('tells of the batches before a failure, and frees all where its reader stops', async () => {
    const before = liveTensors();
    let calls = 0;
    const boom = layer<Tree.NoParameters, readonly [3], readonly [3]>({
      name: 'boom',
      input: [3],
      output: [3],
      init: () => ({}),
      forward: (_, x) => {
        calls += 1;
        // One evaluation, then a step each.
        if (calls === 4) throw new Error('no');
        return x.clone();
      },
    });
    const own = chain(linear(4, 3), boom);
    const parameters = own.init(Key.key(1));
    const all = optionsOf(failing, net.init(Key.key(1)));
    const { parameters: other, resume: _resume, test: _test, ...rest } = all;
    dispose(other);
    const given = { ...rest, parameters };
    const found: string[] = [];
    for await (const event of train(own, softmaxCrossEntropy, given)) {
      if (event.tag === 'batch') found.push(`batch ${event.batch}`);
      if (event.tag === 'failed') found.push(lineOf(event.error).split(':')[0] ?? '');
      if (event.tag === 'failed' || event.tag === 'done') dispose(event.parameters);
    }
    expect(found).toEqual([
      'batch 1',
      'batch 2',
      'layer error at epoch 1, step 3, link 2 (boom), layer 1 (boom), boom.forward',
    ]);
    for (const at of [1, 2, 3]) {
      calls = 9;
      for await (const event of train(own, softmaxCrossEntropy, given))
        if (event.tag === 'batch' && event.batch === at) break;
    }
    dispose(parameters);
    expect(liveTensors()).toBe(before);
  });

  it('a descent tells the same', async () => {
    const before = liveTensors();
    const [fixed, byMac] = [await descended(true), await descended(false)];
    expect(apart(fixed, swept[0], 0)).toBeUndefined();
    expect(apart(byMac, swept[1], CLOSE)).toBeUndefined();
    expect(liveTensors()).toBe(before);
  });

  it('is compared: numbers of another batch, and a parameter beside its own, are found', () => {
    const told = read.diverged;
    const [first, second] = told.filter(({ at }) => at.startsWith('epoch') || at.startsWith('batch'));
    const mixed = told.map((one) => (one === first ? { ...one, numbers: second?.numbers } : one));
    expect(apart(byKind(mixed), byKind(told), 0)).toBeDefined();
    expect(apart([[1, 2 + 1e-6]], [[1, 2]], 0)).toBe('.0.1: 2.000001, 2');
    expect(apart([[1, 2 + 1e-6]], [[1, 2]], 1e-5)).toBeUndefined();
  });
});
