/** The options of a training, looked at before anything is done. */
import { type Shape, type Tree, whole } from '../core';
import { checkParameters, type Layer } from '../layer';
import { type Loss } from '../loss';
import { checkKey, checkLoss, checkMethod, checkNet, checkOptimizer } from './checkOptions';
import { checkMetrics } from './evaluate';
import { checkSplits } from './events';
import { type LoopOptions } from './loop';

/** Options that fit the network and the loss, or a `Fault` that names the option. */
export const checkTraining = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): void => {
  checkNet(net);
  checkLoss(loss);
  whole('epochs', options.epochs, 0);
  whole('batch size', options.batchSize, 1);
  if (options.checkpointEvery !== undefined) whole('checkpointEvery', options.checkpointEvery, 1);
  for (const [name, value] of Object.entries(options.evaluate ?? {}))
    if (typeof value === 'number') whole(`evaluate.${name}`, value, 1);
  checkMetrics('metrics', options.metrics ?? []);
  checkMethod(options.method);
  checkOptimizer(options.optimizer);
  checkKey(options.key);
  checkSplits(net, loss, options);
  checkParameters('parameters', net, options.parameters);
};
