/** Steps of networks that branch: each inner linear map has an implicit step of its own. */
import { type AnyChain, backprop, cg, dispose, exact, type Method, proxprop } from '../../src';
import { resNet, rowGru, rowTransformer } from '../support/networks';
import { interleaved, median, paired } from './measure';
import { rowImages } from './networks';
import { stepper } from './stepper';

const BATCH = 100;

const TAU_THETA = 0.05;

const methods: readonly (readonly [string, Method])[] = [
  ['backprop', backprop()],
  ['cg3', proxprop({ tauTheta: TAU_THETA, solver: cg(3) })],
  ['exact', proxprop({ tauTheta: TAU_THETA, solver: exact() })],
];

export const branchingNetworks: readonly (readonly [string, () => AnyChain])[] = [
  ['pre-activation ResNet, 3 blocks', resNet],
  ['transformer encoder, 2 blocks, 28 tokens, width 64', rowTransformer],
  ['GRU over 28 rows, 32 units', rowGru],
];

export interface BranchingStep {
  readonly network: string;
  readonly method: string;
  readonly milliseconds: number;
  readonly toBackprop: number;
}

/** Batches of 100; medians of the rounds, in which the methods take turns. */
export const branchingSteps = (rounds: number): readonly BranchingStep[] =>
  branchingNetworks.flatMap(([network, make]) => {
    const net = make();
    const example = rowImages(BATCH);
    const steppers = methods.map(([name, method]) => [name, stepper(net, method, example)] as const);
    const found = interleaved(Object.fromEntries(steppers.map(([name, { run }]) => [name, run])), rounds);
    for (const [, { end }] of steppers) end();
    dispose(example.input, example.target);
    const of = (name: string): readonly number[] => found[name] ?? [];
    return methods.map(([method]) => ({
      network,
      method,
      milliseconds: median(of(method)),
      toBackprop: paired(of(method), of('backprop')),
    }));
  });
