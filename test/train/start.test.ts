/** What neither loop can start from is a `failed` event, and nothing is left behind. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  chain,
  descend,
  describe as show,
  dispose,
  Key,
  linear,
  liveTensors,
  sgd,
  softmaxCrossEntropy,
  train,
  type TrainEvent,
  type Tree,
} from '../../src';
import { boxes, started } from '../support';

const net = chain(linear(6, 8), linear(8, 3));
const data = boxes(1, 20, 6, 3);

/** The one line of the failure; what it hands back is freed. */
const failure = async <P extends Tree.Tree>(events: AsyncGenerator<TrainEvent<P>, void>): Promise<string> => {
  let found = 'no error';
  for await (const event of events) {
    if (event.tag === 'failed') found = show(event.error);
    if (event.tag === 'failed' || event.tag === 'done') dispose(event.parameters);
  }
  return found;
};

type Given = ReturnType<typeof net.init>;

const loops = {
  train: (parameters: Given, count = data.count) =>
    train(net, softmaxCrossEntropy, {
      ...{ parameters, method: backprop(), optimizer: sgd(0.1), key: Key.key(1) },
      ...{ train: { ...data, count }, test: data, epochs: 1, batchSize: 10 },
    }),
  descend: (parameters: Given, count = data.count) =>
    descend(net, softmaxCrossEntropy, {
      ...{ parameters, method: backprop(), train: { ...data, count }, test: data, sweeps: 1 },
    }),
};

beforeAll(() => started('cpu'));

for (const [name, loop] of Object.entries(loops))
  describe(name, () => {
    it('names a parameter that was freed', async () => {
      const before = liveTensors();
      const parameters = net.init(Key.key(1));
      parameters[1].bias.dispose();
      expect(await failure(loop(parameters))).toBe(
        'memory error at parameters.1.bias: expected a tensor that lives, found a freed one',
      );
      dispose(parameters);
      expect(liveTensors()).toBe(before);
    });

    it('names a count that is no number of examples', async () => {
      const parameters = net.init(Key.key(1));
      expect(await failure(loop(parameters, Infinity))).toBe(
        'data error at train: expected at least one example, found Infinity',
      );
      dispose(parameters);
    });
  });
