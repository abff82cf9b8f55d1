/**
 * Every optimizer of the table trains to the same bytes with a stop as without, the state written to bytes and read again, whatever
 * it remembers: also where the stop is between the batches that make one update.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  decodeCheckpoint,
  describe as show,
  dispose,
  encodeCheckpoint,
  Key,
  liveTensors,
  Optimizer,
  softmaxCrossEntropy,
  train,
  type TrainOptions,
} from '../../src';
import { table } from '../optimizer/table';
import { right, started, testBackends } from '../support';
import { bitsOf, optionsOf, type P, plain } from './resume';

/** Batches of 12, 12, 12 and 8 examples: no three of them end with an epoch. */
const SHORT = { epochs: 2, batchSize: 12 } as const;

/** The bits of parameters and state at the end, and the bytes of the checkpoint after epoch 1. */
const trained = async (
  optimizer: Optimizer.Optimizer,
  parameters: P,
  change: Partial<TrainOptions<P>> = {},
) => {
  const options = optionsOf({ method: backprop(), optimizer }, parameters, { ...SHORT, ...change });
  let [bits, bytes]: [readonly Uint32Array[], Uint8Array] = [[], new Uint8Array()];
  for await (const event of train(plain, softmaxCrossEntropy, options)) {
    if (event.tag === 'failed') throw new Error(show(event.error));
    if (event.tag === 'checkpoint') {
      bits = await bitsOf(event.parameters, ...Optimizer.momentsOf(event.state));
      if (event.epoch === 1)
        bytes = right(await encodeCheckpoint({ ...event, optimizerState: event.state })());
    }
    if (event.tag === 'done') dispose(event.parameters);
  }
  return { bits, bytes };
};

describe.each(testBackends)('training that goes on after a checkpoint in bytes, on %s', (backend) => {
  beforeAll(() => started(backend));

  for (const { name, optimizer } of table)
    it(name, async () => {
      const before = liveTensors();
      const parameters: P = [...plain.init(Key.key(1))];
      const all = await trained(optimizer, parameters);
      const loaded = right(decodeCheckpoint('bytes', all.bytes, { parameters, optimizer }));
      const later = await trained(optimizer, loaded.parameters, { resume: loaded });
      expect(later.bits).toEqual(all.bits);
      expect(all.bits.length).toBeGreaterThanOrEqual(4);
      dispose(parameters, loaded.parameters, ...Optimizer.momentsOf(loaded.state));
      expect(liveTensors()).toBe(before);
    });
});
