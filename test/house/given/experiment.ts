/** Small experiments, as they are read, and a training and a contest of them. */
import { chain, linear, relu } from '../../../src';
import {
  builtIn,
  cellOf,
  type Contest,
  contestOn,
  type Experiment,
  type LimitsConfig,
  type Row,
  spirals,
  type TrainingConfig,
} from '../../../src/experiment';

const about = { title: 'Two rates', question: 'Which rate?' };

export const config: TrainingConfig = {
  ...{ kind: 'training', name: 'quick', ...about },
  data: { name: 'spirals', train: 30, test: 9 },
  network: [{ layer: 'linear', units: 3 }],
  ...{ loss: 'softmaxCrossEntropy', batchSize: 10, epochs: 1, seeds: [1] },
  methods: [
    {
      name: 'backprop',
      schedule: { type: 'backprop' },
      optimizer: { type: 'sgd', rate: 0.1 },
      vary: { 'optimizer.rate': [0.1, 1] },
    },
  ],
};
export const experiment: Experiment<TrainingConfig> = { path: 'quick.json', config, registry: builtIn };

export const limits: Experiment<LimitsConfig> = {
  path: 'limits.json',
  config: {
    ...{ kind: 'limits', name: 'limits', ...about },
    cases: [
      {
        ...{ name: 'a point', network: [{ layer: 'linear', units: 1 }], loss: 'squaredError', seeds: [1] },
        points: { inputs: [[1]], targets: [[2]] },
      },
    ],
    multiples: { from: 0.1, to: 10, count: 3 },
    steps: 1,
  },
  registry: builtIn,
};

const line = (epoch: number, trainLoss: number) => ({
  ...{ epoch, seconds: 2 * epoch, trainLoss, testLoss: trainLoss, testAccuracy: 0.5 },
});

export const row: Row = {
  method: 0,
  trainer: { name: 'backprop', schedule: { type: 'backprop' }, optimizer: { type: 'sgd', rate: 0.1 } },
  choice: [['optimizer.rate', 0.1]],
  runs: [{ seed: 1, lines: [line(0, 1), line(1, 0.5)], ending: { outcome: 'done', reason: '' } }],
};
export const cell = cellOf('final', row, 1, 1);

const silent = (): void => undefined;

export const contest: Contest = {
  ...contestOn(chain(linear(2, 8), relu(8), linear(8, 3)), spirals({ train: 30, test: 9 }), {
    epochs: 1,
    batch: 10,
    seed: 1,
  }),
  progress: { start: silent, tick: silent, stop: silent },
};
