/** A device that is lost in the middle of training, on each GPU backend that the surroundings name. */
import { describe, expect, it } from 'vitest';
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import {
  backprop,
  chain,
  describe as line,
  deviceLost,
  dispose,
  encodeCheckpoint,
  Key,
  linear,
  liveTensors,
  sgd,
  softmaxCrossEntropy,
  start,
  toHost,
  train,
  type TrainOptions,
  Tree,
} from '../../src';
import { boxes, messageOf, right, started, testBackends } from '../support';

const net = chain(linear(4, 3));
const data = boxes(1, 20, 4, 3);

type P = ReturnType<typeof net.init>;

const training = (parameters: P, change: Partial<TrainOptions<P>> = {}) =>
  train(net, softmaxCrossEntropy, {
    parameters,
    method: backprop(),
    optimizer: sgd(0.1),
    train: data,
    test: data,
    epochs: 3,
    batchSize: 5,
    key: Key.key(2),
    ...change,
  });

const destroyDevice = (): void => {
  // Boundary with tfjs: its backend holds the device.
  const { device } = engine().backend as unknown as { readonly device: { readonly destroy: () => void } };
  device.destroy();
};

describe.skipIf(!testBackends.includes('webgpu'))('a lost device', () => {
  it('ends training with an error, and with parameters that can still be read', async () => {
    await started('webgpu');
    expect(deviceLost()).toBeUndefined();
    const before = liveTensors();
    const parameters = net.init(Key.key(1));
    const losses: number[] = [];
    let message = '';
    for await (const event of training(parameters)) {
      if (event.tag === 'batch') {
        losses.push(event.loss);
        // In the second batch of the second epoch.
        if (losses.length === 6) {
          destroyDevice();
        }
      }
      if (event.tag === 'done') message = 'it went on to the end';
      if (event.tag === 'failed') {
        message = line(event.error);
        const [{ weights }] = event.parameters;
        const kept = toHost(weights);
        expect(kept.every((v) => Number.isFinite(v))).toBe(true);
        expect(kept.some((v) => v !== 0)).toBe(true);
        dispose(event.parameters);
      }
    }
    dispose(parameters);
    expect(message).toMatch(
      /^backend error at webgpu: expected a device that is not lost \(start the backend again to go on\), found a lost one \(destroyed: /,
    );
    expect(losses.length).toBeLessThan(12);
    expect(liveTensors()).toBe(before);
  });

  it('is another one after the next start', async () => {
    right(await start('webgpu')());
    expect(deviceLost()).toBeUndefined();
    const [{ weights }] = net.init(Key.key(1));
    expect(toHost(weights).some((v) => v !== 0)).toBe(true);
  });

  it('gives no checkpoint, neither as an event nor as bytes', async () => {
    const parameters = net.init(Key.key(1));
    const found: string[] = [];
    /** Computed on the device, and never read. */
    const kept: Tensor[] = [];
    for await (const event of training(parameters, { checkpointEvery: 1 })) {
      if (event.tag === 'epoch' || event.tag === 'checkpoint') found.push(`${event.tag} ${event.epoch}`);
      if (event.tag === 'checkpoint') kept.push(...Tree.leaves(event.parameters).map((leaf) => leaf.clone()));
      if (event.tag === 'epoch' && event.epoch === 2) {
        destroyDevice();
        // It is known to be lost once the event loop was free.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      if (event.tag === 'failed') {
        found.push(event.error._tag);
        dispose(event.parameters);
      }
    }
    expect(found).toEqual(['epoch 0', 'epoch 1', 'checkpoint 1', 'epoch 2', 'backend']);
    expect(messageOf(await encodeCheckpoint({ parameters: kept, optimizerState: [], epoch: 1 })())).toMatch(
      /^backend error at webgpu: expected a device that is not lost /,
    );
    dispose(parameters, kept);
  });
});
