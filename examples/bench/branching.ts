/** Steps of networks that branch: each inner linear map has an implicit step of its own. */
import { type AnyChain, backprop, cg, dispose, exact, type Method, opaque, proxprop } from '../../src';
import { resNet, rowGru, rowTransformer, type Wrap } from '../support/networks';
import { type Effort, interleaved, median, paired } from './measure';
import { predictedOf } from './model';
import { rowImages } from './networks';
import { stepper } from './stepper';

const BATCH = 100;

const TAU_THETA = 0.05;

const methods: readonly (readonly [string, Method])[] = [
  ['backprop', backprop()],
  ['cg3', proxprop({ tauTheta: TAU_THETA, solver: cg(3) })],
  ['exact', proxprop({ tauTheta: TAU_THETA, solver: exact() })],
];

const networks: readonly (readonly [string, (block?: Wrap) => AnyChain])[] = [
  ['pre-activation ResNet, 3 blocks', resNet],
  ['transformer encoder, 2 blocks, 28 tokens, width 64', rowTransformer],
  ['GRU over 28 rows, 32 units', rowGru],
];

/** Exact solves do not end in any reasonable time there. */
const CLOSED = 'cg3, each block one link by Gauss-Newton';

export interface BranchingStep {
  readonly network: string;
  readonly method: string;
  readonly milliseconds: number;
  readonly toBackprop: number;
  /** By the multiply-adds alone. */
  readonly predicted?: number;
}

/** Batches of 100; medians of the rounds, in which the methods take turns. */
export const branchingSteps = (effort: Effort): readonly BranchingStep[] =>
  networks.flatMap(([network, make]) => {
    const net = make();
    const example = rowImages(BATCH);
    const contenders: readonly (readonly [string, AnyChain, Method])[] = [
      ...methods.map(([name, method]) => [name, net, method] as const),
      [CLOSED, make(opaque), proxprop({ tauTheta: TAU_THETA, solver: cg(3) })],
    ];
    const steppers = contenders.map(([name, own, method]) => [name, stepper(own, method, example)] as const);
    const found = interleaved(Object.fromEntries(steppers.map(([name, { run }]) => [name, run])), effort);
    for (const [, { end }] of steppers) end();
    const predicted = predictedOf(net, example);
    dispose(example.input, example.target);
    const of = (name: string): readonly number[] => found[name] ?? [];
    return contenders.map(([method]) => ({
      network,
      method,
      milliseconds: median(of(method)),
      toBackprop: paired(of(method), of('backprop')),
      ...(method === 'exact' ? { predicted } : {}),
    }));
  });
