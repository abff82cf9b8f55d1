/** A small experiment on the data that comes with the repository. */
import { type TrainingConfig } from '../../src/experiment';

export const small = (): TrainingConfig => ({
  kind: 'training',
  name: 'small',
  title: 'A small experiment',
  question: 'Does it run?',
  data: { name: 'fashion-mnist', train: 200, test: 100 },
  network: [{ layer: 'linear', units: 16 }, { layer: 'relu' }, { layer: 'linear', units: 10 }],
  loss: 'softmaxCrossEntropy',
  batchSize: 50,
  epochs: 3,
  seeds: [1, 2],
  target: 2,
  tuning: { epochs: 1, seed: 7 },
  methods: [
    {
      name: 'backprop',
      schedule: { type: 'backprop' },
      optimizer: { type: 'nesterov', rate: 0.1 },
      vary: { 'optimizer.rate': [0.1, 1e30] },
    },
    {
      name: 'ProxProp',
      schedule: { type: 'proxprop', solver: 'cg3' },
      optimizer: { type: 'adam', rate: 0.01 },
    },
    {
      name: 'block coordinate descent',
      schedule: { type: 'blockCoordinateDescent', coupling: 0.1, tauTheta: 1000 },
      epochs: 2,
    },
  ],
});
