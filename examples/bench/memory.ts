/** The networks whose memory is measured, and what training them has to hold. */
import { type AnyChain, dispose, energyOf, Key, softmaxCrossEntropy, Tree } from '../../src';
import { rowTransformer } from '../support/networks';
import { mlp } from './networks';

export interface Measured {
  readonly title: string;
  readonly net: () => AnyChain;
  readonly batch: number;
}

export const measured = {
  mlp: { title: 'MLP 3072-4000-1000-4000-10', net: mlp, batch: 500 },
  transformer: { title: 'transformer encoder, 2 blocks', net: rowTransformer, batch: 100 },
} satisfies { readonly [name: string]: Measured };

export type MeasuredName = keyof typeof measured;

export const isMeasured = (name: string): name is MeasuredName => name in measured;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Bytes of parameters, of Nesterov's momentum, and of a batch of all activations: the input and what comes out of each link. */
export const bytesOf = ({ net, batch }: Measured): number => {
  const made = net();
  const drawn = made.init(Key.key(1));
  const parameters = Tree.leaves(drawn).reduce((n, { size }) => n + size, 0);
  dispose(drawn);
  const numbers = energyOf(made, softmaxCrossEntropy)
    .links.map(({ output }) => sizeOf(output))
    .reduce((a, b) => a + b, sizeOf(made.input));
  return 4 * (2 * parameters + batch * numbers);
};
