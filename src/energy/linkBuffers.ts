/** The buffers that the nodes of a link keep of a batch of training. */
import { type Batch, fail, inside, type Path, scope, type Tree } from '../core';
import { type Node } from '../layer';

/** The buffers of one node of a link. */
export interface LinkBuffers {
  /** Their places in the parameters of the network. */
  readonly places: readonly Path[];
  /**
   * The next tree at each place, given the parameters of the network and the values that the link
   * reads.
   */
  readonly next: (parameters: Tree.Tree, inputs: readonly Batch[]) => readonly Tree.Tree[];
}

/**
 * The buffers of the nodes of a link. `outputOf` gives the output of a node from the parameters of
 * the network and the inputs of the link.
 */
export const linkBuffers = (
  path: string,
  nodes: readonly Pick<Node, 'buffers' | 'reads'>[],
  outputOf: (parameters: Tree.Tree, inputs: readonly Batch[], node: number) => Batch | undefined,
): readonly LinkBuffers[] =>
  nodes.flatMap(({ buffers, reads: [read = 0] }) =>
    buffers === undefined
      ? []
      : [
          {
            places: buffers.places,
            next: (parameters, inputs) =>
              scope(() =>
                inside(path, () =>
                  buffers.next(
                    parameters,
                    outputOf(parameters, inputs, read) ??
                      fail('shape', path, `the output of node ${read}`, 'none'),
                  ),
                ),
              ),
          },
        ],
  );
