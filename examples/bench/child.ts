/**
 * What has to be measured in a process of its own; prints one line of JSON:
 *
 *     child.ts steps THREADS ROUNDS    median milliseconds of a backprop step of the multilayer perceptron
 *     child.ts memory METHOD NETWORK   peak memory in training one of `measured`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type AnyChain,
  describe,
  dispose,
  exact,
  type Examples,
  Key,
  nesterov,
  proxprop,
  backprop,
} from '../../src';
import * as E from 'fp-ts/Either';
import { type Running, softmaxCrossEntropy, start, train } from '../../src';
import { interleaved, median } from './measure';
import { isMeasured, measured } from './memory';
import { denseExample, mlp } from './networks';
import { stepper } from './stepper';

const BATCH = 500;
const STEPS = 6;

const begin = async (threads: number): Promise<Running> => {
  const running = await start('wasm', { threads })();
  if (E.isLeft(running)) throw new Error(describe(running.left));
  return running.right;
};

const steps = async (threads: number, rounds: number): Promise<object> => {
  await begin(threads);
  const step = stepper(mlp(), backprop(), denseExample(BATCH));
  return { milliseconds: median(interleaved({ backprop: step.run }, rounds).backprop) };
};

/** Collect what lies about in the JavaScript heap, so that it is not taken for what training needs. */
const collect = (): void => {
  setFlagsFromString('--expose-gc');
  // What the flag brings: a function without arguments.
  const gc = runInNewContext('gc') as () => void;
  gc();
};

/** Forget the peak of resident memory so far (Linux). */
const forgetPeak = (): void => {
  writeFileSync('/proc/self/clear_refs', '5');
};

const peakBytes = (): number =>
  Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

const memory = async (method: string, network: string): Promise<object> => {
  if (!isMeasured(network))
    throw new Error(
      `options error at child.ts memory: expected one of ${Object.keys(measured).join(', ')}, found ${network}`,
    );
  const { heap } = await begin(2);
  const { batch } = measured[network];
  const net: AnyChain = measured[network].net();
  const width = net.input.reduce((a, b) => a * b, 1);
  const classes = net.output[0] ?? 1;
  const count = batch * STEPS;
  const examples: Examples = {
    shape: net.input,
    inputs: Float32Array.from({ length: count * width }, (_, i) => ((i * 7919) % 1000) / 1000),
    targets: Int32Array.from({ length: count }, (_, i) => i % classes),
    count,
  };
  const few: Examples = {
    ...examples,
    inputs: examples.inputs.subarray(0, width * batch),
    targets: examples.targets.subarray(0, batch),
    count: batch,
  };
  collect();
  const before = process.memoryUsage.rss();
  const allocated = heap?.live() ?? 0;
  const parameters = net.init(Key.key(1));
  const events = train(net, softmaxCrossEntropy, {
    parameters,
    method: method === 'exact' ? proxprop({ solver: exact() }) : backprop(),
    optimizer: nesterov(0.01),
    train: examples,
    test: few,
    epochs: 1,
    batchSize: batch,
    key: Key.key(2),
  });
  for await (const event of events) {
    // From here on training has copies of its own.
    if (event.tag === 'epoch' && event.epoch === 0) dispose(parameters);
    if (event.tag === 'batch' && event.batch === 2) {
      collect();
      forgetPeak();
      heap?.forgetPeak();
    }
    if (event.tag === 'failed') throw new Error(describe(event.error));
    if (event.tag === 'done') dispose(event.parameters);
  }
  return { resident: peakBytes() - before, allocated: (heap?.peak() ?? 0) - allocated };
};

const [what = '', first = '', second = ''] = process.argv.slice(2);
(what === 'memory' ? memory(first, second) : steps(Number(first), Number(second)))
  .then((found) => {
    console.log(JSON.stringify(found));
  })
  .catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : String(thrown));
    process.exitCode = 1;
  });
