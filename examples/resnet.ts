/**
 * A pre-activation ResNet by backprop and by ProxProp:
 *
 *     npx ts-node examples/resnet.ts
 *
 * Three residual blocks with group normalisation on Fashion-MNIST. Each convolution and each norm inside them takes an exact
 * implicit step of its own; the first line says by which routes. Each method is at the best of six settings. Ends in a table,
 * resnet.svg, resnet.png and summary.json.
 */
import { equalGrids, runImagesExample } from './support/beside';
import { resNet } from './support/networks';

const tauTheta = 0.05;

runImagesExample({
  name: 'resnet',
  description: 'Train a pre-activation ResNet by backprop and by ProxProp.',
  network: 'ResNet',
  net: resNet,
  tauTheta,
  grids: equalGrids(tauTheta, {
    backprop: { nesterov: [0.05, 0.1, 0.2], adam: [0.003, 0.01, 0.03] },
    proxprop: { nesterov: [0.5, 1, 2], adam: [0.003, 0.01, 0.03] },
  }),
  epochs: 3,
  examples: 4000,
  batch: 100,
});
