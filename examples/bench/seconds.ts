/** Seconds of training to a loss, on CIFAR-10 by the large multilayer perceptron: ours beside PyTorch at its best settings. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import {
  adam,
  backprop,
  dispose,
  diverged,
  error,
  exact,
  type ExampleArrays,
  Key,
  type Method,
  nesterov,
  type Optimizer,
  type ProxpropError,
  proxprop,
  softmaxCrossEntropy,
  train,
} from '../../src';
import { type Contested, netOf } from './contest';
import { type Finish, lastLoss, type Mark, race, type Racer } from './race';
import { Done, Epoch, Loss, type Torch } from './torch';

/** The loss over all training examples that counts as the end. */
export const TARGET = 1;
/** Nobody trains for longer. */
const EPOCHS = 60;
const SEED = 1;
/** The longest that one answer may take, in seconds. */
const PATIENCE = 600;

/** What is trained: a dense network on examples, in batches of its size. */
export interface Course {
  readonly network: Contested;
  readonly examples: ExampleArrays;
}

/** PyTorch's settings, of which the best counts. */
const settings: readonly (readonly [optimizer: 'adam' | 'nesterov', rate: number])[] = [
  ['adam', 1e-4],
  ['adam', 3e-4],
  ['adam', 1e-3],
  ['nesterov', 0.005],
  ['nesterov', 0.01],
  ['nesterov', 0.05],
];

const nameOf = (optimizer: string, rate: number): string =>
  `${optimizer === 'adam' ? 'Adam' : 'Nesterov'} ${rate}`;

const ourRacer = (
  { network, examples }: Course,
  team: string,
  name: string,
  method: Method,
  optimizer: Optimizer.Optimizer,
): Racer => {
  const net = netOf(network);
  const parameters = net.init(Key.key(SEED));
  const events = train(net, softmaxCrossEntropy, {
    parameters,
    method,
    optimizer,
    train: examples,
    epochs: EPOCHS,
    batchSize: network.batch,
    key: Key.key(SEED + 1),
  });
  let reached = 0;
  return {
    name,
    team,
    next: async () => {
      for (;;) {
        const { value: event, done } = await events.next();
        if (done === true) return E.right({ seconds: reached, loss: null });
        if (event.tag === 'failed') {
          return diverged(event) ? E.right({ seconds: reached, loss: null }) : E.left(event.error);
        }
        if (event.tag !== 'epoch') continue;
        reached = event.seconds;
        return E.right({ seconds: reached, loss: Number.isFinite(event.trainLoss) ? event.trainLoss : null });
      }
    },
    end: async () => {
      await events.return(undefined);
      dispose(parameters);
    },
  };
};

const torchRacer = (torch: Torch, { network }: Course, optimizer: string, rate: number): Racer => {
  const name = nameOf(optimizer, rate);
  let seconds: number | undefined;
  return {
    name,
    team: `PyTorch ${torch.version}`,
    next: async (): Promise<E.Either<ProxpropError, Mark>> => {
      if (seconds === undefined) {
        const { layers, batch } = network;
        const request = { ask: 'contender', name, layers, optimizer, rate, batch, seed: SEED };
        const made = await torch.ask(Loss, request, PATIENCE);
        if (E.isLeft(made)) return made;
        seconds = 0;
        return E.right({ seconds, loss: made.right.loss });
      }
      const found = await torch.ask(Epoch, { ask: 'epoch', name }, PATIENCE);
      if (E.isLeft(found)) return found;
      seconds += found.right.seconds;
      return E.right({ seconds, loss: found.right.loss });
    },
    end: async () => {
      // Where it is gone already, nothing is left to be dropped.
      if (seconds !== undefined) await torch.ask(Done, { ask: 'drop', name }, PATIENCE);
    },
  };
};

/** Give PyTorch the same examples, by a file that is removed when it has read it. */
const handOver = async (torch: Torch, examples: ExampleArrays): Promise<E.Either<ProxpropError, unknown>> => {
  const { inputs, targets, scale = 1, count, shape } = examples;
  if (!(inputs instanceof Uint8Array))
    return E.left(error('data', 'the images', 'bytes', 'another kind of numbers'));
  const folder = await mkdtemp(join(tmpdir(), 'proxprop-bench-'));
  try {
    const path = join(folder, 'examples');
    await writeFile(path, Buffer.concat([inputs, Uint8Array.from(targets)]));
    const width = shape.reduce((a, b) => a * b, 1);
    return await torch.ask(Done, { ask: 'data', path, count, width, scale }, PATIENCE);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** All settings by turns. Without PyTorch, ours alone. */
export const secondsToLoss = async (
  course: Course,
  torch: Torch | undefined,
  tell: (line: string) => void,
): Promise<E.Either<ProxpropError, readonly Finish[]>> => {
  if (torch !== undefined) {
    const given = await handOver(torch, course.examples);
    if (E.isLeft(given)) return given;
  }
  // A step size near the one that held-out images chose of five for this network (`../paper/cifar-mlp.json`).
  const solved = proxprop({ tauTheta: 0.04, solver: exact() });
  const ours = (name: string, optimizer: Optimizer.Optimizer): Racer =>
    ourRacer(course, 'backprop', name, backprop(), optimizer);
  const racers = [
    ourRacer(course, 'ProxProp exact', 'Nesterov 3, τ_θ 0.04', solved, nesterov(3, 0.95)),
    ours(nameOf('adam', 1e-4), adam(1e-4)),
    ...(torch === undefined
      ? []
      : settings.map(([optimizer, rate]) => torchRacer(torch, course, optimizer, rate))),
  ];
  return race(racers, TARGET, EPOCHS, tell);
};

export const secondsHeader = ['library', 'setting', 'epochs', 'last loss', 'seconds', '/ ProxProp exact'];

/** A row each; those that were not there in time are above the seconds that they took. */
export const secondsRows = (found: readonly Finish[]): readonly (readonly string[])[] => {
  const first = found[0]?.seconds ?? null;
  return found.map((finish) => {
    const { team, name, seconds, marks } = finish;
    const taken = seconds ?? marks.at(-1)?.seconds ?? 0;
    const above = seconds === null ? 'more than ' : '';
    return [
      team,
      name,
      String(Math.max(0, marks.length - 1)),
      lastLoss(finish).toFixed(2),
      `${above}${taken.toFixed(1)}`,
      // Without a first there is nothing to compare with.
      first === null ? '' : `${above}${(taken / first).toFixed(2)}`,
    ];
  });
};
