/** Which parameters a training leaves, and when it stops. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  chain,
  describe as show,
  dispose,
  type EpochEvent,
  evaluate,
  exact,
  keepBest,
  Key,
  linear,
  liveTensors,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  stopEarly,
  takeStep,
  initialState,
  batchOf,
  toHost,
  train,
  trained,
  Tree,
} from '../../src';
import { boxes, messageOf, right, started } from '../support';

const net = chain(linear(6, 8), relu(8), linear(8, 3));
const data = boxes(1, 60, 6, 3);
const other = boxes(9, 60, 6, 3);
/** A rate so large that the loss goes up and down. */
const options = () => ({
  parameters: net.init(Key.key(1)),
  method: backprop(),
  optimizer: sgd(3),
  train: data,
  validation: other,
  epochs: 12,
  batchSize: 20,
  key: Key.key(2),
});
const byValidation = ({ validationLoss = Number.NaN }: EpochEvent<number | null>): number => validationLoss;

const run = () => {
  const given = options();
  return { given, events: train(net, softmaxCrossEntropy, given) };
};

describe('keeping and stopping', () => {
  beforeAll(() => started('wasm'));

  it('keeps the parameters of the smallest validation loss, and nothing else', async () => {
    const before = liveTensors();
    const { given, events } = run();
    const losses: number[] = [];
    let kept = given.parameters;
    for await (const event of keepBest(events, byValidation)) {
      if (event.tag === 'epoch') losses.push(event.validationLoss ?? Number.NaN);
      if (event.tag === 'done') kept = event.parameters;
    }
    expect(losses.length).toBe(13);
    const least = Math.min(...losses);
    // A case in which the best is not the last.
    expect(losses.at(-1)).toBeGreaterThan(least);
    const found = right(await evaluate(net, softmaxCrossEntropy, kept, other, 100)());
    expect(found.loss).toBe(least);
    dispose(given.parameters, kept);
    expect(liveTensors()).toBe(before);
  });

  it('takes them from events whose numbers alone are written and compared', async () => {
    const { given, events } = run();
    let epochs = 0;
    for await (const event of events) {
      if (event.tag === 'epoch') {
        epochs++;
        expect(Tree.leaves(event.parameters).length).toBe(4);
        expect(Object.keys(event)).not.toContain('parameters');
      }
      if (event.tag === 'done') dispose(event.parameters);
    }
    expect(epochs).toBe(13);
    dispose(given.parameters);
  });

  it('ends with one line where a criterion throws or is none, or the patience is none', async () => {
    const before = liveTensors();
    // What a program without types may give.
    const none = JSON.parse('null') as typeof byValidation;
    const throwing = (): number => {
      throw new Error('no luck');
    };
    const streams = [
      (e: ReturnType<typeof run>['events']) => keepBest(e, none),
      (e: ReturnType<typeof run>['events']) => keepBest(e, throwing),
      (e: ReturnType<typeof run>['events']) => stopEarly(e, byValidation, 0),
    ];
    const lines: string[] = [];
    for (const stream of streams) {
      const { given, events } = run();
      lines.push(messageOf(await trained(stream(events))()));
      dispose(given.parameters);
    }
    expect(lines[0]).toMatch(
      /^options error at keepBest\.by at epoch 0: expected a function that runs on its inputs, found by is not a function/,
    );
    expect(lines[1]).toBe(
      'options error at keepBest.by at epoch 0: expected a function that runs on its inputs, found no luck',
    );
    expect(lines[2]).toBe(
      'options error at stopEarly.patience: expected a whole number of at least 1, found 0',
    );
    expect(liveTensors()).toBe(before);
  });

  it('stops where the criterion has not become smaller for so many epochs', async () => {
    const before = liveTensors();
    const all: number[] = [];
    const whole = run();
    for await (const event of whole.events) {
      if (event.tag === 'epoch') all.push(byValidation(event));
      if (event.tag === 'done') dispose(event.parameters);
    }
    const stopsAt = all.findIndex(
      (_, i) => i >= 2 && Math.min(...all.slice(0, i - 1)) <= Math.min(...all.slice(i - 1, i + 1)),
    );
    const { given, events } = run();
    const seen: number[] = [];
    let end = 0;
    for await (const event of stopEarly(events, byValidation, 2)) {
      if (event.tag === 'epoch') seen.push(byValidation(event));
      if (event.tag === 'done') {
        end = right(await evaluate(net, softmaxCrossEntropy, event.parameters, other, 100)()).loss;
        dispose(event.parameters);
      }
    }
    expect(stopsAt).toBeGreaterThan(1);
    expect(seen).toEqual(all.slice(0, stopsAt + 1));
    expect(end).toBe(seen.at(-1));
    dispose(given.parameters, whole.given.parameters);
    expect(liveTensors()).toBe(before);
  });

  it('composes, and gives the parameters at the end', async () => {
    const before = liveTensors();
    const { given, events } = run();
    const parameters = right(await trained(keepBest(stopEarly(events, byValidation, 2), byValidation))());
    expect(Tree.leaves(parameters).every((t) => toHost(t).every(Number.isFinite))).toBe(true);
    dispose(given.parameters, parameters);
    expect(liveTensors()).toBe(before);
  });

  it('says so where there is no number to go by, and frees what it kept', async () => {
    const before = liveTensors();
    for (const word of [
      keepBest,
      (e: ReturnType<typeof run>['events'], by: typeof byValidation) => stopEarly(e, by, 1),
    ]) {
      const { given, events } = run();
      const lines: string[] = [];
      for await (const event of word(events, () => Number.NaN))
        if (event.tag === 'failed') {
          lines.push(show(event.error));
          dispose(event.parameters);
        }
      expect(lines[0]).toMatch(
        /^options error at (keepBest|stopEarly)\.by at epoch 0: expected a finite number, found the number NaN$/,
      );
      dispose(given.parameters);
    }
    expect(liveTensors()).toBe(before);
    const { given } = run();
    expect(messageOf(await trained(train(net, softmaxCrossEntropy, { ...given, batchSize: 0 }))())).toMatch(
      /^options error at batch size/,
    );
    dispose(given.parameters);
  });

  it('frees all where the reader leaves', async () => {
    const before = liveTensors();
    const { given, events } = run();
    for await (const event of keepBest(stopEarly(events, byValidation, 5), byValidation))
      if (event.tag === 'batch') break;
    dispose(given.parameters);
    expect(liveTensors()).toBe(before);
  });
});

describe('τ_θ link by link', () => {
  beforeAll(() => started('wasm'));

  it('is that of each link', async () => {
    const parameters = net.init(Key.key(1));
    const batch = batchOf(
      data,
      Int32Array.from({ length: 20 }, (_, i) => i),
    );
    const at = async (tauTheta: Parameters<typeof proxprop>[0]) => {
      const step = takeStep(net, softmaxCrossEntropy, proxprop({ ...tauTheta, solver: exact() }), sgd(1));
      const { direction } = right(await step(right(initialState(sgd(1), parameters)), batch, Key.key(1))());
      return [...toHost(direction[0].weights)];
    };
    const [one, other] = [await at({ tauTheta: 0.1 }), await at({ tauTheta: 10 })];
    expect(await at({ tauTheta: ({ number }) => (number === 1 ? 10 : 0.1) })).toEqual(other);
    expect(one).not.toEqual(other);
  });
});
