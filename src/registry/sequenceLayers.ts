/** Layers of sequences. */
import { embedding, gru, lstm, positional, rnn, selfAttention } from '../layer';
import { flag } from './codec';
import { defineLayer, type LayerEntry } from './entry';
import { featuresIn, one, sequence } from './sizes';

const units = { required: { units: one }, optional: {} };

export const sequenceLayers: readonly LayerEntry[] = [
  defineLayer({
    name: 'embedding',
    about: 'an embedding',
    keys: () => ({ required: { vocabulary: one, units: one }, optional: {} }),
    build: ({ vocabulary, units: n }, { path, input }) => embedding(featuresIn(path, input), vocabulary, n),
    cases: [{ input: [3], config: { vocabulary: 5, units: 2 }, tokens: 5 }],
  }),
  defineLayer({
    name: 'positional',
    about: 'vectors of places',
    keys: () => ({ required: {}, optional: {} }),
    build: (_, { input }) => positional(input),
    cases: [{ input: [3, 2] }],
  }),
  defineLayer({
    name: 'selfAttention',
    about: 'a self-attention',
    keys: () => ({ required: {}, optional: { heads: one, causal: flag } }),
    build: (config, { path, input }) => selfAttention(...sequence(path, input), config),
    cases: [
      { input: [2, 2], config: { heads: 2 } },
      { name: 'selfAttention, causal', input: [3, 2], config: { causal: true } },
    ],
  }),
  defineLayer({
    name: 'rnn',
    about: 'a recurrent network',
    keys: () => units,
    build: ({ units: n }, { path, input }) => rnn(sequence(path, input), n),
    cases: [{ input: [3, 2], config: { units: 2 } }],
  }),
  defineLayer({
    name: 'gru',
    about: 'a GRU',
    keys: () => units,
    build: ({ units: n }, { path, input }) => gru(sequence(path, input), n),
    cases: [{ input: [2, 2], config: { units: 2 } }],
  }),
  defineLayer({
    name: 'lstm',
    about: 'an LSTM',
    keys: () => units,
    build: ({ units: n }, { path, input }) => lstm(sequence(path, input), n),
    cases: [{ input: [2, 2], config: { units: 2 } }],
  }),
];
