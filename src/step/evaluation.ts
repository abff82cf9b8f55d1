/** What the fast interpreter keeps of a link that it has evaluated. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Recording } from '../autodiff';
import { type Tree } from '../core';
import { type Variable } from '../energy';

/** One link evaluated at its variables. */
export interface Evaluation {
  readonly parameters: Variable<Tree.Tree>;
  readonly inputs: readonly Variable<Tensor>[];
  readonly parametersValue: Tree.Tree;
  readonly inputValues: readonly Tensor[];
  readonly recording: Recording;
}

/** Cotangents pulled back through one evaluation, and what the cotangent depended on. */
export interface Pulled {
  readonly output: Variable<Tensor> | undefined;
  readonly multiplier: Tensor | undefined;
  readonly strength: number;
  readonly parameters: Tree.Tree | undefined;
  /** By each variable that the link reads. */
  readonly inputs: readonly (Tensor | undefined)[];
}

/** The last evaluation of each link. */
export type Cache = Map<number, Evaluation>;
