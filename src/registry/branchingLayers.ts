/** Layers made of layers: copies, branches, and any wiring. */
import { copiesOf, opaque, parallel, residual } from '../layer';
import { listOf, oneOf, text } from './codec';
import { defineLayer, type LayerEntry } from './entry';
import { buildGraph, wire } from './graph';
import { one } from './sizes';

const dense = (units: number) => ({ layer: 'linear', units });

export const branchingLayers: readonly LayerEntry[] = [
  defineLayer({
    name: 'residual',
    about: 'a residual block',
    keys: (layers) => ({ required: { layers }, optional: {} }),
    build: ({ layers }, { nested }) => residual(nested('layers', layers)),
    cases: [
      { input: [3], config: { layers: [dense(3)] } },
      {
        name: 'residual, nonlinear',
        input: [2],
        config: { layers: [dense(3), { layer: 'tanh' }, dense(2)] },
      },
    ],
  }),
  defineLayer({
    name: 'parallel',
    about: 'parallel layers',
    keys: (layers) => ({
      required: { join: oneOf('sum', 'concat'), branches: listOf(layers) },
      optional: {},
    }),
    build: ({ join, branches }, { nested }) =>
      parallel(join, ...branches.map((layers, i) => nested(`branches.${i}`, layers))),
    cases: [
      { name: 'parallel, sum', input: [3], config: { join: 'sum', branches: [[dense(2)], [dense(2)]] } },
      {
        name: 'parallel, concat',
        input: [3],
        config: { join: 'concat', branches: [[dense(2)], [dense(2), { layer: 'tanh' }]] },
      },
    ],
  }),
  defineLayer({
    name: 'copies',
    about: 'copies of a block',
    keys: (layers) => ({ required: { count: one, layers }, optional: {} }),
    build: ({ count, layers }, { nested }) => copiesOf(count, nested('layers', layers)),
    cases: [{ name: 'repeat', input: [2], config: { count: 2, layers: [dense(2)] } }],
  }),
  defineLayer({
    name: 'opaque',
    about: 'a block as one link',
    keys: (layers) => ({ required: { layers }, optional: {} }),
    build: ({ layers }, { nested }) => opaque(nested('layers', layers)),
    cases: [],
  }),
  defineLayer({
    name: 'graph',
    about: 'a graph',
    keys: (layers) => ({ required: { wires: listOf(wire(layers)), output: text }, optional: {} }),
    build: ({ wires, output }, place) => buildGraph(wires, output, place),
    cases: [
      {
        input: [3],
        config: {
          wires: [
            { name: 'up', from: 'input', layers: [dense(2)] },
            { name: 'bent', from: 'up', layers: [{ layer: 'tanh' }] },
            { name: 'inner', from: 'bent', layers: [dense(2)] },
            { name: 'again', from: 'inner', share: 'inner' },
            { name: 'sum', from: ['bent', 'again'], join: 'add' },
          ],
          output: 'sum',
        },
      },
    ],
  }),
];
