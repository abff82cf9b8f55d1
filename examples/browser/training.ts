/** What the page trains, on its own thread or in a Web Worker: a small network on three arms of a spiral. */
import * as E from 'fp-ts/Either';
import {
  type Backend,
  backprop,
  chain,
  describe,
  dispose,
  type Examples,
  Key,
  linear,
  nesterov,
  softmaxCrossEntropy,
  start,
  tanh,
  train,
} from '../../src';

const CLASSES = 3;

/** `count` points on the arms of a spiral, with a little noise. */
const spiral = (key: Key.Key, count: number): Examples => {
  const noise = Key.bits(key, count);
  const inputs = new Float32Array(2 * count);
  const targets = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  targets.forEach((arm, i) => {
    const radius = (Math.floor(i / CLASSES) + 1) / (count / CLASSES);
    const angle = (2 * Math.PI * arm) / CLASSES + 3 * radius + ((noise[i] ?? 0) / 2 ** 32 - 0.5) * 0.3;
    inputs.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
  });
  return { shape: [2], inputs, targets, count };
};

const net = chain(linear(2, 16), tanh(16), linear(16, CLASSES));

const plotted = (losses: readonly number[], total: number): string =>
  losses.map((loss, i) => `${(100 * i) / total},${100 - 80 * Math.min(1.25, loss)}`).join(' ');

const EPOCHS = 10;
const BATCH = 30;

/** What is to be shown: the losses of all batches as points of a line, a sentence, or why the training failed. */
export interface Shown {
  readonly points?: string;
  readonly status?: string;
  readonly note?: string;
  /** Empty where the training is done. */
  readonly failure?: string;
}

/** Train from the same numbers each time. */
export const run = async (backend: Backend, show: (shown: Shown) => void): Promise<void> => {
  const started = await start(backend)();
  if (E.isLeft(started)) {
    show({ failure: describe(started.left) });
    return;
  }
  const { adapter, note = '', threads } = started.right;
  show({ note });
  const losses: number[] = [];
  const data = spiral(Key.key(1), 300);
  const parameters = net.init(Key.key(2));
  const total = EPOCHS * (data.count / BATCH);
  try {
    for await (const event of train(net, softmaxCrossEntropy, {
      parameters,
      method: backprop(),
      optimizer: nesterov(0.3, 0.9),
      train: data,
      test: data,
      epochs: EPOCHS,
      batchSize: BATCH,
      key: Key.key(3),
    }))
      switch (event.tag) {
        case 'batch':
          losses.push(event.loss);
          show({ points: plotted(losses, total) });
          break;
        case 'epoch':
          show({
            status:
              `${backend}, ${adapter ?? `threads: ${threads}`}: epoch ${event.epoch} of ${EPOCHS}, ` +
              `loss ${event.trainLoss.toFixed(4)}, ` +
              `accuracy ${(100 * (event.testAccuracy ?? 0)).toFixed(1)} %`,
          });
          break;
        case 'failed':
          dispose(event.parameters);
          show({ failure: describe(event.error) });
          return;
        case 'done':
          dispose(event.parameters);
          break;
        case 'checkpoint':
        case 'diagnostics':
        case 'evaluation':
      }
    show({ failure: '' });
  } finally {
    dispose(parameters);
  }
};
