/** Networks, losses, methods and optimizers from their configurations. */
import {
  Optimizer,
  admm,
  type AnyChain,
  type AnyLayer,
  backprop,
  blockCoordinateDescent,
  chainOfLayers,
  conv2d,
  fail,
  flatten,
  linear,
  type Loss,
  mac,
  maxPool2d,
  type Method,
  predictiveCoding,
  proxprop,
  relu,
  type Shape,
  showShape,
  sigmoid,
  softmaxCrossEntropy,
  squaredError,
  tanh,
} from '../../../src';
import { type LayerConfig, type OptimizerConfig, type ScheduleConfig, solverOf } from './config';

const imageShape = (path: string, input: Shape): readonly [number, number, number] => {
  const [height = 0, width = 0, channels = 0] = input;
  return input.length === 3
    ? [height, width, channels]
    : fail('options', path, 'images [height, width, channels] before it', showShape(input));
};

const buildLayer = (path: string, config: LayerConfig, input: Shape): AnyLayer => {
  switch (config.layer) {
    case 'linear': {
      const [size = 0] = input;
      return input.length === 1
        ? linear(size, config.units)
        : fail('options', path, 'one axis of features before it', showShape(input));
    }
    case 'relu':
      return relu(input);
    case 'tanh':
      return tanh(input);
    case 'sigmoid':
      return sigmoid(input);
    case 'conv2d':
      return conv2d(imageShape(path, input), config.filters, config.size, {
        stride: config.stride ?? 1,
        padding: config.padding ?? 'same',
      });
    case 'maxPool2d':
      return maxPool2d(imageShape(path, input), config.size);
    case 'flatten':
      return flatten(input);
  }
};

/** The network on examples of a shape; a `Fault` `options` names the layer that does not fit. */
export const buildNetwork = (path: string, layers: readonly LayerConfig[], input: Shape): AnyChain => {
  const built: AnyLayer[] = [];
  layers.forEach((config, i) => {
    built.push(buildLayer(`${path}.${i}`, config, built.at(-1)?.output ?? input));
  });
  return chainOfLayers(built);
};

export const lossOf = (name: 'softmaxCrossEntropy' | 'squaredError'): Loss =>
  name === 'softmaxCrossEntropy' ? softmaxCrossEntropy : squaredError;

/** Options without those that are absent, with solvers in the place of their names. */
export const buildSchedule = (config: ScheduleConfig): Method => {
  switch (config.type) {
    case 'backprop':
      return backprop(config.tau === undefined ? {} : { tau: config.tau });
    case 'proxprop': {
      const { type: _, solver, ...others } = config;
      return proxprop({ ...others, ...(solver === undefined ? {} : { solver: solverOf(solver) }) });
    }
    case 'mac': {
      const { type: _, parameters, activations, ...others } = config;
      return mac({
        ...others,
        ...(parameters === undefined ? {} : { parameters: solverOf(parameters) }),
        ...(activations === undefined ? {} : { activations: solverOf(activations) }),
      });
    }
    case 'predictiveCoding': {
      const { type: _, ...others } = config;
      return predictiveCoding(others);
    }
    case 'blockCoordinateDescent': {
      const { type: _, solver, ...others } = config;
      return blockCoordinateDescent({
        ...others,
        ...(solver === undefined ? {} : { solver: solverOf(solver) }),
      });
    }
    case 'admm': {
      const { type: _, solver, ...others } = config;
      return admm({ ...others, ...(solver === undefined ? {} : { solver: solverOf(solver) }) });
    }
  }
};

export const buildOptimizer = (config: OptimizerConfig): Optimizer.Optimizer => {
  switch (config.type) {
    case 'sgd':
      return Optimizer.sgd(config.rate);
    case 'momentum':
      return Optimizer.momentum(config.rate, config.momentum);
    case 'nesterov':
      return Optimizer.nesterov(config.rate, config.momentum);
    case 'adam': {
      const { type: _, rate, ...others } = config;
      return Optimizer.adam(rate, others);
    }
  }
};
