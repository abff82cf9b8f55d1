/**
 * What has to be measured in a process of its own; prints one line of JSON:
 *
 *     child.ts steps THREADS ROUNDS    median milliseconds of a backprop step of the multilayer perceptron
 *     child.ts memory METHOD NETWORK   peak memory in training one of `measured`
 *     child.ts serve THREADS WARM      answers { network, method } on stdin by median milliseconds, a line each, after so many milliseconds
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { createInterface } from 'node:readline';
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
import * as t from 'io-ts';
import { type Running, softmaxCrossEntropy, start, train } from '../../src';
import { contested, exampleOf, netOf } from './contest';
import { burst, interleaved, median, TURN } from './measure';
import { isMeasured, measured } from './memory';
import { denseExample, mlp } from './networks';
import { type Stepper, stepper } from './stepper';

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
  return { milliseconds: median(interleaved({ backprop: step.run }, { rounds, warm: TURN }).backprop) };
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

const Request = t.type({ network: t.string, method: t.union([t.literal('backprop'), t.literal('exact')]) });

/** Threads look for work for a while before they sleep: in that time they would take from others. */
const ASLEEP = 50;

const serve = async (threads: number, warm: number): Promise<void> => {
  await begin(threads);
  let made: { readonly name: string; readonly steps: Stepper; readonly end: () => void } | undefined;
  const stepperOf = (network: string, method: 'backprop' | 'exact'): Stepper => {
    const name = `${method} ${network}`;
    if (made?.name === name) return made.steps;
    made?.end();
    const described = contested.find((one) => one.name === network);
    if (described === undefined) throw new Error(`options error at child.ts serve: no network ${network}`);
    const example = exampleOf(described);
    const by = method === 'exact' ? proxprop({ tauTheta: 0.05, solver: exact() }) : backprop();
    const found = stepper(netOf(described), by, example);
    const end = (): void => {
      found.end();
      dispose(example.input, example.target);
    };
    burst(found.run, warm);
    made = { name, steps: found, end };
    return found;
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request = Request.decode(JSON.parse(line));
    if (E.isLeft(request)) throw new Error(`options error at child.ts serve: no request: ${line}`);
    const { network, method } = request.right;
    const milliseconds = burst(stepperOf(network, method).run, TURN);
    await new Promise((done) => setTimeout(done, ASLEEP));
    console.log(JSON.stringify({ milliseconds }));
  }
};

const [what = '', first = '', second = ''] = process.argv.slice(2);

const print = (found: object): void => {
  console.log(JSON.stringify(found));
};

const answer = async (): Promise<void> => {
  switch (what) {
    case 'memory':
      print(await memory(first, second));
      return;
    case 'serve':
      await serve(Number(first), Number(second));
      return;
    default:
      print(await steps(Number(first), Number(second)));
  }
};

answer().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = 1;
});
