/**
 * A page that trains a small network on data of its own, on the backend that the reader chooses.
 *
 *     npm run build:browser     # writes it to dist/browser/page; serve that folder from localhost
 */
import * as E from 'fp-ts/Either';
import {
  type Backend,
  backends,
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

/** As much of the page as is used here; the full types would let Node's code use it too. */
interface Element {
  textContent: string | null;
  value: string;
  disabled: boolean;
  readonly append: (child: Element) => void;
  readonly setAttribute: (name: string, value: string) => void;
  readonly addEventListener: (event: string, listener: () => void) => void;
}
declare const document: {
  readonly getElementById: (id: string) => Element | null;
  readonly createElement: (tag: string) => Element;
};

const element = (id: string): Element => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
};

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

/** Train from the same numbers each time. What it shows is also what it gives: the losses of all batches. */
const run = async (backend: Backend): Promise<string> => {
  const started = await start(backend)();
  if (E.isLeft(started)) return describe(started.left);
  const { adapter, threads } = started.right;
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
          element('losses').setAttribute('points', plotted(losses, total));
          break;
        case 'epoch':
          element('status').textContent =
            `${backend}, ${adapter ?? `threads: ${threads}`}: epoch ${event.epoch} of ${EPOCHS}, ` +
            `loss ${event.trainLoss.toFixed(4)}, ` +
            `accuracy ${(100 * (event.testAccuracy ?? 0)).toFixed(1)} %`;
          break;
        case 'failed':
          dispose(event.parameters);
          return describe(event.error);
        case 'done':
          dispose(event.parameters);
          break;
        case 'checkpoint':
        case 'diagnostics':
        case 'evaluation':
      }
    return '';
  } finally {
    dispose(parameters);
  }
};

for (const name of backends) {
  const option = document.createElement('option');
  option.value = name;
  option.textContent = name;
  element('backend').append(option);
}

element('train').addEventListener('click', () => {
  const chosen = backends.find((name) => name === element('backend').value);
  if (chosen === undefined) return;
  element('train').disabled = true;
  element('failure').textContent = '';
  void run(chosen)
    .catch((thrown: unknown) => String(thrown))
    .then((failure) => {
      element('failure').textContent = failure;
      element('train').disabled = false;
    });
});
