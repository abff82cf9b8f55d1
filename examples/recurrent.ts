/**
 * A network unrolled over time, by backprop, by ProxProp and by predictive coding:
 *
 *     npx ts-node examples/recurrent.ts
 *
 * A gated recurrent unit reads the 28 rows of images of Fashion-MNIST. All times share the parameters of the cell: backprop is
 * backpropagation through time, and ProxProp solves one ridge system of the rows of all times. Each method is at the best of an
 * equal grid. Ends in a table, recurrent.svg, recurrent.png and summary.json.
 */
import { adam, backprop, predictiveCoding, proxprop } from '../src';
import { runImagesExample } from './support/beside';
import { rowGru } from './support/networks';

const tauTheta = 0.05;

const RATES = [0.005, 0.01, 0.02] as const;

runImagesExample({
  name: 'recurrent',
  description: 'Backprop and ProxProp through time, and predictive coding: a GRU over the rows of images.',
  network: 'GRU',
  net: rowGru,
  tauTheta,
  grids: [
    { name: 'backprop', method: backprop() },
    { name: 'ProxProp exact', method: proxprop({ tauTheta }) },
    { name: 'predictive coding', method: predictiveCoding({ stepSize: 0.2, steps: 5 }) },
  ].map(({ name, method }) =>
    RATES.map((rate) => ({ name: `${name}, Adam ${rate}`, method, optimizer: adam(rate) })),
  ),
  epochs: 5,
  examples: 8000,
  batch: 200,
});
