/** A batch as tensors. */
import { type Tensor } from '@tensorflow/tfjs-core';

/** An input batch [N, ...I] and its targets, as the loss takes them. */
export interface Example {
  /** The inputs, [N, ...I]. */
  readonly input: Tensor;
  /** The targets, one for each input. */
  readonly target: Tensor;
  /**
   * [N], each at least 0: how much each example counts in the loss; see `weighted`. Default 1 each.
   */
  readonly weights?: Tensor;
}
