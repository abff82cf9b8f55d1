/** Trains a small network with a seed and prints the bytes of its parameters, in hexadecimal. */
import * as E from 'fp-ts/Either';
import {
  adam,
  chain,
  Key,
  linear,
  proxprop,
  relu,
  softmaxCrossEntropy,
  start,
  train,
  Tree,
  backprop,
} from '../../src';
import { boxes } from '../support';

const main = async (): Promise<void> => {
  const [seed = '1', method = 'backprop', threads = '1'] = process.argv.slice(2);
  const running = await start('wasm', { threads: Number(threads) })();
  if (E.isLeft(running)) throw new Error('wasm does not start');
  const net = chain(linear(6, 8), relu(8), linear(8, 3));
  const data = boxes(1, 64, 6, 3);
  for await (const event of train(net, softmaxCrossEntropy, {
    parameters: net.init(Key.key(Number(seed))),
    method: method === 'backprop' ? backprop() : proxprop(),
    optimizer: adam(),
    train: data,
    test: data,
    epochs: 3,
    batchSize: 16,
    key: Key.key(Number(seed)),
  }))
    if (event.tag === 'done')
      for (const leaf of Tree.leaves(event.parameters))
        console.log(Buffer.from(new Uint8Array(leaf.dataSync().slice().buffer)).toString('hex'));
};

void main();
