/** Training on a device that is lost, in both loops: a backend of the processor stands in for one whose device may be. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engine } from '@tensorflow/tfjs-core';
import {
  backprop,
  chain,
  descend,
  describe as line,
  dispose,
  Key,
  linear,
  liveTensors,
  mac,
  relu,
  sgd,
  softmaxCrossEntropy,
  toHost,
  train,
  type TrainEvent,
} from '../../src';
import { canBeLost } from '../../src/backend/lost';
import { boxes, started } from '../support';

const net = chain(linear(4, 5), relu(5), linear(5, 3));
const data = boxes(1, 20, 4, 3);

type P = ReturnType<typeof net.init>;

/** The device, and how its reads go on once it is lost. */
const device = { lost: false, rejects: false };

beforeAll(async () => {
  await started('cpu');
  const { backend } = engine();
  canBeLost(backend, () => (device.lost ? 'a lost one' : undefined));
  const { read } = backend;
  backend.read = (id) =>
    device.lost && device.rejects ? Promise.reject(new Error('aborted')) : read.call(backend, id);
});
afterEach(() => {
  Object.assign(device, { lost: false, rejects: false });
});

const failure =
  'failed: backend error at cpu: expected a device that is not lost (start the backend again to go on), found a lost one';

/** The events of a training whose device is lost at one of them. */
const losingAt = async (
  place: string,
  rejects: boolean,
  begin: (parameters: P) => AsyncIterable<TrainEvent<P>>,
): Promise<readonly string[]> => {
  Object.assign(device, { lost: false, rejects: false });
  const before = liveTensors();
  const parameters = net.init(Key.key(1));
  const found: string[] = [];
  for await (const event of begin(parameters)) {
    const name = event.tag === 'epoch' || event.tag === 'batch' ? `${event.tag} ${event.epoch}` : event.tag;
    found.push(event.tag === 'failed' ? `failed: ${line(event.error)}` : name);
    if (name === place) Object.assign(device, { lost: true, rejects });
    if (event.tag === 'done' || event.tag === 'failed') {
      expect(toHost(event.parameters[0].weights).every((v) => Number.isFinite(v))).toBe(true);
      dispose(event.parameters);
    }
  }
  dispose(parameters);
  expect(liveTensors()).toBe(before);
  return found;
};

const training = (parameters: P) =>
  train(net, softmaxCrossEntropy, {
    parameters,
    method: backprop(),
    optimizer: sgd(0.1),
    train: data,
    test: data,
    epochs: 2,
    batchSize: 20,
    key: Key.key(2),
  });

const descending = (parameters: P) =>
  descend(net, softmaxCrossEntropy, { parameters, method: mac(), train: data, test: data, sweeps: 2 });

describe.each([
  ['gives numbers', false],
  ['rejects reads', true],
] as const)('a lost device that %s', (_, rejects) => {
  it('ends training before the first epoch', async () => {
    expect(await losingAt('epoch 0', rejects, training)).toEqual(['epoch 0', failure]);
    expect(await losingAt('epoch 0', rejects, descending)).toEqual(['epoch 0', failure]);
  });

  it('ends training after the last batch, without measures of it', async () => {
    expect(await losingAt('batch 2', rejects, training)).toEqual([
      'epoch 0',
      'batch 1',
      'epoch 1',
      'batch 2',
      failure,
    ]);
  });

  it('ends training with the error after the last epoch', async () => {
    expect((await losingAt('epoch 2', rejects, training)).slice(-2)).toEqual(['epoch 2', failure]);
    expect((await losingAt('epoch 2', rejects, descending)).slice(-2)).toEqual(['epoch 2', failure]);
  });
});

/** Losing the device at the n-th read from now on. */
const losingAtRead = async <A>(n: number, run: (reads: () => number) => Promise<A>): Promise<A> => {
  const { backend } = engine();
  const { read } = backend;
  let reads = 0;
  backend.read = (id) => {
    reads++;
    if (reads === n) Object.assign(device, { lost: true, rejects: true });
    return read.call(backend, id);
  };
  try {
    return await run(() => reads);
  } finally {
    backend.read = read;
  }
};

describe('a device that is lost at a read of the first epoch', () => {
  it.each([
    ['train', training, ['epoch 0', 'batch 1', failure]],
    ['descend', descending, ['epoch 0', failure]],
  ] as const)('%s: ends training, without measures of that epoch', async (_, begin, expected) => {
    /** Reads up to the first epoch event after a step, and up to the event before it. */
    const counted = await losingAtRead(Number.POSITIVE_INFINITY, async (reads) => {
      const parameters = net.init(Key.key(1));
      const at: number[] = [];
      for await (const event of begin(parameters)) {
        if (event.tag === 'epoch' || event.tag === 'batch') at.push(reads());
        if (event.tag === 'done') dispose(event.parameters);
      }
      dispose(parameters);
      return at.slice(expected.length - 2, expected.length);
    });
    const [before = 0, after = 0] = counted;
    // Of measures of two sets of examples, and of the parameters.
    expect(after - before).toBeGreaterThan(4);
    for (let n = before + 1; n <= after; n++)
      expect(await losingAtRead(n, () => losingAt('none', true, begin))).toEqual(expected);
  });
});
