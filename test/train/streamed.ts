/**
 * Training from a stream that is larger than the memory it takes: `npx ts-node test/train/streamed.ts [GB] [--array]`. A generator
 * gives images of bytes; the figure is how far the memory of the process grows beyond what it had in the first hundred batches. With
 * `--array` the same numbers are trained on as one array: the checksum of the parameters is the same.
 */
import { createHash } from 'node:crypto';
import {
  backprop,
  chain,
  dispose,
  type ExampleArrays,
  type Examples,
  inMemory,
  Key,
  linear,
  nesterov,
  orThrow,
  relu,
  softmaxCrossEntropy,
  start,
  toHost,
  train,
  Tree,
} from '../../src';

const PIXELS = 784;
const CLASSES = 10;
const net = chain(linear(PIXELS, 4), relu(4), linear(4, CLASSES));

/** Noise that images are cut out of: making each anew would take longer than training on it. */
const noise = Uint8Array.from({ length: 2 ** 20 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 25);

/** The examples from one to before another: noise, with a bright stripe at the place of the class. */
const made = (from: number, to: number): ExampleArrays => {
  const count = to - from;
  const inputs = new Uint8Array(count * PIXELS);
  const targets = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const word = Math.imul(from + i + 1, 0x85ebca6b) >>> 0;
    const target = (word >>> 8) % CLASSES;
    const begin = word % (noise.length - PIXELS);
    targets[i] = target;
    inputs.set(noise.subarray(begin, begin + PIXELS), i * PIXELS);
    inputs.fill(255, i * PIXELS + 78 * target, i * PIXELS + 78 * (target + 1));
  }
  return { shape: [PIXELS], inputs, scale: 1 / 255, targets, count };
};

/** `count` examples in pieces, made as they are asked for. */
export const generated = (count: number, piece: number, shuffle: number): Examples => ({
  shape: [PIXELS],
  count,
  shuffle,
  open: function* () {
    for (let from = 0; from < count; from += piece) yield made(from, Math.min(count, from + piece));
  },
});

/** What a training on examples ended with. */
export interface Trained {
  readonly loss: number;
  readonly bits: readonly Float64Array[];
}

/** One epoch; `each` is called after every batch. */
export const trainedOn = async (
  examples: Examples,
  batchSize: number,
  each: (batch: number) => void = () => undefined,
): Promise<Trained> => {
  const parameters = net.init(Key.key(1));
  let loss = Number.NaN;
  try {
    for await (const event of train(net, softmaxCrossEntropy, {
      parameters,
      method: backprop(),
      optimizer: nesterov(0.05),
      train: examples,
      test: made(0, 100),
      epochs: 1,
      batchSize,
      evaluate: { part: 10_000 },
      key: Key.key(2),
    }))
      if (event.tag === 'batch') each(event.batch);
      else if (event.tag === 'epoch') loss = event.trainLoss;
      else if (event.tag === 'failed') throw new Error(`${event.error.path}: ${event.error.found}`);
      else if (event.tag === 'done') {
        const bits = Tree.leaves(event.parameters).map(toHost);
        dispose(event.parameters);
        return { loss, bits };
      }
  } finally {
    dispose(parameters);
  }
  throw new Error('a training that does not end');
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

const main = async (): Promise<void> => {
  orThrow(await start('wasm', { threads: 1 })());
  const gigabytes = Number(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 2.2);
  const count = Math.ceil((gigabytes * 1e9) / PIXELS);
  const stream = generated(count, 2000, 4000);
  console.log(`${count} images of ${PIXELS} bytes: ${((count * PIXELS) / 1e9).toFixed(2)} GB`);
  let [settled, most] = [0, 0];
  const whole = process.argv.includes('--array');
  const examples = whole ? orThrow(await inMemory(stream)()) : stream;
  const { loss, bits } = await trainedOn(examples, 2000, (batch) => {
    const { rss } = process.memoryUsage();
    if (batch <= 100) settled = Math.max(settled, rss);
    most = Math.max(most, rss);
  });
  const hash = createHash('sha256');
  for (const tensor of bits) hash.update(tensor);
  console.log(`${whole ? 'one array' : 'a stream'}: loss ${loss}, parameters ${hash.digest('hex')}`);
  console.log(
    `memory of the process: ${megabytes(settled)} in the first 100 batches, ${megabytes(most)} at most`,
  );
};

if (require.main === module) void main();
