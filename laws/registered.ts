/**
 * All laws of the entries of a registry, and of layers, methods and optimizers by themselves: a
 * list of laws, ready to run.
 */
import { type AnyLayer, type Method, type Optimizer, orThrow } from '../src';
import { runDirection } from '../src/internal';
import {
  decodeAt,
  type Entry,
  type MethodEntry,
  type OptimizerEntry,
  type OptimizerReference,
  type OptimizerTreeReference,
  type Registry,
  withoutData,
} from '../src/registry';
import { blockDescent, blockKinds, blockOptimality, hasKind, smallSteps } from './blocks';
import { casesOfMethod, type MethodCase, methodOf } from './blockTable';
import { casesOfLayer } from './layerCases';
import { lawsOf, type LawRun, ready } from './layerTable';
import { interpretersAgree, type ProxMethod } from './method';
import { ofEachNumber, optimizerPurity, treeTrajectory } from './optimizer';
import { plainRunner } from './sweep';

/** An optimizer under law. */
export interface OptimizerRow {
  /** The optimizer. */
  readonly optimizer: Optimizer.Optimizer;
  /** Tells it from other cases of the same optimizer. */
  readonly of?: string;
  /** For an optimizer of each number alone. */
  readonly reference?: OptimizerReference;
  /** For an optimizer that looks at more than one number at a time. */
  readonly treeReference?: OptimizerTreeReference;
}

/**
 * Makes the cases of a registered optimizer, each with its published formula if it has one. It
 * throws a `Fault` (`options`) for a case that the optimizer refuses.
 *
 * @param entry the optimizer, as the registry holds it
 *
 * @example withoutData.optimizers.slice(0, 1).flatMap(casesOfOptimizer).length > 0 // true
 */
export const casesOfOptimizer = ({
  name: type,
  codec,
  build,
  cases,
}: OptimizerEntry): readonly OptimizerRow[] =>
  cases.map(({ name: of, config, reference, treeReference }) => ({
    optimizer: build(orThrow(decodeAt(type, codec, { type, ...config }))),
    ...(of === undefined ? {} : { of }),
    ...(reference === undefined ? {} : { reference }),
    ...(treeReference === undefined ? {} : { treeReference }),
  }));

/** The registered optimizers, each with its formula. */
export const optimizerRows: readonly OptimizerRow[] = withoutData.optimizers.flatMap(casesOfOptimizer);

/**
 * Lists the laws of an optimizer, law 16: purity, and its formula if one is given.
 *
 * @param row the optimizer, and its formula of one number (`reference`) or of trees
 *   (`treeReference`)
 *
 * @example lawsOfOptimizer({ optimizer: sgd(0.1), reference: () => (d) => 0.1 * d }).length // 2
 */
export const lawsOfOptimizer = ({
  optimizer,
  reference,
  treeReference = reference === undefined ? undefined : ofEachNumber(reference),
}: OptimizerRow): readonly LawRun[] => [
  ready(optimizerPurity(optimizer)),
  ...(treeReference === undefined ? [] : [ready(treeTrajectory(optimizer, treeReference))]),
];

/**
 * Law 2 of a method: both interpreters agree. The tolerance is that of minimisers that are solved
 * to a residual of 1e-6 twice over. It runs in float64, where no other precision is lost.
 */
const agreement = (method: ProxMethod): LawRun =>
  ready(interpretersAgree(method, plainRunner, runDirection, 1e-3, [0.1, 10]));

/**
 * Lists laws 19 to 21 of a method whose steps minimise, on each kind of block that it has. It
 * throws a `Fault` if the method cannot be run.
 *
 * @param row the method and its name
 *
 * @example lawsOfBlocks({ name: 'mine', method: bcd }).length > 0 // true
 */
export const lawsOfBlocks = ({ name, method }: MethodCase): readonly LawRun[] =>
  blockKinds
    .filter((kind) => hasKind(method, kind))
    .flatMap((kind) =>
      [blockDescent, blockOptimality, smallSteps].map((law) => ready(law(name, method, kind))),
    );

const lawsOfMethodEntry = (entry: MethodEntry): readonly LawRun[] => [
  ...entry.cases.map(({ config }) => agreement((tau, tauTheta) => methodOf(entry, config(tau, tauTheta)))),
  ...casesOfMethod(entry).flatMap(lawsOfBlocks),
];

/**
 * Something under law: its kind, its name and its laws. `exact` says that the laws are stated for
 * float64, the backend `float64`.
 */
export interface UnderLaw {
  readonly kind: 'layer' | 'method' | 'optimizer';
  readonly name: string;
  readonly exact: boolean;
  /** The laws that apply to it. */
  readonly laws: readonly LawRun[];
}

/**
 * Puts a layer under all laws that apply to it. You need a running backend; without one it throws a
 * `Fault` (`backend`).
 *
 * @param name the layer, in the names of the laws
 * @param layer the layer
 *
 * @example layerUnderLaw('mine', linear(3, 2)).laws.length > 11 // true
 */
export const layerUnderLaw = (name: string, layer: AnyLayer): UnderLaw => ({
  kind: 'layer',
  name,
  exact: false,
  laws: lawsOf({ name, make: () => layer }),
});

/**
 * Puts a method under the laws that hold for every method: both interpreters agree.
 *
 * @param name the method, in the names of the laws
 * @param method the method
 *
 * @example methodUnderLaw('mine', backprop()).laws.length // 1
 */
export const methodUnderLaw = (name: string, method: Method): UnderLaw => ({
  kind: 'method',
  name,
  exact: true,
  laws: [agreement(() => method)],
});

/**
 * Puts an optimizer under the laws that hold for every optimizer.
 *
 * @param name the optimizer, in the names of the laws
 * @param optimizer the optimizer
 *
 * @example optimizerUnderLaw('mine', adam()).laws.length // 1
 */
export const optimizerUnderLaw = (name: string, optimizer: Optimizer.Optimizer): UnderLaw => ({
  kind: 'optimizer',
  name,
  exact: false,
  laws: lawsOfOptimizer({ optimizer }),
});

/**
 * Puts each case of a registered layer, method or optimizer under its laws; a dataset has none. You
 * need a running backend; without one it throws a `Fault` (`backend`).
 *
 * @param entry what the registry holds
 * @param registry the layers that lists inside of a layer may name. Default: all of the library
 *
 * @example withoutData.optimizers.slice(0, 1).flatMap((entry) => entryUnderLaw(entry)).length > 0 // true
 */
export const entryUnderLaw = (entry: Entry, registry: Registry = withoutData): readonly UnderLaw[] => {
  switch (entry.kind) {
    case 'layer':
      return casesOfLayer(entry, registry).map((c) => ({
        kind: 'layer',
        name: c.name,
        exact: false,
        laws: lawsOf(c),
      }));
    case 'method':
      return entry.cases.length === 0
        ? []
        : [{ kind: 'method', name: entry.name, exact: true, laws: lawsOfMethodEntry(entry) }];
    case 'optimizer':
      return casesOfOptimizer(entry).map((c) => ({
        kind: 'optimizer',
        name: c.of === undefined ? entry.name : `${entry.name}, ${c.of}`,
        exact: false,
        laws: lawsOfOptimizer(c),
      }));
    case 'dataset':
      return [];
  }
};
