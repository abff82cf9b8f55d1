/** Checks the options of a training before it begins. */
import { type Shape, type Tree, whole } from '../core';
import { checkParameters, type Layer } from '../layer';
import { type Loss } from '../loss';
import { checkProblem } from '../schedule';
import { checkChoice, checkIsOptions, checkKey, checkMetrics, checkOptimizer } from './checkOptions';
import { checkSplits } from './events';
import { type LoopOptions } from './trainOptions';

/** Throws a `Fault` that names the option if the options do not fit the network and the loss. */
export const checkTraining = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): void => {
  checkProblem(net, loss, options.method);
  const { epochs, batchSize, checkpointEvery, evaluate = {}, metrics = [] } = options;
  whole('epochs', epochs, 0);
  whole('batch size', batchSize, 1);
  if (checkpointEvery !== undefined) whole('checkpointEvery', checkpointEvery, 1);
  checkIsOptions(evaluate, 'of an evaluation');
  const { every, everyBatches, part, trainLoss } = evaluate;
  for (const [name, value] of Object.entries({ every, everyBatches, part }))
    if (value !== undefined) whole(`evaluate.${name}`, value, 1);
  checkChoice('evaluate.trainLoss', trainLoss, ['running']);
  checkChoice('diagnostics', options.diagnostics, ['batch', 'epoch']);
  checkChoice('watch', options.watch, [true, false]);
  checkChoice('profile', options.profile, [true, false]);
  checkMetrics('metrics', metrics);
  checkOptimizer(options.optimizer);
  checkKey(options.key);
  checkSplits(net, loss, options);
  checkParameters('parameters', net, options.parameters);
};
