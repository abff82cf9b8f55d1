/** A batch as tensors. */
import { type Tensor } from '@tensorflow/tfjs-core';

/** An input batch [N, ...I] and its targets, as the loss takes them. */
export interface Example {
  readonly input: Tensor;
  readonly target: Tensor;
  /**
   * [N], each at least 0: how much each example counts in the loss; see `weighted`. Default 1 each.
   */
  readonly weights?: Tensor;
}
