/** The evaluations that the fast interpreter caches for each link. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Recording } from '../autodiff';
import { type Tree } from '../core';
import { type Variable } from '../energy';

/** A link, evaluated at its variables. */
export interface StateEvaluation {
  readonly parameters: Variable<Tree.Tree>;
  readonly inputs: readonly Variable<Tensor>[];
  readonly parametersValue: Tree.Tree;
  readonly inputValues: readonly Tensor[];
  readonly recording: Recording;
}

/**
 * Cotangents pulled back through one evaluation, and the values on which the cotangent depended.
 */
export interface Pulled {
  readonly output: Variable<Tensor> | undefined;
  readonly multiplier: Tensor | undefined;
  readonly strength: number;
  readonly parameters: Tree.Tree | undefined;
  /** Cotangents of the variables that the link reads. */
  readonly inputs: readonly (Tensor | undefined)[];
}

/** The last evaluation of each link. */
export type Cache = Map<number, StateEvaluation>;
