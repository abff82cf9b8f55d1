/**
 * Runs kernels or trainings again and again on a number of threads, and prints each one's name and the hashes of its results,
 * without repetitions, as JSON.
 *
 *     program.ts kernels|mutant|trainings THREADS REPEATS
 *     program.ts save|resume THREADS FOLDER     trainings with checkpoints, and from each of these to the end
 *
 * With PROXPROP_RELAXED=1 by kernels with relaxed SIMD.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Tensor } from '@tensorflow/tfjs-core';
import {
  adam,
  describe,
  dispose,
  loadCheckpoint,
  orThrow,
  saveCheckpoint,
  scope,
  start,
  train,
  type TrainOptions,
  Tree,
  softmaxCrossEntropy,
} from '../../src';
import { byMember, kernels } from './kernels';
import { type P, type Training, trainings } from './trainings';

const EPOCHS = 3;

const hashOf = (tensors: readonly Tensor[]): string => {
  const hash = createHash('sha256');
  for (const tensor of tensors) {
    const numbers = tensor.dataSync();
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
};

/** The hash of the parameters in the end; each checkpoint goes to `keep`. */
const trained = async (
  { net, options }: Training,
  change: Partial<TrainOptions<P>>,
  keep?: (epoch: number) => string,
): Promise<string> => {
  const given = options(change);
  let found = 'no end';
  for await (const event of train(net, softmaxCrossEntropy, given)) {
    if (event.tag === 'checkpoint' && keep !== undefined)
      orThrow(await saveCheckpoint(keep(event.epoch), { ...event, optimizerState: event.state })());
    if (event.tag === 'failed') throw new Error(describe(event.error));
    if (event.tag !== 'done') continue;
    found = hashOf(Tree.leaves(event.parameters));
    dispose(event.parameters);
  }
  dispose(given.parameters);
  return found;
};

const again = async (
  times: number,
  what: { readonly [name: string]: () => Promise<string> | string },
): Promise<void> => {
  const found: Record<string, readonly string[]> = {};
  for (const [name, run] of Object.entries(what)) {
    const hashes = new Set<string>();
    for (let i = 0; i < times; i++) hashes.add(await run());
    found[name] = [...hashes];
  }
  console.log(JSON.stringify(found));
};

const once = (f: () => readonly Tensor[] | Tensor) => (): string =>
  scope(() => {
    const result = f();
    return hashOf(result instanceof Array ? result : [result]);
  });

/** Those that differ enough to be resumed each. */
const resumed = Object.entries(trainings).filter(([name]) => /backprop|proxprop cg/.test(name));

const main = async (): Promise<void> => {
  const [what = '', threads = '1', rest = ''] = process.argv.slice(2);
  const relaxed = process.env['PROXPROP_RELAXED'] === '1';
  const running = orThrow(await start('wasm', { threads: Number(threads), relaxed })());
  if (running.threads !== Number(threads) || running.relaxed !== relaxed) throw new Error(running.note);
  const each = <A>(
    entries: readonly (readonly [string, A])[],
    f: (value: A, name: string) => Promise<string> | string,
  ) => Object.fromEntries(entries.map(([name, value]) => [name, () => f(value, name)]));
  const place = (name: string, epoch: number): string =>
    join(rest, `${name.replace(/\W+/g, '-')}-${epoch}.safetensors`);
  if (what === 'kernels')
    await again(
      Number(rest),
      each(Object.entries(kernels), (f) => once(f)()),
    );
  if (what === 'mutant') await again(Number(rest), { 'by member': once(byMember) });
  if (what === 'trainings')
    for (const slow of [false, true])
      await again(
        slow ? 2 : Number(rest),
        each(
          Object.entries(trainings).filter(([, training]) => training.slow === slow),
          (training) => trained(training, {}),
        ),
      );
  if (what === 'save')
    await again(
      1,
      each(resumed, (training, name) =>
        trained(training, { epochs: EPOCHS, checkpointEvery: 1 }, (epoch) => place(name, epoch)),
      ),
    );
  if (what === 'resume') {
    let epoch = 0;
    await again(
      EPOCHS - 1,
      each(resumed, async (training, name) => {
        epoch = (epoch % (EPOCHS - 1)) + 1;
        const like = training.options({}).parameters;
        const loaded = orThrow(
          await loadCheckpoint(place(name, epoch), { parameters: like, optimizer: adam(1e-3) })(),
        );
        return trained(training, { epochs: EPOCHS, parameters: loaded.parameters, resume: loaded });
      }),
    );
  }
};

void main();
